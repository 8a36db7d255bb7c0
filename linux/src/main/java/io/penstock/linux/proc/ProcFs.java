package io.penstock.linux.proc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the kernel says of this process and holds for it (proc(5)): descriptors, mappings, status. */
public final class ProcFs {
    private ProcFs() {}

    /** How many open descriptors lead to something whose name contains {@code name}. */
    public static long descriptors(String name) {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(file -> linkOf(file).contains(name)).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String linkOf(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException _) {
            return ""; // the descriptor of this very listing
        }
    }

    /** How many mappings have a line that contains {@code name}. */
    public static long mappings(String name) {
        return lines("/proc/self/maps").stream()
                .filter(line -> line.contains(name))
                .count();
    }

    /** A number from {@code /proc/self/status}, such as VmPin. */
    public static long status(String field) {
        return Long.parseLong(text(lines("/proc/self/status"), field).replaceAll("\\D", ""));
    }

    /** The flags of the mapping that begins at an address, two letters each; see proc(5), smaps, VmFlags. */
    public static List<String> flagsOfMapping(long address) {
        List<String> lines = lines("/proc/self/smaps");
        String start = Long.toHexString(address) + "-";
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith(start)) {
                return List.of(text(lines.subList(i, lines.size()), "VmFlags").split(" "));
            }
        }
        return List.of();
    }

    private static String text(List<String> lines, String field) {
        return lines.stream()
                .filter(line -> line.startsWith(field + ":"))
                .findFirst()
                .map(line -> line.substring(field.length() + 1).strip())
                .orElseThrow(() -> new IllegalStateException("/proc does not tell " + field));
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
