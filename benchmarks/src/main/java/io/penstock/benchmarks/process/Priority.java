package io.penstock.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Puts this process and those that it starts before what else runs on the machine, where the scheduler groups processes
 * by session (autogroup: niceness counts only within a group there, so it is the group's that matters).
 */
public final class Priority {
    private static final Path AUTOGROUP = Path.of("/proc/self/autogroup");
    private static final String HIGHEST = "-20";

    private Priority() {}

    /** Raises the group of this process. Returns whether it could be done. */
    public static boolean raiseGroup() {
        try {
            Files.writeString(AUTOGROUP, HIGHEST);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
