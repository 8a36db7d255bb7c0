package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.tcp.TcpConnection.Timers;

/** What happens when a connection's deadline comes. */
final class TcpTimers {
    /** When to try again what found the transmit queue full or no frame free. */
    private static final long RETRY_NANOS = 10_000;

    /** RFC 9293, section 3.8.3, SHLD-9: at least 3. */
    private static final int R1 = 3;

    /** How late the deadlines of tables may be, which take from tens of milliseconds to minutes. */
    private static final long TABLES_NANOS = 100_000;

    private final TcpContext context;
    private final ConnectionEnd end;
    private final KeepAliveTimer keepAlives;
    private final UserTimeout userTimeouts;
    private final PassiveOpen passiveOpen;
    private final SlowPeers slowPeers;
    private final VanishedPeers vanishedPeers;
    private final TcpOutput.HeldUp heldUp;
    /** When tables are looked at next. */
    private long tablesNanos = Long.MIN_VALUE;

    private boolean linkIsDown;

    TcpTimers(
            TcpContext context,
            ConnectionEnd end,
            KeepAliveTimer keepAlives,
            UserTimeout userTimeouts,
            PassiveOpen passiveOpen,
            SlowPeers slowPeers,
            VanishedPeers vanishedPeers,
            TcpOutput.HeldUp heldUp) {
        this.context = context;
        this.end = end;
        this.keepAlives = keepAlives;
        this.userTimeouts = userTimeouts;
        this.passiveOpen = passiveOpen;
        this.slowPeers = slowPeers;
        this.vanishedPeers = vanishedPeers;
        this.heldUp = heldUp;
    }

    /** Fires what is due. Returns how many deadlines came. Two comparisons in nearly all turns. */
    int fire(long nowNanos) {
        int fired = context.timers.nextNanos() <= nowNanos ? fireConnections(nowNanos) : 0;
        return nowNanos < tablesNanos ? fired : fired + fireTables(nowNanos);
    }

    private int fireConnections(long nowNanos) {
        int fired = 0;
        for (TcpConnection c = context.timers.poll(nowNanos); c != null; c = context.timers.poll(nowNanos)) {
            c.timers.armed = Timers.NEVER;
            if (c.timers.earliest() <= nowNanos) {
                fired++;
                fire(c, nowNanos);
            }
            context.fireAt(c, c.timers.earliest()); // its deadlines have moved, or there are others
        }
        return fired;
    }

    private int fireTables(long nowNanos) {
        int fired = 0;
        if (context.halfOpen.nextDeadlineNanos() <= nowNanos) {
            fired += passiveOpen.fire(nowNanos);
        }
        if (context.timeWait.nextExpiryNanos() <= nowNanos) {
            fired += context.timeWait.expire(nowNanos);
            context.counters.timeWait.set(context.timeWait.size());
        }
        fired += slowPeers.poll(nowNanos) + vanishedPeers.poll(nowNanos);
        tablesNanos = nowNanos + TABLES_NANOS;
        return fired;
    }

    long nextDeadlineNanos() {
        long tables = Math.min(context.timeWait.nextExpiryNanos(), context.halfOpen.nextDeadlineNanos());
        tables = Math.min(tables, Math.min(slowPeers.nextNanos(), vanishedPeers.nextNanos()));
        long next = Math.min(context.timers.nextNanos(), Math.max(tables, tablesNanos));
        next = Math.min(next, Math.min(heldUp.nextNanos(), passiveOpen.nextRetryNanos()));
        // Somebody could not send: the loop must not sleep until a timer fires.
        boolean blocked = context.firstReady() != null || passiveOpen.owesSynAcks();
        return blocked ? Math.min(next, context.clock.nanos() + RETRY_NANOS) : next;
    }

    private void fire(TcpConnection c, long nowNanos) {
        if (c.timers.delayedAck <= nowNanos) {
            c.timers.delayedAck = Timers.NEVER;
            context.fetch(c);
            if (c.receive.ackPending) {
                context.oweAck(c);
            }
        }
        if (c.timers.linger <= nowNanos) {
            end.forget(c); // the peer never sent its FIN
            return;
        }
        if (c.timers.retransmit <= nowNanos || c.timers.persist <= nowNanos) {
            c.timers.stopWatchingSending();
            onSendingTimeout(c, nowNanos);
        }
        if (c.timers.keepAlive <= nowNanos) {
            keepAlives.fire(c, nowNanos);
        }
        if (c.timers.userTimeout <= nowNanos) {
            userTimeouts.fire(c);
        }
    }

