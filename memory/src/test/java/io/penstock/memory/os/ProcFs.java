package io.penstock.memory.os;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the kernel says of this process (proc(5)), and what it is asked for so that it says the same everywhere. */
final class ProcFs {
    private static final int CAP_SYS_ADMIN = 21;
    private static final int MADV_NOHUGEPAGE = 15;

    private ProcFs() {}

    /** Keeps a mapping on single pages: one huge page in their place would make all present at the first touch. */
    static void keepSmall(long address, long lengthBytes) {
        int answer = Mmap.advise(address, lengthBytes, MADV_NOHUGEPAGE);
        if (answer != 0 && answer != -Errno.EINVAL) { // a kernel that has no such pages does not know the advice
            throw new SystemCallException("madvise", -answer);
        }
    }

    /** How many open descriptors lead to something whose name contains {@code name}. */
    static long descriptors(String name) {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(file -> linkOf(file).contains(name)).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String linkOf(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException e) {
            return ""; // the descriptor of this very listing
        }
    }

    /** How many mappings have a line that contains {@code name}. */
    static long mappings(String name) {
        return lines("/proc/self/maps").stream()
                .filter(line -> line.contains(name))
                .count();
    }

    /** A number from {@code /proc/self/status}, such as VmPin. */
    static long status(String field) {
        return Long.parseLong(text(lines("/proc/self/status"), field).replaceAll("\\D", ""));
    }

    /** Whether this thread may see physical addresses. */
    static boolean isAdministrator() {
        long effective = Long.parseLong(text(lines("/proc/thread-self/status"), "CapEff"), 16);
        return (effective >>> CAP_SYS_ADMIN & 1) != 0;
    }

    /** The flags of the mapping that begins at an address, two letters each; see proc(5), smaps, VmFlags. */
    static List<String> flagsOfMapping(long address) {
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
                .orElseThrow(() -> new AssertionError("no " + field));
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
