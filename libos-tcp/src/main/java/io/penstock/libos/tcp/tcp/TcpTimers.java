package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;

/** What happens when a connection's deadline comes. */
final class TcpTimers {
    /** When to try again what found the transmit queue full or no frame free. */
    private static final long RETRY_NANOS = 10_000;

    /** RFC 9293, section 3.8.3, SHLD-9: at least 3. */
    private static final int R1 = 3;

    /** How late the deadlines of tables may be, which take from tens of milliseconds to minutes. */
    private static final long TABLES_NANOS = 100_000;

    private final TcpCore core;
    /** When tables are looked at next. */
    private long tablesNanos = Long.MIN_VALUE;

    private boolean linkIsDown;

    TcpTimers(TcpCore core) {
        this.core = core;
    }

    /** Fires what is due. Returns how many deadlines came. Two comparisons in nearly all turns. */
    int fire(long nowNanos) {
        int fired = core.timers.nextNanos() <= nowNanos ? fireConnections(nowNanos) : 0;
        return nowNanos < tablesNanos ? fired : fired + fireTables(nowNanos);
    }

    private int fireConnections(long nowNanos) {
        int fired = 0;
        TimerHeap heap = core.timers;
        while (heap.nextNanos() <= nowNanos) {
            Tcb t = heap.first();
            long earliest = t.earliestDeadline();
            if (earliest == Tcb.NEVER) {
                heap.remove(t);
            } else if (earliest > nowNanos) {
                heap.rearm(t, earliest);
            } else {
                fired++;
                fire(t, nowNanos);
            }
        }
        return fired;
    }

    private int fireTables(long nowNanos) {
        int fired = 0;
        if (core.halfOpen.nextDeadlineNanos() <= nowNanos) {
            fired += core.passiveOpen.fire(nowNanos);
        }
        if (core.timeWait.nextExpiryNanos() <= nowNanos) {
            fired += core.timeWait.expire(nowNanos);
            core.counters.timeWait.set(core.timeWait.size());
        }
        fired += core.slowPeers.look(nowNanos) + core.vanishedPeers.look(nowNanos);
        tablesNanos = nowNanos + TABLES_NANOS;
        return fired;
    }

    long nextDeadlineNanos() {
        long tables = Math.min(core.timeWait.nextExpiryNanos(), core.halfOpen.nextDeadlineNanos());
        tables = Math.min(tables, Math.min(core.slowPeers.nextNanos(), core.vanishedPeers.nextNanos()));
        long next = Math.min(core.timers.nextNanos(), Math.max(tables, tablesNanos));
        next = Math.min(next, Math.min(core.heldUp.nextNanos(), core.passiveOpen.nextRetryNanos()));
        // Somebody could not send: the loop must not sleep until a timer fires.
        boolean blocked = core.firstDirty() != null || core.passiveOpen.owesSynAcks();
        return blocked ? Math.min(next, core.clock.nanos() + RETRY_NANOS) : next;
    }

    private void fire(Tcb t, long nowNanos) {
        if (t.ackDeadline <= nowNanos) {
            t.ackDeadline = Tcb.NEVER;
            if (t.ackPending) {
                SegmentArrival.oweAck(core, t);
            }
        }
        if (t.lingerDeadline <= nowNanos) {
            core.end.forget(t); // the peer never sent its FIN
            return;
        }
        if (t.retransmitDeadline <= nowNanos) {
            t.retransmitDeadline = Tcb.NEVER;
            if (t.state.isHandshake()) {
                onHandshakeTimeout(t);
            } else if (t.sndWnd == 0) {
                onProbeTimeout(t);
            } else if (t.flight() > 0) {
                onRetransmissionTimeout(t);
            } else if (t.hasUnsent()) {
                onOverrideTimeout(t);
            }
        }
        if (t.keepAliveDeadline <= nowNanos) {
            core.keepAlives.fire(t, nowNanos);
        }
    }

    /** Tells whether packets can pass at present. */
    void link(boolean down) {
        linkIsDown = down;
    }

