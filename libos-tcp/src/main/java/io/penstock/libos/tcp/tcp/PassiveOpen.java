package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.SendResult;

/**
 * Opening by a listener: LISTEN and SYN-RECEIVED (RFC 9293, sections 3.10.7.2 and 3.10.7.4). Until the peer has shown by
 * its ACK that it is where it says, the connection is an entry of the {@link HalfOpenTable}; then it gets a control block.
 */
final class PassiveOpen {
    /** How many SYN-ACKs go in one turn: what one burst of SYNs asks for. The rest of the queue is for connections. */
    private static final int BURST = 64;

    /** When those try again whose neighbour had no place for their SYN-ACK: one may have become free by age. */
    private static final long RETRY_NANOS = 5_000_000L;

    /** By how much a new incarnation's first number is beyond the old one's last, at least. */
    private static final int REUSE_DISTANCE = 128_000;

    private final TcpCore core;
    private final TcpConfig config;
    private final HalfOpenTable table;
    private final Handshake handshake;
    private final TcpOptions options = new TcpOptions();
    /** When all that are held up try again, and how many of them have not yet. */
    private long retryNanos;

    private int toRelease;

    PassiveOpen(TcpCore core) {
        this.core = core;
        config = core.config;
        table = core.halfOpen;
        handshake = core.handshake;
    }

    // ---- LISTEN

    /**
     * A segment for a listener.
     *
     * @param oldSndNxt what the previous incarnation, still in TIME-WAIT, used last
     * @param reuse whether there was one
     * @return whether a handshake began
     */
    boolean inListen(TcpListener listener, Segment s, int oldSndNxt, boolean reuse) {
        if (s.has(TcpHeader.RST)) {
            return false;
        }
        if (s.has(TcpHeader.ACK)) {
            handshake.reset(s);
            return false;
        }
        if (!s.has(TcpHeader.SYN) || s.has(TcpHeader.FIN)) {
            return false; // SYN and FIN at once come from scanners only
        }
        if (core.ip.path(s.localHigh, s.localLow, s.remoteHigh, s.remoteLow) == null) {
            return false;
        }
        int victim = table.victimFor(listener);
        if (victim != HalfOpenTable.NONE) {
            table.remove(victim);
            core.counters.halfOpenEvicted.count(FourTuple.localPort(s.ports));
        }
        long now = core.clock.nanos();
        int iss = core.initialSequence.next(now, s.localHigh, s.localLow, s.remoteHigh, s.remoteLow, s.ports);
        if (reuse && Sequence.leq(iss, oldSndNxt)) {
            iss = oldSndNxt + REUSE_DISTANCE;
        }
        int e = table.add(listener, s, iss, now + config.initialRtoNanos());
        options.parse(s.header + TcpHeader.LENGTH_BYTES, s.headerBytes - TcpHeader.LENGTH_BYTES);
        int mss = Handshake.peerMss(options, s.remoteHigh, s.remoteLow);
        table.negotiated(e, mss, options.windowScale, s.window, ReceiveWindow.offered(core, listener.socket.options));
        core.counters.halfOpen.set(table.size());
        return true;
    }

    // ---- SYN-RECEIVED

    /**
     * A segment for a connection in its handshake: the steps of RFC 9293, section 3.10.7.4, in their order.
     *
     * @return false if it lies outside the window, and nothing was done: it may be for the previous incarnation, which stays
     *     in TIME-WAIT until the handshake is over
     */
    boolean inSynReceived(int e, Segment s) {
        int rcvNxt = table.irs(e) + 1;
        boolean synAgain = s.has(TcpHeader.SYN) && s.sequence == table.irs(e) && !s.has(TcpHeader.RST);
        if (synAgain) {
            if (!s.has(TcpHeader.ACK)) {
                if (!table.isOwed(e)) {
                    table.repeated(e); // our answer was lost, or is late
                    table.owe(e);
                }
                return true;
            }
            s.sequence++; // a peer that thinks both sides opened at once
            s.flags &= ~TcpHeader.SYN;
        } else if (!isAcceptable(e, s, rcvNxt)) { // first: the sequence number
            return false;
        }
        // Second: RST; RFC 5961, section 3: only the very next number resets. Fourth: SYN. Both lead back to LISTEN.
        if (s.has(TcpHeader.RST)) {
            if (s.sequence == rcvNxt) {
                core.counters.resetsReceived.increment();
                forget(e);
            } else {
                challenge(e, s);
            }
        } else if (s.has(TcpHeader.SYN)) {
            forget(e);
        } else if (s.has(TcpHeader.ACK)) { // fifth
            if (s.acknowledgment != table.iss(e) + 1) {
                handshake.reset(s);
            } else {
                establish(e, s, synAgain);
            }
        }
        return true;
    }

