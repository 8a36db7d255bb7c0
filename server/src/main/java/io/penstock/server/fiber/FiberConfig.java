package io.penstock.server.fiber;

import io.penstock.datapath.Completion;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.SystemClock;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** How a {@link FiberLoop} does its work. A value: each method returns another one. */
public final class FiberConfig {
    private static final long MILLIS = 1_000_000;
    private static final FiberConfig DEFAULTS =
            new FiberConfig(10 * MILLIS, 5_000 * MILLIS, 256, SystemClock::new, Counters::inMemory, FiberConfig::drop);

    private final long blockedNanos;
    private final long endNanos;
    private final int runsPerTurn;
    private final Supplier<Clock> clock;
    private final Supplier<Counters> counters;
    private final Consumer<Completion> others;

    private FiberConfig(
            long blockedNanos,
            long endNanos,
            int runsPerTurn,
            Supplier<Clock> clock,
            Supplier<Counters> counters,
            Consumer<Completion> others) {
        this.blockedNanos = blockedNanos;
        this.endNanos = endNanos;
        this.runsPerTurn = runsPerTurn;
        this.clock = clock;
        this.counters = counters;
        this.others = others;
    }

    /** What is in force unless something else is said. */
    public static FiberConfig defaults() {
        return DEFAULTS;
    }

    private static void drop(Completion c) {
        if (c.buffer() != null) {
            c.buffer().release();
        }
    }

    /**
     * From when on a fiber that has not waited for anything is named, with its stack: 10 ms unless it is set.
     *
     * @param nanos at least 1 ms; 0: nobody watches, and a fiber that waits where it cannot yield stops the loop for good
     */
    public FiberConfig blockedNanos(long nanos) {
        if (nanos != 0 && nanos < MILLIS) {
            throw new IllegalArgumentException("a fiber is watched from 1 ms on, not " + nanos + " ns; 0 is never");
        }
        return new FiberConfig(nanos, endNanos, runsPerTurn, clock, counters, others);
    }

    long blockedNanos() {
        return blockedNanos;
    }

    /**
     * How long fibers that were interrupted may take to their end, and what they have written to its acknowledgement, when the
     * loop is stopped: 5 s unless it is set.
     *
     * @param nanos at least 0
     */
    public FiberConfig endNanos(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("no time runs backwards: " + nanos);
        }
        return new FiberConfig(blockedNanos, nanos, runsPerTurn, clock, counters, others);
    }

    long endNanos() {
        return endNanos;
    }

    /**
     * How many fibers run at most until packets are looked for again: 256 unless it is set.
     *
     * @param runs at least 1
     */
    public FiberConfig runsPerTurn(int runs) {
        if (runs < 1) {
            throw new IllegalArgumentException("at least one fiber runs in a turn, not " + runs);
        }
        return new FiberConfig(blockedNanos, endNanos, runs, clock, counters, others);
    }

    int runsPerTurn() {
        return runsPerTurn;
    }

    /** What sleeps and time-outs go by: the stack's own clock where that is a virtual one. Otherwise the system's. */
    public FiberConfig clock(Clock of) {
        Objects.requireNonNull(of);
        return new FiberConfig(blockedNanos, endNanos, runsPerTurn, () -> of, counters, others);
    }

    Clock clock() {
        return clock.get();
    }

    /**
     * Where the loop counts ({@code fiber.forked}, {@code .ended}, {@code .lost}, {@code .failed}, {@code .blocked}): the stack's
     * own, so that they stand beside it. Private memory otherwise.
     */
    public FiberConfig counters(Counters in) {
        Objects.requireNonNull(in);
        return new FiberConfig(blockedNanos, endNanos, runsPerTurn, clock, () -> in, others);
    }

    Counters counters() {
        return counters.get();
    }

    /**
     * Who gets the completions of queues that no fiber has opened, on the loop's thread: handlers and fibers on one stack. Unless it
     * is set, their buffers are released and nothing else is done.
     */
    public FiberConfig others(Consumer<Completion> handler) {
        Objects.requireNonNull(handler);
        return new FiberConfig(blockedNanos, endNanos, runsPerTurn, clock, counters, handler);
    }

    Consumer<Completion> others() {
        return others;
    }
}
