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

    /** Raises the group of this process, for good. Returns whether it could be done. */
    public static boolean raiseGroup() {
        return write(HIGHEST);
    }

    /**
     * Raises the group of this process until what is returned is closed: the group is the whole session's, a user's shell
     * included. Where the kernel refuses, nothing happens.
     */
    public static AutoCloseable raiseGroupForAWhile() {
        String before = niceness();
        return before != null && write(HIGHEST) ? () -> write(before) : () -> {};
    }

    private static boolean write(String niceness) {
        try {
            Files.writeString(AUTOGROUP, niceness);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** What stands behind {@code /autogroup-N nice}; null if there are no groups. */
    private static String niceness() {
        try {
            String line = Files.readString(AUTOGROUP).strip();
            return line.substring(line.lastIndexOf(' ') + 1);
        } catch (IOException _) {
            return null;
        }
    }
}
