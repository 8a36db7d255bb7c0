package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.tcp.TcpConnection.Timers;

/**
 * Ends connections whose peer has acknowledged nothing for as long as the queue's application allows (RFC 9293, sections
 * 3.8.3 and 3.9.1; TCP_USER_TIMEOUT in Linux), be it data, a FIN, a SYN, or what waits for a window that stays shut.
 *
 * <pre>
 *   sent, or acknowledged last      timer     timer             TIMED_OUT
 *        |-------- RTO or probe ------|---------|-------- ... ------|
 *        |------------------- userTimeoutNanos ---------------------|
 * </pre>
 *
 * <p>A packet costs it nothing: the time is counted from the first timer that runs out without an answer, back to when that
 * timer was set. So it cannot end a connection before one retransmission timeout has passed.
 */
final class UserTimeout {
    private final TcpContext context;
    private final ConnectionEnd end;

    UserTimeout(TcpContext context, ConnectionEnd end) {
        this.context = context;
        this.end = end;
    }

    /** The connection's settings are new. */
    void set(TcpConnection c) {
        c.timers.userTimeout = Timers.NEVER;
        arm(c);
    }

    /**
     * A timer of the connection ran out that waits for the peer.
     *
     * @param waitedNanos for how long it was set
     */
    void onTimer(TcpConnection c, long nowNanos, long waitedNanos) {
        if (!isStalled(c)) {
            c.supervision.stalledSinceNanos = nowNanos - waitedNanos;
            c.supervision.stalledUna = c.send.una;
        }
        arm(c);
    }

    /** Whether nothing was acknowledged since the first timer ran out. */
    private static boolean isStalled(TcpConnection c) {
        return c.supervision.stalledSinceNanos != Timers.NEVER && c.supervision.stalledUna == c.send.una;
    }

    private void arm(TcpConnection c) {
        if (c.options.userTimeoutNanos > 0 && isStalled(c)) {
            c.timers.userTimeout = c.supervision.stalledSinceNanos + c.options.userTimeoutNanos;
            context.fireAt(c, c.timers.userTimeout);
        }
    }

    /** The deadline came. */
    void fire(TcpConnection c) {
        c.timers.userTimeout = Timers.NEVER;
        if (!isStalled(c)) {
            c.supervision.stalledSinceNanos = Timers.NEVER; // the next timer that runs out sets it again
            return;
        }
        if (c.send.wnd == 0 && c.state.isSynchronized()) {
            context.counters.connectionsTimedOut.increment();
            end.evict(c, Status.TIMED_OUT); // the peer may well be there, and is told
        } else {
            end.fail(c, c.softError != null ? c.softError : Status.TIMED_OUT);
        }
    }
}
