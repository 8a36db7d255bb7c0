package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.datapath.wire.TcpOptions;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.stream.Sequence;

/** Opening connections: SYN-SENT (RFC 9293, section 3.10.7.3), and what it and a passive open come to. */
final class Handshake {
    /** RFC 9293, section 3.7.1 (MUST-15): without the option, 536 over IPv4 and 1220 over IPv6. */
    private static final int DEFAULT_MSS_IPV4 = 536;

    private static final int DEFAULT_MSS_IPV6 = 1220;

    /** A peer that asks for less makes this side do the work of a hundred packets for one. */
    private static final int MIN_MSS = 48;

    private final TcpContext context;
    private final SegmentWriter writer;
    private final ConnectionEnd end;
    private final DataReceiver receiver;
    private final KeepAliveTimer keepAlives;
    private final VanishedPeers vanishedPeers;

    Handshake(
            TcpContext context,
            SegmentWriter writer,
            ConnectionEnd end,
            DataReceiver receiver,
            KeepAliveTimer keepAlives,
            VanishedPeers vanishedPeers) {
        this.context = context;
        this.writer = writer;
        this.end = end;
        this.receiver = receiver;
        this.keepAlives = keepAlives;
        this.vanishedPeers = vanishedPeers;
    }

    /** Sets a new control block up, for a flow whose hash is set, and puts it into the table. */
    void begin(TcpConnection c, IpPath path, FlowKey flow) {
        TcpConfig config = context.config;
        c.copyFrom(flow);
        c.path = path;
        path.retain();
        c.pseudoHeaderSum = path.pseudoHeaderSum(TcpHeader.PROTOCOL);
        c.receive.beginWindow(c.options, config, context.budget);
        c.receive.windowScaling = true;
        c.send.rtt.start(context.rtoLimits);
        context.connections.add(c);
    }

    /** The SYN, or SYN-ACK, goes out when this turn transmits. */
    void owe(TcpConnection c) {
        c.send.synOwed = true;
        context.markReady(c);
    }

    /** The peer's SYN came again: the answer was lost, or is late. */
    void repeat(TcpConnection c) {
        if (c.send.nxt != c.send.iss) {
            // Nobody will know which of the two is acknowledged (Karn, MUST-18), and one of four segments was lost: the
            // initial window is one segment (RFC 6928, section 2).
            c.send.synRetransmitted = true;
            c.send.synNanos = SendState.AMBIGUOUS;
        }
        owe(c);
    }

    /** What a SYN tells, with or without ACK. */
    private void acceptSyn(TcpConnection c, Segment s) {
        negotiated(c, peerMss(s.options, c.path), s.options.windowScale);
        startReceiving(c, s.sequence, Math.min(c.receive.limitBytes, 65_535)); // a SYN's window is not scaled
        c.send.wnd = s.window;
        c.send.maxWnd = s.window;
        c.send.wl1 = s.sequence;
    }

    static void startReceiving(TcpConnection c, int initialSequence, int windowBytes) {
        c.receive.start(initialSequence, windowBytes);
        c.receive.lastAck = c.receive.nxt;
    }

    /** The MSS that a SYN's options ask for, or the default. */
    static int peerMss(TcpOptions options, IpPath path) {
        if (options.mss == TcpOptions.NONE) {
            return path.isIpv4() ? DEFAULT_MSS_IPV4 : DEFAULT_MSS_IPV6;
        }
        return Math.max(options.mss, MIN_MSS);
    }

    /** What the peer's SYN says of segments and windows. */
    void negotiated(TcpConnection c, int peerMss, int windowShift) {
        c.send.peerMss = peerMss;
        if (windowShift == TcpOptions.NONE) {
            c.receive.windowScaling = false;
            c.receive.wndShift = 0;
            c.send.wndShift = 0;
            c.receive.bufferBytes = Math.min(c.receive.bufferBytes, 65_535);
            c.receive.limitBytes = Math.min(c.receive.limitBytes, 65_535);
        } else {
            c.send.wndShift = windowShift;
        }
        c.receive.mss = Math.min(peerMss, DEFAULT_MSS_IPV4);
    }

