package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;
import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.ip.IpPath;

/** Opening connections: SYN-SENT (RFC 9293, section 3.10.7.3), and what it and a {@link PassiveOpen} come to. */
final class Handshake {
    /** RFC 9293, section 3.7.1 (MUST-15): without the option, 536 over IPv4 and 1220 over IPv6. */
    private static final int DEFAULT_MSS_IPV4 = 536;

    private static final int DEFAULT_MSS_IPV6 = 1220;

    /** A peer that asks for less makes this side do the work of a hundred packets for one. */
    private static final int LEAST_MSS = 48;

    private final TcpCore core;
    private final TcpOptions options = new TcpOptions();

    Handshake(TcpCore core) {
        this.core = core;
    }

    /** Sets a new control block up and puts it into the table. */
    void begin(Tcb t, IpPath path, long localHigh, long localLow, long remoteHigh, long remoteLow, int ports) {
        TcpConfig config = core.config;
        t.localHigh = localHigh;
        t.localLow = localLow;
        t.remoteHigh = remoteHigh;
        t.remoteLow = remoteLow;
        t.ports = ports;
        t.hash = core.tuples.hash(localHigh, localLow, remoteHigh, remoteLow, ports);
        t.path = path;
        path.retain();
        t.pseudoHeaderSum = path.pseudoHeaderSum(TcpHeader.PROTOCOL);
        ReceiveWindow.begin(core, t);
        t.rcvWndShift = ReceiveWindow.shiftFor(config.maxReceiveBufferBytes());
        t.windowScaling = true;
        t.rtt.start(config);
        core.connections.add(t);
    }

    /** The SYN, or SYN-ACK, goes out when this turn transmits. */
    void owe(Tcb t) {
        t.synOwed = true;
        core.markDirty(t);
    }

    /** The peer's SYN came again: the answer was lost, or is late. */
    void repeat(Tcb t) {
        if (t.sndNxt != t.iss) {
            // Nobody will know which of the two is acknowledged (Karn, MUST-18), and one of four segments was lost: the
            // initial window is one segment (RFC 6928, section 2).
            t.synRetransmitted = true;
            t.timing = false;
        }
        owe(t);
    }

    /** What a SYN tells, with or without ACK. */
    private void acceptSyn(Tcb t, Segment s) {
        options.parse(s.header + TcpHeader.LENGTH_BYTES, s.headerBytes - TcpHeader.LENGTH_BYTES);
        negotiated(t, peerMss(options, t.remoteHigh, t.remoteLow), options.windowScale);
        t.startReceiving(s.sequence, Math.min(t.windowLimitBytes, 65_535)); // a SYN's window is not scaled
        t.sndWnd = s.window;
        t.maxSndWnd = s.window;
        t.sndWl1 = s.sequence;
    }

    /** The MSS that a SYN's options ask for, or the default. */
    static int peerMss(TcpOptions options, long remoteHigh, long remoteLow) {
        if (options.mss == TcpOptions.NONE) {
            boolean ipv4 = remoteHigh == 0 && remoteLow >>> 32 == 0xffff;
            return ipv4 ? DEFAULT_MSS_IPV4 : DEFAULT_MSS_IPV6;
        }
        return Math.max(options.mss, LEAST_MSS);
    }

    /** What the peer's SYN says of segments and windows. */
    void negotiated(Tcb t, int peerMss, int windowShift) {
        t.peerMss = peerMss;
        if (windowShift == TcpOptions.NONE) {
            t.windowScaling = false;
            t.rcvWndShift = 0;
            t.sndWndShift = 0;
            t.receiveBufferBytes = Math.min(t.receiveBufferBytes, 65_535);
            t.windowLimitBytes = Math.min(t.windowLimitBytes, 65_535);
        } else {
            t.sndWndShift = windowShift;
        }
        t.rcvMss = Math.min(peerMss, DEFAULT_MSS_IPV4);
    }

