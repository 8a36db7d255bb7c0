package io.penstock.datapath.poll;

/**
 * What the loop does when a turn found nothing to do.
 *
 * <p>{@link #idle} and {@link #reset} are called by the loop's thread, {@link #wake} by any.
 */
public interface Idle extends AutoCloseable {
    /**
     * Nothing happened this turn.
     *
     * @param nowNanos the stack's time
     * @param untilNanos when something is due at the latest (a timer, the end of a wait); on the stack's clock
     * @return whether the time was spent elsewhere than on the core, so that it does not count as the loop's
     */
    boolean idle(long nowNanos, long untilNanos);

    /**
     * Whether it never waits: then the loop does not work out when something is due, and looks for packets several times in a
     * turn that has found none.
     */
    default boolean spins() {
        return false;
    }

    /** Something happened this turn. */
    default void reset() {}

    /** Ends an idle phase early. Any thread. */
    default void wake() {}

    @Override
    default void close() {}

    /** Keeps spinning: the lowest latency, a whole core. */
    static Idle spin() {
        return new Spinning();
    }

    /** {@link #spin()}. */
    final class Spinning implements Idle {
        private Spinning() {}

        @Override
        public boolean idle(long nowNanos, long untilNanos) {
            Thread.onSpinWait();
            return false;
        }

        @Override
        public boolean spins() {
            return true;
        }
    }

    /** Offers the core to others each time: for machines with fewer cores than loops. */
    @SuppressWarnings("ThreadPriorityCheck") // asked for by name: correctness does not hang on it
    static Idle yielding() {
        return (_, _) -> {
            Thread.yield();
            return true;
        };
    }

    /**
     * Lets virtual time pass, in steps small enough that no delivery or timer of another stack on the clock is passed
     * over by much.
     */
    static Idle advancing(VirtualClock clock, long stepNanos) {
        return (nowNanos, untilNanos) -> {
            clock.advanceTo(Math.min(nowNanos + stepNanos, untilNanos));
            return true;
        };
    }
}
