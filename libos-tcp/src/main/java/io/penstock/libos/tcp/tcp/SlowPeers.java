package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.stream.Sequence;

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
    private static final long POLL_NANOS = 10_000_000;
    private static final int MAX_PER_POLL = 2_048;
    private static final long NEVER = Long.MAX_VALUE;

    private final TcpContext context;
    private final ConnectionEnd end;
    private long nextNanos = NEVER;
    private int position;
    /** When this time of few frames began: what was noted in an earlier one counts no more. */
    private long fewSinceNanos;

    SlowPeers(TcpContext context, ConnectionEnd end) {
        this.context = context;
        this.end = end;
    }

    /** When the next look is due. */
    long nextNanos() {
        watchIfFramesAreFew();
        return nextNanos;
    }

    private void watchIfFramesAreFew() {
        if (nextNanos == NEVER && context.budget.areFramesFew()) {
            fewSinceNanos = context.clock.nanos();
            nextNanos = fewSinceNanos + POLL_NANOS;
        }
    }

    /** Looks at the next ones if that is due. Returns how many it has ended. */
    int poll(long nowNanos) {
        watchIfFramesAreFew();
        if (nowNanos < nextNanos) {
            return 0;
        }
        int ended = 0;
        for (int i = 0; i < MAX_PER_POLL; i++) {
            TcpConnection c = context.connections.at(position);
            if (c != null && context.budget.areFramesFew() && isTooSlow(c, nowNanos)) {
                context.counters.connectionsSlow.count(c.remoteLow);
                end.evict(c, Status.CONNECTION_ABORTED); // another may have taken its place: look there again
                ended++;
            } else {
                position++;
            }
        }
        nextNanos = context.budget.havePlentyReturned() ? NEVER : nowNanos + POLL_NANOS;
        return ended;
    }

    private boolean isTooSlow(TcpConnection c, long nowNanos) {
        if (c.send.buffer.isEmpty() || !c.state.isSynchronized()) {
            c.supervision.watchedSinceNanos = 0;
            return false;
        }
        boolean hasTakenAll =
                c.supervision.watchedSinceNanos < fewSinceNanos || Sequence.geq(c.send.una, c.supervision.watchedEnd);
        if (hasTakenAll) {
            c.supervision.watchedSinceNanos = nowNanos;
            c.supervision.watchedEnd = c.send.end;
        }
        if (hasTakenAll || c.send.una != c.supervision.watchedUna) {
            c.supervision.watchedUna = c.send.una;
            c.supervision.takenNanos = nowNanos;
        }
        return context.budget.holdsMoreThanItsShare(c.send.buffer)
                && (nowNanos - c.supervision.takenNanos >= context.config.stalledPeerNanos()
                        || nowNanos - c.supervision.watchedSinceNanos >= context.config.slowPeerNanos());
    }
}
