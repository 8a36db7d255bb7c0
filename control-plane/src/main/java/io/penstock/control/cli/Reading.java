package io.penstock.control.cli;

import io.penstock.control.CountersSnapshot;
import io.penstock.control.ServerState;
import java.time.Duration;

/**
 * A server's counters at one moment and, when watched, at the moment before.
 *
 * @param server what was read
 * @param takenNanos when, on {@link System#nanoTime()}'s scale
 * @param before the reading before this one; null for the first
 */
record Reading(CountersSnapshot server, long takenNanos, Reading before) {
    static final String BUSY = "loop.busy.nanos";

    Reading {
        // Only one is kept: else each would keep all before it.
        before = before == null ? null : new Reading(before.server, before.takenNanos, null);
    }

    boolean hasRates() {
        return before != null && takenNanos > before.takenNanos;
    }

    /** Whether it makes sense to say how fast a counter grows: two readings are there, and it is no gauge. */
    boolean hasRate(String counter) {
        return hasRates() && !server.type(counter).isGauge();
    }

    /** How fast a counter grows, a second; call only if there are rates. */
    double perSecond(String counter) {
        long grown = server.counter(counter) - before.server.counter(counter);
        return grown * 1e9 / (takenNanos - before.takenNanos);
    }

    /** For how long it has run, or ran; null if it died and nobody knows when. */
    Duration ran() {
        return switch (server.state()) {
            case RUNNING -> between(server.startedMillis(), System.currentTimeMillis());
            case CLOSED -> between(server.startedMillis(), server.closedMillis());
            case DIED -> null;
        };
    }

    /** For how long it has been in its state: running or closed; null if it died and nobody knows when. */
    Duration inState() {
        return server.state() == ServerState.CLOSED
                ? between(server.closedMillis(), System.currentTimeMillis())
                : ran();
    }

    /** The machine's clock may have been set back in between. */
    private static Duration between(long fromMillis, long toMillis) {
        return Duration.ofMillis(Math.max(0, toMillis - fromMillis));
    }

    /** What part of its time the loop worked: since the reading before, else since its start; NaN if unknown. */
    double busy() {
        if (!server.counters().containsKey(BUSY)) {
            return Double.NaN;
        }
        if (hasRates()) {
            return Math.clamp(perSecond(BUSY) / 1e9, 0, 1);
        }
        Duration ran = ran();
        return ran == null || ran.isZero()
                ? Double.NaN
                : Math.clamp(server.counter(BUSY) / (double) ran.toNanos(), 0, 1);
    }
}
