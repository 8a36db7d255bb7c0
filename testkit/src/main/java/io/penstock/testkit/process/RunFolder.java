package io.penstock.testkit.process;

import io.penstock.datapath.counters.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A folder for the counters files of the servers that the harness starts: they vanish with it. */
public final class RunFolder implements AutoCloseable {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private static final String PREFIX = "penstock-bench-";
    private static final Pattern NAME = Pattern.compile(PREFIX + "(\\d+)-\\d+");

    private final Path path;

    private RunFolder(Path path) {
        this.path = path;
    }

    /** Makes the folder, in memory if there is such a place. */
    public static RunFolder create() {
        try {
            String prefix = PREFIX + ProcessHandle.current().pid() + "-";
            return new RunFolder(
                    Files.isWritable(SHARED_MEMORY)
                            ? Files.createTempDirectory(SHARED_MEMORY, prefix)
                            : Files.createTempDirectory(prefix));
        } catch (IOException e) {
            throw new HarnessException("cannot make a folder for counters: " + e.getMessage(), e);
        }
    }

    /** Removes the folders of processes that were killed. */
    public static void sweep() {
        try (Stream<Path> all = Files.list(SHARED_MEMORY)) {
            all.filter(RunFolder::isLeftOver).forEach(path -> new RunFolder(path).close());
        } catch (IOException _) {
            // There is no such place: then nothing lies there.
        }
    }

    private static boolean isLeftOver(Path folder) {
        Matcher matcher = NAME.matcher(folder.getFileName().toString());
        return matcher.matches()
                && Files.isWritable(folder)
                && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty();
    }

    public Path path() {
        return path;
    }

    /** A command line that runs another one with its counters in here. */
    public List<String> environment(List<String> command) {
        List<String> with = new ArrayList<>(List.of("env", RunDirectory.VARIABLE + "=" + path));
        with.addAll(command);
        return with;
    }

    @Override
    public void close() {
        if (!Files.isDirectory(path)) {
            return;
        }
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new HarnessException("cannot remove " + path, e);
        }
    }
}