    private boolean isAcceptable(int e, Segment s, int rcvNxt) {
        int length = s.sequenceLength();
        int edge = rcvNxt + table.ownWindow(e);
        return s.sequence == rcvNxt
                || (Sequence.gt(s.sequence + Math.max(length, 1), rcvNxt) && Sequence.lt(s.sequence, edge));
    }

    /** Answers what lies outside the window: an old duplicate, or somebody guessing. */
    void answer(int e, Segment s) {
        if (!s.has(TcpHeader.RST)) {
            challenge(e, s);
        }
    }

    /** Says which number is expected; sparingly, as any segment of a stranger may ask for it. */
    private void challenge(int e, Segment s) {
        if (table.mayAnswer(e, config.challengeAcksPerInterval())) {
            core.counters.challengeAcks.increment();
            IpPath path = core.ip.path(s.localHigh, s.localLow, s.remoteHigh, s.remoteLow);
            core.writer.stateless(path, s.ports, table.iss(e) + 1, table.irs(e) + 1, TcpHeader.ACK, table.ownWindow(e));
        }
    }

    /** What the previous incarnation left makes room for the new one. */
    private void endTimeWait(Segment s) {
        TimeWaitTable timeWait = core.timeWait;
        int old = timeWait.find(s.hash, s.localHigh, s.localLow, s.remoteHigh, s.remoteLow, s.ports);
        if (old != TimeWaitTable.NONE) {
            timeWait.remove(old);
            core.counters.timeWait.set(timeWait.size());
        }
    }

    private void forget(int e) {
        table.remove(e);
        core.counters.halfOpen.set(table.size());
    }

    /**
     * The peer is where it says. If there is no room for one more connection, this ACK is as good as lost: the peer's data
     * brings the next one, or our SYN-ACK does.
     */
    private void establish(int e, Segment s, boolean synAgain) {
        TcpListener listener = table.listener(e);
        core.vanishedPeers.roomIsWanted();
        IpPath path = core.ip.path(s.localHigh, s.localLow, s.remoteHigh, s.remoteLow);
        Tcb t = path == null || listener.isFull() ? null : core.takeTcb();
        if (t == null) {
            core.counters.listenOverflow.increment();
            if (listener.isFull()) {
                core.counters.backlogFull.count((long) listener.backlog << 16 | FourTuple.localPort(s.ports));
            }
            return;
        }
        t.options = listener.socket.options;
        handshake.begin(t, path, s.localHigh, s.localLow, s.remoteHigh, s.remoteLow, s.ports);
        t.state = TcpState.SYN_RECEIVED;
        t.startSending(table.iss(e));
        t.sndNxt++;
        handshake.negotiated(t, table.peerMss(e), table.windowShift(e));
        ReceiveWindow.beginAsOffered(t, table.ownWindow(e));
        t.startReceiving(table.irs(e), table.ownWindow(e));
        t.maxSndWnd = table.peerWindow(e);
        t.synRetransmitted = table.isRepeated(e);
        t.timing = !t.synRetransmitted;
        t.timedSinceNanos = table.deadlineNanos(e) - config.initialRtoNanos();
        forget(e);
        endTimeWait(s);
        if (synAgain) {
            s.window >>= t.sndWndShift; // a SYN's is not scaled, and is treated below as if it were
        }
        listener.add(t);
        handshake.establish(t, s);
        core.receiver.receive(t, s);
    }