    /**
     * The link has come back: all that waits for an answer is sent again at once, and nothing of it was a sign of
     * congestion. Waiting for the next timeout, which has doubled each time, can take longer than the link stays.
     */
    void onLinkBack() {
        linkIsDown = false;
        ConnectionTable all = core.connections;
        for (int position = 0; position < all.slots(); position++) {
            Tcb t = all.at(position);
            if (t != null && t.retransmitDeadline != Tcb.NEVER) {
                sendAgain(t);
            }
        }
    }

    private void sendAgain(Tcb t) {
        t.rtt.forgetBackOff();
        t.retries = 0;
        t.timing = false;
        if (t.state.isHandshake()) {
            t.synOwed = true;
            t.synRetransmitted = t.sndNxt != t.iss; // or it has not left at all yet
        } else if (t.sndWnd == 0) {
            t.probeOwed = true;
        } else if (t.flight() > 0) {
            t.recovery.onLinkBack(t);
        }
        core.markDirty(t);
        core.output.setRetransmitDeadline(t, t.rtt.rtoNanos());
    }

    private void onHandshakeTimeout(Tcb t) {
        TcpConfig config = core.config;
        int limit = t.state == TcpState.SYN_SENT ? config.synRetries() : config.synAckRetries();
        if (++t.retries > limit) {
            core.end.fail(t, t.softError != null ? t.softError : Status.TIMED_OUT);
            return;
        }
        core.counters.timeouts.increment();
        suspectPath(t);
        t.rtt.backOff();
        t.synRetransmitted = t.sndNxt != t.iss; // or it has not left at all yet
        t.timing = false;
        t.synOwed = true;
        core.markDirty(t);
        core.output.setRetransmitDeadline(t, t.rtt.rtoNanos());
    }

    /** RFC 9293, section 3.8.3: after R1 timeouts without an answer IP is told (MUST-20). */
    private static void suspectPath(Tcb t) {
        if (t.retries == R1) {
            t.path.suspect();
        }
    }

    /** RFC 6298 (5.4) to (5.7). */
    private void onRetransmissionTimeout(Tcb t) {
        if (t.sendQueue.headIsHeldElsewhere() && !t.waitedForDevice) {
            // It has not left this machine: sending it again would only make the queue longer. Once, as a frame may be
            // held for another push of the same bytes, too.
            t.waitedForDevice = true;
            core.output.setRetransmitDeadline(t, t.rtt.rtoNanos());
            return;
        }
        if (++t.retries > core.config.dataRetries()) {
            core.end.fail(t, t.softError != null ? t.softError : Status.TIMED_OUT);
            return;
        }
        core.counters.timeouts.increment();
        suspectPath(t);
        t.timing = false;
        t.rtt.backOff();
        if (!linkIsDown) { // else there is nothing to send it to, and it was no congestion
            t.recovery.onTimeout(t);
            core.markDirty(t);
        }
        core.output.setRetransmitDeadline(t, t.rtt.rtoNanos());
    }

    /** RFC 9293, section 3.8.6.1: never gives up as long as the peer answers, unless nobody waits for the outcome. */
    private void onProbeTimeout(Tcb t) {
        if (t.flight() == 0 && !t.hasUnsent()) {
            return;
        }
        t.retries++;
        t.probes++;
        if (t.orphan && t.retries > core.config.orphanProbes()) {
            core.end.abort(t, Status.TIMED_OUT);
            return;
        }
        if (t.probes > core.config.dataRetries()) {
            core.end.fail(t, Status.TIMED_OUT);
            return;
        }
        t.probeOwed = true;
        core.markDirty(t);
        core.output.setRetransmitDeadline(t, t.rtt.probeNanos(t.retries));
    }

    /** RFC 9293, section 3.8.6.2.1: what is too little for a good segment has waited long enough for the window. */
    private void onOverrideTimeout(Tcb t) {
        t.forceSend = true;
        core.markDirty(t);
    }
}
