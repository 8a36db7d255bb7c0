package io.penstock.testkit.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Processor time from /proc.
 *
 * <p>A process's is exact: the scheduler's own sum (schedstat), in nanoseconds. Interrupts that hit the core while the
 * process ran are in it, as the kernel does not account them apart here.
 */
public final class CpuTime {
    /** USER_HZ, in which /proc/stat counts, is 100 on every Linux that Java runs on. */
    private static final long NANOS_PER_TICK = 10_000_000L;

    private static final int STEAL_FIELD = 8;

    private CpuTime() {}

    /** Nanoseconds that all threads of a process have run that are alive now. */
    public static long ofProcessNanos(long pid) {
        long sum = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path task : tasks) {
                sum += firstNumber(task.resolve("schedstat"));
            }
        } catch (IOException e) {
            throw new HarnessException("cannot read the processor time of process " + pid, e);
        }
        return sum;
    }

    private static long firstNumber(Path file) throws IOException {
        try {
            String text = Files.readString(file);
            return Long.parseLong(text, 0, text.indexOf(' '), 10);
        } catch (NoSuchFileException _) {
            return 0; // the thread has just ended
        }
    }

    /** What the hypervisor took from all cores for others since the machine started. */
    public static long stolenNanos() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
            String all = lines.findFirst().orElse("");
            return Long.parseLong(all.split("\\s+", -1)[STEAL_FIELD]) * NANOS_PER_TICK;
        } catch (IOException e) {
            throw new HarnessException("cannot read /proc/stat", e);
        }
    }
}
