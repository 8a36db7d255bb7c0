package io.penstock.datapath.os;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/**
 * For how long a thread was able to run and something else had its core: the second number of its {@code schedstat}
 * (Documentation/scheduler/sched-stats.rst).
 *
 * <pre>
 *   3904771 120384 57       on the core (ns), waiting for it (ns), how often it got it
 * </pre>
 *
 * <p>Reading makes no garbage. One thread.
 */
public final class RunDelay implements AutoCloseable {
    private static final Path OF_THE_CALLER = Path.of("/proc/thread-self/schedstat");

    private final byte[] text = new byte[96];
    private final RandomAccessFile file;
    private long lastNanos;

    /** That of the calling thread, from now on. */
    public RunDelay() {
        this(OF_THE_CALLER);
    }

    /** That of the thread whose file this is. */
    public RunDelay(Path schedstat) {
        file = open(schedstat);
        lastNanos = read();
    }

    /** How long it waited for a core since the last call, in nanoseconds; 0 if nobody says. */
    public long nanosSince() {
        long now = read();
        long since = now - lastNanos;
        lastNanos = now;
        return since;
    }

    private static RandomAccessFile open(Path path) {
        try {
            return new RandomAccessFile(path.toFile(), "r");
        } catch (IOException e) {
            return null; // a kernel without CONFIG_SCHED_INFO
        }
    }

    private long read() {
        if (file == null) {
            return 0;
        }
        try {
            file.seek(0);
            return secondNumber(file.read(text));
        } catch (IOException e) {
            return lastNanos; // the thread has ended
        }
    }

    private long secondNumber(int length) {
        int at = 0;
        while (at < length && text[at] != ' ') {
            at++;
        }
        long value = 0;
        for (at++; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
            value = value * 10 + text[at] - '0';
        }
        return value;
    }

    @Override
    public void close() {
        if (file == null) {
            return;
        }
        try {
            file.close();
        } catch (IOException e) {
            throw new IllegalStateException("cannot close a file that was only read", e);
        }
    }
}
