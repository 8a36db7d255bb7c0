package io.penstock.testkit.net;

import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Namespaces whose maker was killed before it could remove them. */
public final class LeftOvers {
    private static final Pattern NAME = Pattern.compile(Pattern.quote(NetworkNamespace.PREFIX) + "(\\d+)-.*");

    private LeftOvers() {}

    /** All namespaces of the harness that there are, whoever made them. */
    public static List<String> namespaces() {
        if (!Files.isDirectory(NetworkNamespace.DIRECTORY)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(NetworkNamespace.DIRECTORY)) {
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> NAME.matcher(name).matches())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those that a process made. */
    public static List<String> namespacesOf(long pid) {
        return namespaces().stream().filter(name -> makerOf(name) == pid).toList();
    }

    /** Removes those whose maker is dead, with the processes that are still in them. Returns how many. */
    public static int sweep() {
        int count = 0;
        for (String name : namespaces()) {
            if (isMakerAlive(name)) {
                continue;
            }
            Shell.Answer pids = Shell.tryRun(List.of("ip", "netns", "pids", name));
            if (pids.isOk()) {
                pids.output()
                        .lines()
                        .map(line -> ProcessHandle.of(Long.parseLong(line.strip())))
                        .flatMap(Optional::stream)
                        .forEach(ProcessHandle::destroyForcibly);
            }
            NetworkNamespace.removeLocks(name);
            // Another process may sweep at the same time: then it is gone already, which is what was wanted.
            Shell.tryRun(List.of("ip", "netns", "del", name));
            count++;
        }
        return count;
    }

    private static boolean isMakerAlive(String name) {
        return ProcessHandle.of(makerOf(name)).filter(ProcessHandle::isAlive).isPresent();
    }

    /** The process that made a namespace with such a name; -1 if the name says none. */
    private static long makerOf(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
    }
}
