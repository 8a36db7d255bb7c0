package io.penstock.datapath.counters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * When a process began. With the PID it names one process for ever, although the kernel uses PIDs again.
 *
 * <p>Field 22 of {@code /proc/PID/stat} (proc_pid_stat(5)): clock ticks between boot and the process's beginning.
 */
public final class ProcessStamp {
    /** What {@link #of} answers for a process that is not there. */
    public static final long NO_PROCESS = -1;

    private ProcessStamp() {}

    /** The stamp of a process, or {@link #NO_PROCESS}; a zombie counts as gone, since it will do nothing more. */
    public static long of(long pid) {
        return of(Path.of("/proc", Long.toString(pid), "stat"));
    }

    /** The stamp of this process. */
    public static long own() {
        return of(Path.of("/proc/self/stat"));
    }

    /** Whether the process with this PID is the one that had this stamp. */
    public static boolean isAlive(long pid, long stamp) {
        return pid > 0 && stamp != NO_PROCESS && of(pid) == stamp;
    }

    private static long of(Path stat) {
        try {
            return parse(Files.readString(stat, java.nio.charset.StandardCharsets.ISO_8859_1));
        } catch (IOException _) {
            return NO_PROCESS;
        }
    }

    static long parse(String stat) {
        // The second field is the program's name in brackets, in which anything may stand, brackets and blanks too.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        boolean gone = fields.length < 20 || fields[0].equals("Z") || fields[0].equals("X");
        try {
            return gone ? NO_PROCESS : Long.parseLong(fields[19]);
        } catch (NumberFormatException _) {
            return NO_PROCESS;
        }
    }
}