    /** By what it waits for now: the window may have been shut over what is under way. */
    private void onSendingTimeout(TcpConnection c, long nowNanos) {
        if (c.state.isHandshake()) {
            onHandshakeTimeout(c, nowNanos);
        } else if (c.send.wnd == 0) {
            onProbeTimeout(c, nowNanos);
        } else if (c.send.flight() > 0) {
            onRetransmissionTimeout(c, nowNanos);
        } else if (c.send.hasUnsent()) {
            onOverrideTimeout(c);
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
        ConnectionTable all = context.connections;
        for (int position = 0; position < all.slots(); position++) {
            TcpConnection c = all.at(position);
            if (c != null && c.timers.sendingIsWatched()) {
                sendAgain(c);
            }
        }
    }

    private void sendAgain(TcpConnection c) {
        c.send.rtt.forgetBackOff();
        c.timers.retries = 0;
        context.markReady(c);
        if (c.state.isHandshake()) {
            c.send.synOwed = true;
            c.send.synRetransmitted = c.send.nxt != c.send.iss; // or it has not left at all yet
            c.send.synNanos = SendState.AMBIGUOUS;
            context.retransmitIn(c, c.send.rtt.rtoNanos());
        } else if (c.send.wnd == 0) {
            c.send.probeOwed = true;
            context.persistIn(c, c.send.rtt.rtoNanos());
        } else if (c.send.flight() > 0) {
            LossRecovery.onLinkBack(c.send, context.sampleNow(c));
            context.retransmitIn(c, c.send.rtt.rtoNanos());
        }
    }

    private void onHandshakeTimeout(TcpConnection c, long nowNanos) {
        TcpConfig config = context.config;
        int limit = c.state == TcpState.SYN_SENT ? config.synRetries() : config.synAckRetries();
        if (++c.timers.retries > limit) {
            end.fail(c, c.softError != null ? c.softError : Status.TIMED_OUT);
            return;
        }
        userTimeouts.onTimer(c, nowNanos, c.send.rtt.rtoNanos());
        context.counters.timeouts.increment();
        suspectPath(c);
        c.send.rtt.backOff();
        c.send.synRetransmitted = c.send.nxt != c.send.iss; // or it has not left at all yet
        c.send.synNanos = SendState.AMBIGUOUS;
        c.send.synOwed = true;
        context.markReady(c);
        context.retransmitIn(c, c.send.rtt.rtoNanos());
    }

    /** RFC 9293, section 3.8.3: after R1 timeouts without an answer IP is told (MUST-20). */
    private static void suspectPath(TcpConnection c) {
        if (c.timers.retries == R1) {
            c.path.suspect();
        }
    }

    /** RFC 6298 (5.4) to (5.7). */
    private void onRetransmissionTimeout(TcpConnection c, long nowNanos) {
        userTimeouts.onTimer(c, nowNanos, c.send.rtt.rtoNanos());
        if (c.send.buffer.headIsHeldElsewhere() && !c.send.waitedForDevice) {
            // It has not left this machine: sending it again would only make the queue longer. Once, as a frame may be
            // held for another push of the same bytes, too.
            c.send.waitedForDevice = true;
            context.retransmitIn(c, c.send.rtt.rtoNanos());
            return;
        }
        if (++c.timers.retries > context.config.dataRetries() && c.options.userTimeoutNanos == 0) {
            end.fail(c, c.softError != null ? c.softError : Status.TIMED_OUT);
            return;
        }
        context.counters.timeouts.increment();
        suspectPath(c);
        c.send.rtt.backOff();
        if (!linkIsDown) { // else there is nothing to send it to, and it was no congestion
            LossRecovery.onTimeout(c.send, c.timers.retries == 1, context.sampleNow(c));
            context.markReady(c);
        }
        context.retransmitIn(c, c.send.rtt.rtoNanos());
    }

    /**
     * RFC 9293, section 3.8.6.1: never gives up as long as the peer answers, unless nobody waits for the outcome, or the
     * application has said for how long.
     */
    private void onProbeTimeout(TcpConnection c, long nowNanos) {
        if (c.send.flight() == 0 && !c.send.hasUnsent()) {
            return;
        }
        userTimeouts.onTimer(c, nowNanos, c.send.rtt.probeNanos(c.timers.retries));
        c.timers.retries++;
        c.timers.probes++;
        if (c.orphan && c.timers.retries > context.config.orphanProbes()) {
            end.abort(c, Status.TIMED_OUT);
            return;
        }
        if (c.timers.probes > context.config.dataRetries() && c.options.userTimeoutNanos == 0) {
            end.fail(c, Status.TIMED_OUT);
            return;
        }
        c.send.probeOwed = true;
        context.markReady(c);
        context.persistIn(c, c.send.rtt.probeNanos(c.timers.retries));
    }

    /** RFC 9293, section 3.8.6.2.1: what is too little for a good segment has waited long enough for the window. */
    private void onOverrideTimeout(TcpConnection c) {
        c.send.forceSend = true;
        context.markReady(c);
    }
}