    /** RFC 9293, section 3.10.7.3. */
    void inSynSent(Tcb t, Segment s) {
        boolean ack = s.has(TcpHeader.ACK);
        if (ack && (Sequence.leq(s.acknowledgment, t.iss) || Sequence.gt(s.acknowledgment, t.sndNxt))) {
            reset(s);
            return;
        }
        if (s.has(TcpHeader.RST)) {
            if (ack) {
                core.counters.resetsReceived.increment();
                core.end.fail(t, Status.CONNECTION_REFUSED);
            }
            return;
        }
        if (!s.has(TcpHeader.SYN)) {
            return;
        }
        acceptSyn(t, s);
        if (!ack) {
            // Both sides open at once (section 3.5, figure 7): now it is the SYN-ACK that is sent, and sent again.
            t.state = TcpState.SYN_RECEIVED;
            t.retries = 0;
            t.timing = false; // an ACK may be of the SYN or of the SYN-ACK (Karn)
            owe(t);
            return;
        }
        t.ackPending = true;
        t.ackNow = true;
        establish(t, s);
        // What else the segment carries stands behind the SYN.
        s.sequence++;
        s.flags &= ~TcpHeader.SYN;
        core.receiver.receive(t, s);
    }

    /** The peer has acknowledged the SYN: data may flow. */
    void establish(Tcb t, Segment s) {
        t.state = TcpState.ESTABLISHED;
        t.synOwed = false;
        t.sndUna = s.acknowledgment;
        t.sndNxt = Sequence.max(t.sndNxt, s.acknowledgment);
        t.sndWl1 = s.sequence;
        t.sndWl2 = s.acknowledgment;
        t.sndWnd = s.has(TcpHeader.SYN) ? s.window : s.window << t.sndWndShift;
        t.maxSndWnd = Math.max(t.maxSndWnd, t.sndWnd);
        t.retries = 0;
        t.softError = null;
        t.retransmitDeadline = Tcb.NEVER;
        if (t.timing && !t.synRetransmitted) {
            t.rtt.sample(core.clock.nanos() - t.timedSinceNanos);
        }
        t.timing = false;
        if (t.synRetransmitted) {
            t.rtt.afterLostSyn();
        }
        int smss = core.writer.smss(t);
        int segments = core.config.initialWindowSegments();
        // RFC 6928, equation (1); RFC 5681, section 3.1: one segment if the SYN was lost.
        int initialWindow = t.synRetransmitted ? smss : Math.min(segments * smss, Math.max(2 * smss, segments * 1460));
        t.congestion.start(smss, initialWindow);
        core.counters.connectionsOpen.increment();
        t.lastReceiveNanos = core.clock.nanos();
        core.vanishedPeers.add(t);
        core.keepAlives.set(t);
        if (t.finQueued) {
            t.state = TcpState.FIN_WAIT_1; // a shutdown during the handshake
        }
        core.markDirty(t);
        if (t.listener != null) {
            core.acceptQueue.serve(t.listener);
        } else if (t.connectSlot != OperationTable.NONE) {
            int slot = t.connectSlot;
            t.connectSlot = OperationTable.NONE;
            core.counters.connectionsConnected.increment();
            core.operations.peer(slot, t.remoteHigh, t.remoteLow, t.remotePort());
            core.operations.complete(slot, Status.OK);
        }
    }

    /** RFC 9293, section 3.10.7.1: the reset that answers a segment for which there is no place. */
    void reset(Segment s) {
        if (s.has(TcpHeader.RST)) {
            return;
        }
        IpPath path = core.ip.answerPath(s.localHigh, s.localLow, s.remoteHigh, s.remoteLow);
        if (s.has(TcpHeader.ACK)) {
            core.writer.stateless(path, s.ports, s.acknowledgment, 0, TcpHeader.RST, 0);
        } else {
            core.writer.stateless(path, s.ports, 0, s.sequence + s.sequenceLength(), TcpHeader.RST | TcpHeader.ACK, 0);
        }
    }
}
