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

    /** How fast a counter grows, a second; call only if there are rates. */
    double perSecond(String counter) {
        long grown = server.counter(counter) - before.server.counter(counter);
        return grown * 1e9 / (takenNanos - before.takenNanos);
    }

    /** For how long it has run, or ran; null if it died and nobody knows when. */
    Duration age() {
        long end = switch (server.state()) {
            case RUNNING -> System.currentTimeMillis();
            case CLOSED -> server.closedMillis();
            case DIED -> 0;
        };
        return server.state() == ServerState.DIED ? null : Duration.ofMillis(end - server.startedMillis());
    }

    /** What part of its time the loop worked: since the reading before, else since its start; NaN if unknown. */
    double busy() {
        if (!server.counters().containsKey(BUSY)) {
            return Double.NaN;
        }
        if (hasRates()) {
            return Math.clamp(perSecond(BUSY) / 1e9, 0, 1);
        }
        Duration age = age();
        return age == null || age.isZero()
                ? Double.NaN
                : Math.clamp(server.counter(BUSY) / (double) age.toNanos(), 0, 1);
    }
}
