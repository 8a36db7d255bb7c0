package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.ip.SendResult;
import io.penstock.libos.tcp.tcp.TcpConnection.Timers;

/**
 * Asks peers that have been silent for long whether they are still there, on queues whose application wants it (RFC 9293,
 * section 3.8.4, MUST-24 to 29), and ends the connection after the last question that nobody answered.
 *
 * <pre>
 *   last segment from the peer      probe        probe        probe      TIMED_OUT, RST
 *        |-------- idleNanos --------|- interval -|- interval -|- interval -|
 * </pre>
 *
 * <p>A packet costs it one store: the deadline is looked at when it comes, and moved to where the last packet puts it.
 */
final class KeepAliveTimer {
    /** When a probe is tried again that found no room on this side. */
    private static final long RETRY_NANOS = 10_000_000;

    private final TcpContext context;
    private final SegmentWriter writer;
    private final ConnectionEnd end;

    KeepAliveTimer(TcpContext context, SegmentWriter writer, ConnectionEnd end) {
        this.context = context;
        this.writer = writer;
        this.end = end;
    }

    /** The connection's settings are new. */
    void set(TcpConnection c) {
        ConnectionOptions.KeepAlive settings = c.options.keepAlive;
        c.timers.keepAlive = Timers.NEVER;
        if (settings != null && c.state.isSynchronized()) {
            arm(c, Math.max(context.clock.nanos(), c.receive.lastNanos + settings.idleNanos()));
        }
    }

    private void arm(TcpConnection c, long momentNanos) {
        c.timers.keepAlive = momentNanos;
        context.fireAt(c, momentNanos);
    }

    /** The deadline came. */
    void fire(TcpConnection c, long nowNanos) {
        ConnectionOptions.KeepAlive settings = c.options.keepAlive;
        if (settings == null || c.orphan) {
            c.timers.keepAlive = Timers.NEVER; // what is left of a closed queue has timers of its own
            return;
        }
        long due = c.receive.lastNanos + settings.idleNanos();
        if (c.send.flight() > 0 || c.send.hasUnsent()) {
            arm(c, nowNanos + settings.idleNanos()); // MUST-27: whoever owes an answer already is watched by others
        } else if (c.timers.probes == 0 && due > nowNanos) {
            arm(c, due);
        } else if (isOver(c, settings, nowNanos)) {
            context.counters.connectionsTimedOut.increment();
            end.evict(c, Status.TIMED_OUT);
        } else if (probe(c)) {
            c.timers.probes++; // MUST-29: one that is lost proves nothing
            arm(c, nowNanos + settings.intervalNanos());
        } else {
            arm(c, nowNanos + RETRY_NANOS);
        }
    }

    /** Whether the peer has had its time: the application's user timeout wins over the number of probes, as in Linux. */
    private static boolean isOver(TcpConnection c, ConnectionOptions.KeepAlive settings, long nowNanos) {
        long timeout = c.options.userTimeoutNanos;
        return timeout > 0
                ? c.timers.probes > 0 && nowNanos - c.receive.lastNanos >= timeout
                : c.timers.probes >= settings.probes();
    }

    /**
     * Asks the peer for an ACK by an empty segment that it has had before: SEG.SEQ = SND.NXT-1 if nothing is under way. It
     * acknowledges nothing for sure, as the peer need not look at more than its number, so nothing counts as told.
     *
     * @return false if there was no room for it on this side; one that has no way to the peer counts as lost
     */
    boolean probe(TcpConnection c) {
        SendResult result = writer.probe(c);
        if (result == null || result == SendResult.QUEUE_FULL) {
            return false;
        }
        context.counters.keepAlivesSent.increment();
        return true;
    }
}