    /** ICMP or the link says that a SYN-ACK did not arrive. */
    void unreachable(int e) {
        forget(e);
    }

    /** The listener is gone: whoever is in his handshake is told, as far as the transmit queue takes it. */
    void resetAll(TcpListener listener) {
        boolean went = true;
        while (listener.oldestHalfOpen != HalfOpenTable.NONE) {
            int e = listener.oldestHalfOpen;
            if (went) {
                IpPath path =
                        core.ip.path(table.localHigh(e), table.localLow(e), table.remoteHigh(e), table.remoteLow(e));
                int flags = TcpHeader.RST | TcpHeader.ACK;
                went = core.writer.stateless(path, table.ports(e), table.iss(e) + 1, table.irs(e) + 1, flags, 0);
            }
            forget(e);
        }
    }

    // ---- SYN-ACKs

    /** Sends what SYN-ACKs are owed, one burst at most. Returns how many went. */
    int transmit() {
        releaseHeldUp();
        int sent = 0;
        for (int e = table.firstOwed(); e != HalfOpenTable.NONE && sent < BURST; e = table.firstOwed()) {
            IpPath path = core.ip.path(table.localHigh(e), table.localLow(e), table.remoteHigh(e), table.remoteLow(e));
            SendResult result = path == null ? SendResult.UNREACHABLE : core.writer.synAck(path, table, e);
            if (result == SendResult.QUEUE_FULL) {
                break; // next turn
            }
            table.pollOwed(); // without a way to the peer it counts as sent and lost
            sent++;
            if (result == SendResult.NEIGHBOUR_BUSY) {
                if (!table.hasHeldUp()) {
                    retryNanos = core.clock.nanos() + RETRY_NANOS;
                }
                table.holdUp(e);
            } else if (table.isRepeated(e)) {
                core.counters.retransmits.increment();
            }
        }
        return sent;
    }

    /** As many in a turn as go in one; those that strangers' neighbours hold up come after, again and again. */
    private void releaseHeldUp() {
        if (!table.hasHeldUp()) {
            return;
        }
        if (toRelease == 0 && core.clock.nanos() >= retryNanos) {
            retryNanos = core.clock.nanos() + RETRY_NANOS;
            toRelease = table.heldUp();
        }
        int now = Math.min(toRelease, BURST);
        table.releaseHeldUp(now);
        toRelease -= now;
    }

    /** When SYN-ACKs that were held up go again; {@link Long#MAX_VALUE} if there are none. */
    long nextRetryNanos() {
        if (!table.hasHeldUp()) {
            return Long.MAX_VALUE;
        }
        return toRelease == 0 ? retryNanos : retryNanos - RETRY_NANOS;
    }

    boolean owesSynAcks() {
        return table.firstOwed() != HalfOpenTable.NONE;
    }

    /**
     * Sends SYN-ACKs again whose ACK did not come, with a timeout that doubles (RFC 6298, section 5.5), and forgets what
     * has had its retries. While SYNs come in a flood nothing goes again: who is there asks again by himself, and who is
     * not would get twice as many packets that he never asked for.
     */
    int fire(long nowNanos) {
        int fired = 0;
        for (int e = table.due(nowNanos); e != HalfOpenTable.NONE; e = table.due(nowNanos)) {
            fired++;
            if (table.level(e) == config.synAckRetries()) {
                forget(e);
                continue;
            }
            table.nextLevel(e, nowNanos + timeoutNanos(table.level(e) + 1));
            table.repeated(e);
            if (!table.isCrowded()) {
                core.counters.timeouts.increment();
                table.owe(e);
            }
        }
        return fired;
    }

    private long timeoutNanos(int level) {
        return Math.min(config.initialRtoNanos() << Math.min(level, 16), config.maxRtoNanos());
    }
}
