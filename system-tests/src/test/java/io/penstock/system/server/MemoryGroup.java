package io.penstock.system.server;

import io.penstock.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A memory cgroup of this test's, of whichever version this machine has. */
final class MemoryGroup implements AutoCloseable {
    private static final Path UNIFIED = Path.of("/sys/fs/cgroup/cgroup.controllers");

    private final Path folder;

    private MemoryGroup(Path folder) {
        this.folder = folder;
    }

    /** Makes it; who joins it may use so much memory, of which nothing is swapped out. */
    static MemoryGroup create(int mebibytes) {
        boolean unified = Files.exists(UNIFIED);
        Path top = Path.of(unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory");
        Path folder = top.resolve("penstock-test-" + ProcessHandle.current().pid());
        try {
            if (unified) {
                Files.writeString(top.resolve("cgroup.subtree_control"), "+memory");
            }
            Files.createDirectory(folder);
            Files.writeString(
                    folder.resolve(unified ? "memory.max" : "memory.limit_in_bytes"),
                    Long.toString((long) mebibytes << 20));
            return new MemoryGroup(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path folder() {
        return folder;
    }

    /** What stands before a command line that is to run in the group; the process stays the same. */
    List<String> wrapper() {
        return List.of("sh", "-c", "echo $$ > " + folder.resolve("cgroup.procs") + " && exec \"$@\"", "sh");
    }

    /** Once nobody is in it any more. */
    @Override
    public void close() {
        Await.until("the end of " + folder, () -> {
            try {
                return Files.deleteIfExists(folder);
            } catch (IOException _) {
                return false; // somebody is in it still
            }
        });
    }
}
