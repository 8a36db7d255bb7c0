package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;

/**
 * Ends connections whose peers do not take what was pushed to them, while frames are few: they hold more than their share
 * of what everybody needs, and TCP itself would wait for them for ever (RFC 9293, section 3.8.6.1, lets a window stay
 * closed as long as probes are answered; RFC 6429 calls ending such a connection the operating system's right).
 *
 * <pre>
 *   watched since     sndUna moved last                 now
 *        |                   |                           |
 *        |                   |--- stalledPeerNanos ----->|  nothing was taken
 *        |------------------------ slowPeerNanos ------->|  not even all that it held then was taken
 * </pre>
 *
 * <p>Costs nothing while frames are plenty. Else some of the table is looked at every few milliseconds.
 */
final class SlowPeers {
    private static final long LOOK_NANOS = 10_000_000;
    private static final int LOOK_AT = 2_048;
    private static final long NEVER = Long.MAX_VALUE;

    private final TcpCore core;
    private long nextNanos = NEVER;
    private int position;
    /** When this time of few frames began: what was noted in an earlier one counts no more. */
    private long fewSinceNanos;

    SlowPeers(TcpCore core) {
        this.core = core;
    }

    /** When the next look is due. */
    long nextNanos() {
        return nextNanos;
    }

    /** Once a turn. */
    void watchIfFramesAreFew() {
        if (nextNanos == NEVER && core.budget.areFramesFew()) {
            fewSinceNanos = core.clock.nanos();
            nextNanos = fewSinceNanos + LOOK_NANOS;
        }
    }

    /** Looks at the next ones if that is due. Returns how many it has ended. */
    int look(long nowNanos) {
        if (nowNanos < nextNanos) {
            return 0;
        }
        int ended = 0;
        for (int i = 0; i < LOOK_AT; i++) {
            Tcb t = core.connections.at(position);
            if (t != null && core.budget.areFramesFew() && isTooSlow(t, nowNanos)) {
                core.counters.connectionsSlow.count(t.remoteLow);
                core.end.evict(t, Status.CONNECTION_ABORTED); // another may have taken its place: look there again
                ended++;
            } else {
                position++;
            }
        }
        nextNanos = core.budget.havePlentyReturned() ? NEVER : nowNanos + LOOK_NANOS;
        return ended;
    }

    private boolean isTooSlow(Tcb t, long nowNanos) {
        if (t.sendQueue.isEmpty() || !t.state.isSynchronized()) {
            t.watchedSinceNanos = 0;
            return false;
        }
        boolean hasTakenAll = t.watchedSinceNanos < fewSinceNanos || Sequence.geq(t.sndUna, t.watchedEnd);
        if (hasTakenAll) {
            t.watchedSinceNanos = nowNanos;
            t.watchedEnd = t.sndEnd;
        }
        if (hasTakenAll || t.sndUna != t.watchedUna) {
            t.watchedUna = t.sndUna;
            t.takenNanos = nowNanos;
        }
        return core.budget.holdsMoreThanItsShare(t)
                && (nowNanos - t.takenNanos >= core.config.stalledPeerNanos()
                        || nowNanos - t.watchedSinceNanos >= core.config.slowPeerNanos());
    }
}