    /** RFC 9293, section 3.10.7.3. */
    void inSynSent(TcpConnection c, Segment s) {
        boolean ack = s.has(TcpHeader.ACK);
        if (ack && (Sequence.leq(s.acknowledgment, c.send.iss) || Sequence.gt(s.acknowledgment, c.send.nxt))) {
            reset(s);
            return;
        }
        if (s.has(TcpHeader.RST)) {
            if (ack) {
                context.counters.resetsReceived.increment();
                end.fail(c, Status.CONNECTION_REFUSED);
            }
            return;
        }
        if (!s.has(TcpHeader.SYN)) {
            return;
        }
        acceptSyn(c, s);
        if (!ack) {
            // Both sides open at once (section 3.5, figure 7): now it is the SYN-ACK that is sent, and sent again.
            c.state = TcpState.SYN_RECEIVED;
            c.timers.retries = 0;
            c.send.synNanos = SendState.AMBIGUOUS; // an ACK may be of the SYN or of the SYN-ACK (Karn)
            owe(c);
            return;
        }
        c.receive.ackPending = true;
        c.receive.ackNow = true;
        establish(c, s);
        // What else the segment carries stands behind the SYN.
        s.sequence++;
        s.flags &= ~TcpHeader.SYN;
        receiver.receive(c, s);
    }

    /** The peer has acknowledged the SYN: data may flow. */
    void establish(TcpConnection c, Segment s) {
        c.state = TcpState.ESTABLISHED;
        c.send.synOwed = false;
        c.send.una = s.acknowledgment;
        c.send.nxt = Sequence.max(c.send.nxt, s.acknowledgment);
        c.send.wl1 = s.sequence;
        c.send.wl2 = s.acknowledgment;
        c.send.wnd = s.has(TcpHeader.SYN) ? s.window : s.window << c.send.wndShift;
        c.send.maxWnd = Math.max(c.send.maxWnd, c.send.wnd);
        c.timers.retries = 0;
        c.softError = null;
        c.timers.stopWatchingSending();
        if (c.send.synNanos != SendState.AMBIGUOUS && !c.send.synRetransmitted) {
            c.send.rtt.sample(context.clock.nanos() - c.send.synNanos);
        }
        if (c.send.synRetransmitted) {
            c.send.rtt.afterLostSyn();
        }
        int smss = writer.smss(c);
        int segments = context.config.initialWindowSegments();
        // RFC 6928, equation (1); RFC 5681, section 3.1: one segment if the SYN was lost.
        int initialWindow =
                c.send.synRetransmitted ? smss : Math.min(segments * smss, Math.max(2 * smss, segments * 1460));
        c.send.smss = smss;
        c.send.congestion.start(smss, initialWindow);
        context.counters.connectionsOpen.increment();
        c.receive.lastNanos = context.clock.nanos();
        vanishedPeers.add(c);
        keepAlives.set(c);
        if (c.send.finQueued) {
            c.state = TcpState.FIN_WAIT_1; // a shutdown during the handshake
        }
        context.markReady(c);
        if (c.connectSlot != OperationTable.NONE) {
            int slot = c.connectSlot;
            c.connectSlot = OperationTable.NONE;
            context.counters.connectionsConnected.increment();
            context.operations.peer(slot, c.remoteHigh, c.remoteLow, c.remotePort());
            context.operations.complete(slot, Status.OK);
        }
    }

    /** RFC 9293, section 3.10.7.1: the reset that answers a segment for which there is no place. */
    void reset(Segment s) {
        if (s.has(TcpHeader.RST)) {
            return;
        }
        IpPath path = context.ip.answerPath(s.flow);
        if (s.has(TcpHeader.ACK)) {
            writer.stateless(path, s.flow.ports, s.acknowledgment, 0, TcpHeader.RST, 0);
        } else {
            writer.stateless(path, s.flow.ports, 0, s.sequence + s.sequenceLength(), TcpHeader.RST | TcpHeader.ACK, 0);
        }
    }
}
