package io.penstock.linux.proc;

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

    private final KernelText text;
    private long lastNanos;

    /** That of the calling thread, from now on. */
    public RunDelay() {
        this(OF_THE_CALLER);
    }

    /** That of the thread whose file this is. */
    public RunDelay(Path schedstat) {
        text = new KernelText(schedstat);
        lastNanos = read();
    }

    /** How long it waited for a core since the last call, in nanoseconds; 0 if nobody says. */
    public long nanosSince() {
        long now = read();
        long since = now - lastNanos;
        lastNanos = now;
        return since;
    }

    private long read() {
        return text.read() ? text.secondNumber() : lastNanos;
    }

    @Override
    public void close() {
        text.close();
    }
}
