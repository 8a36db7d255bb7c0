package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.wire.TcpHeader;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.SendResult;
import io.penstock.libos.tcp.stream.Sequence;

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

    private final TcpContext context;
    private final TcpConfig config;
    private final HalfOpenTable table;
    private final Handshake handshake;
    private final SegmentWriter writer;
    private final DataReceiver receiver;
    private final VanishedPeers vanishedPeers;
    private final TcpSocket.Pool accepts;
    private final FlowKey flow = new FlowKey();
    /** When all that are held up try again, and how many of them have not yet. */
    private long retryNanos;

    private int toRelease;

    PassiveOpen(
            TcpContext context,
            SegmentWriter writer,
            Handshake handshake,
            DataReceiver receiver,
            VanishedPeers vanishedPeers,
            TcpSocket.Pool accepts) {
        this.context = context;
        this.config = context.config;
        this.table = context.halfOpen;
        this.writer = writer;
        this.handshake = handshake;
        this.receiver = receiver;
        this.vanishedPeers = vanishedPeers;
        this.accepts = accepts;
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
        IpPath path = context.ip.path(s.flow);
        if (path == null) {
            return false;
        }
        int victim = table.victimFor(listener);
        if (victim != HalfOpenTable.NONE) {
            table.remove(victim);
            context.counters.halfOpenEvicted.count(s.flow.localPort());
        }
        long now = context.clock.nanos();
        int iss = context.initialSequence.next(now, s.flow);
        if (reuse && Sequence.leq(iss, oldSndNxt)) {
            iss = oldSndNxt + REUSE_DISTANCE;
        }
        int e = table.add(listener, s.flow, s.sequence, iss, now + config.initialRtoNanos());
        int mss = Handshake.peerMss(s.options, path);
        int share = context.budget.receiveShareBytes(table.size());
        int ownWindow = ReceiveState.offered(listener.options, config, share);
        table.negotiated(e, mss, s.options.windowScale, s.window, ownWindow);
        owe(e);
        context.counters.halfOpen.set(table.size());
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
                    owe(e);
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
                context.counters.resetsReceived.increment();
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
            context.counters.challengeAcks.increment();
            IpPath path = context.ip.path(s.flow);
            writer.stateless(path, s.flow.ports, table.iss(e) + 1, table.irs(e) + 1, TcpHeader.ACK, table.ownWindow(e));
        }
    }

    /** What the previous incarnation left makes room for the new one. */
    private void endTimeWait(Segment s) {
        TimeWaitTable timeWait = context.timeWait;
        int old = timeWait.find(s.flow);
        if (old != TimeWaitTable.NONE) {
            timeWait.remove(old);
            context.counters.timeWait.set(timeWait.size());
        }
    }

    private void forget(int e) {
        context.forgetHalfOpen(e);
    }

    /**
     * The peer is where it says. If there is no room for one more connection, this ACK is as good as lost: the peer's data
     * brings the next one, or our SYN-ACK does.
     */
    private void establish(int e, Segment s, boolean synAgain) {
        TcpListener listener = table.listener(e);
        vanishedPeers.roomIsWanted();
        IpPath path = context.ip.path(s.flow);
        TcpConnection c = path == null || listener.isFull() ? null : context.takeConnection(listener.options);
        if (c == null) {
            context.counters.listenOverflow.increment();
            if (listener.isFull()) {
                context.counters.backlogFull.count((long) listener.backlog << 16 | s.flow.localPort());
            }
            return;
        }
        handshake.begin(c, path, s.flow);
        c.state = TcpState.SYN_RECEIVED;
        c.send.start(table.iss(e));
        c.send.nxt++;
        handshake.negotiated(c, table.peerMss(e), table.windowShift(e));
        c.receive.beginAsOffered(table.ownWindow(e));
        Handshake.startReceiving(c, table.irs(e), table.ownWindow(e));
        c.send.maxWnd = table.peerWindow(e);
        c.send.synRetransmitted = table.isRepeated(e);
        c.send.synNanos = table.deadlineNanos(e) - config.initialRtoNanos();
        forget(e);
        endTimeWait(s);
        if (synAgain) {
            s.window >>= c.send.wndShift; // a SYN's is not scaled, and is treated below as if it were
        }
        listener.ready.add(c);
        handshake.establish(c, s);
        accepts.serve(listener);
        receiver.receive(c, s);
    }

    private IpPath pathOf(int e) {
        table.flow(e, flow);
        return context.ip.path(flow);
    }

    // ---- SYN-ACKs

    private void owe(int e) {
        table.owe(e);
        context.owesSynAcks = true;
    }

    /**
     * Sends what SYN-ACKs are owed, one burst at most. Need not be asked unless {@link TcpContext#owesSynAcks}.
     *
     * @return how many went
     */
    int transmit() {
        releaseHeldUp();
        int sent = 0;
        for (int e = table.firstOwed(); e != HalfOpenTable.NONE && sent < BURST; e = table.firstOwed()) {
            IpPath path = pathOf(e);
            SendResult result = path == null ? SendResult.UNREACHABLE : writer.synAck(path, table, e);
            if (result == SendResult.QUEUE_FULL) {
                break; // next turn
            }
            table.pollOwed(); // without a way to the peer it counts as sent and lost
            sent++;
            if (result == SendResult.NEIGHBOUR_BUSY) {
                if (!table.hasHeldUp()) {
                    retryNanos = context.clock.nanos() + RETRY_NANOS;
                }
                table.holdUp(e);
            } else if (table.isRepeated(e)) {
                context.counters.retransmits.increment();
            }
        }
        context.owesSynAcks = owesSynAcks() || table.hasHeldUp();
        return sent;
    }

    /** As many in a turn as go in one; those that strangers' neighbours hold up come after, again and again. */
    private void releaseHeldUp() {
        if (!table.hasHeldUp()) {
            return;
        }
        if (toRelease == 0 && context.clock.nanos() >= retryNanos) {
            retryNanos = context.clock.nanos() + RETRY_NANOS;
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
                context.counters.timeouts.increment();
                owe(e);
            }
        }
        return fired;
    }

    private long timeoutNanos(int level) {
        return Math.min(config.initialRtoNanos() << Math.min(level, 16), config.maxRtoNanos());
    }
}
