package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.ip.SendResult;

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

    private final TcpCore core;

    KeepAliveTimer(TcpCore core) {
        this.core = core;
    }

    /** The connection's settings are new. */
    void set(Tcb t) {
        KeepAlive settings = t.options.keepAlive;
        t.keepAliveDeadline = Tcb.NEVER;
        if (settings != null && t.state.isSynchronized()) {
            arm(t, Math.max(core.clock.nanos(), t.lastReceiveNanos + settings.idleNanos()));
        }
    }

    private void arm(Tcb t, long momentNanos) {
        t.keepAliveDeadline = momentNanos;
        core.timers.arm(t, momentNanos);
    }

    /** The deadline came. */
    void fire(Tcb t, long nowNanos) {
        KeepAlive settings = t.options.keepAlive;
        if (settings == null || t.orphan) {
            t.keepAliveDeadline = Tcb.NEVER; // what is left of a closed queue has timers of its own
            return;
        }
        long due = t.lastReceiveNanos + settings.idleNanos();
        if (t.flight() > 0 || t.hasUnsent()) {
            arm(t, nowNanos + settings.idleNanos()); // MUST-27: whoever owes an answer already is watched by others
        } else if (t.probes == 0 && due > nowNanos) {
            arm(t, due);
        } else if (t.probes >= settings.probes()) {
            core.counters.connectionsTimedOut.increment();
            core.end.evict(t, Status.TIMED_OUT);
        } else if (probe(core, t)) {
            t.probes++; // MUST-29: one that is lost proves nothing
            arm(t, nowNanos + settings.intervalNanos());
        } else {
            arm(t, nowNanos + RETRY_NANOS);
        }
    }

    /**
     * Asks the peer for an ACK by an empty segment that it has had before: SEG.SEQ = SND.NXT-1 if nothing is under way. It
     * acknowledges nothing for sure, as the peer need not look at more than its number, so nothing counts as told.
     *
     * @return false if there was no room for it on this side; one that has no way to the peer counts as lost
     */
    static boolean probe(TcpCore core, Tcb t) {
        SendResult result = core.writer.probe(t);
        if (result == null || result == SendResult.QUEUE_FULL) {
            return false;
        }
        core.counters.keepAlivesSent.increment();
        return true;
    }
}
