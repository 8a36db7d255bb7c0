package io.penstock.libos.tcp;

/**
 * Keeps timers from firing while what they wait for may lie in the receive ring.
 *
 * <p>After a pause, be it of the process, of the garbage collector or of the application, the clock says that hundreds of
 * answers are late, and all of them stand in the ring. Whoever fires timers before it has read them sends everything again and
 * takes the network for congested; or gives up a neighbour, a handshake, a connection that waits for its FIN. So a timer is due
 * only by the time at which the ring was looked at last, and after a pause not before it was found empty, be it that a driver
 * gives less than a full burst at a time, or delivers only when it is asked. That is bounded: a flood cannot hold timers off.
 */
final class TimerHold {
    /** As many turns as the largest receive ring in use, 4,096, has full bursts of 64: what comes later came after the pause. */
    private static final int MAX_TURNS = 64;
    /** Slow applications take long for so many turns. */
    private static final long MAX_NANOS = 250_000_000L;
    /** As long as no turn takes longer, even a full ring is read in less than the least retransmission timeout, 200 ms. */
    private static final long PAUSE_NANOS = 2_000_000L;

    private long lookedNanos;
    private boolean holding;
    private long heldSinceNanos;
    private int turnsLeft;

    TimerHold(long nowNanos) {
        lookedNanos = nowNanos;
    }

    /**
     * The ring was read.
     *
     * @param nowNanos the clock when that began
     */
    void received(int packets, long nowNanos) {
        long stoodNanos = nowNanos - lookedNanos;
        lookedNanos = nowNanos;
        if (packets == 0) {
            holding = false;
        } else if (holding) {
            if (stoodNanos >= MAX_NANOS) {
                heldSinceNanos += stoodNanos; // a second pause is none of the time that it took to read
            }
            turnsLeft--;
            // If that was too much, timers have this turn; a pause after it holds them anew, also if the ring never is
            // empty.
            holding = turnsLeft > 0 && nowNanos - heldSinceNanos < MAX_NANOS;
        } else if (stoodNanos > PAUSE_NANOS) {
            holding = true;
            heldSinceNanos = nowNanos;
            turnsLeft = MAX_TURNS;
        }
    }

    /** Whether timers must wait for what may be in the ring. */
    boolean isHolding() {
        return holding;
    }

    /** The time up to which timers are due: nothing is known of what came after it. */
    long dueNanos() {
        return lookedNanos;
    }
}
