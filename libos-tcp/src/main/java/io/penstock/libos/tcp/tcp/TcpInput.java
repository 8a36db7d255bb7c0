package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.ip.PartialChecksums;
import io.penstock.libos.tcp.wire.Checksum;
import io.penstock.memory.Buffer;

/** Checks what comes in and finds out whom it is for. */
final class TcpInput {
    private final TcpCore core;
    private final TcpCounters counters;
    private final Segment segment = new Segment();
    private final PartialChecksums partialChecksums;
    private final Handshake handshake;
    private final SegmentArrival arrival;

    TcpInput(TcpCore core, PartialChecksums partialChecksums) {
        this.core = core;
        this.partialChecksums = partialChecksums;
        counters = core.counters;
        handshake = core.handshake;
        arrival = new SegmentArrival(core);
    }

    /** Takes over the frame's reference. The local and remote addresses have been set in {@link #segment()}. */
    void receive(Buffer frame, int tcpOffset, int lengthBytes, boolean verified) {
        counters.rxSegments.increment();
        Segment s = segment;
        s.frame = frame;
        if (parse(s, tcpOffset, lengthBytes, verified)) {
            dispatch(s);
        }
        Buffer left = s.frame;
        if (left != null) {
            s.frame = null;
            left.release();
        }
    }

    Segment segment() {
        return segment;
    }

    private boolean parse(Segment s, int tcpOffset, int lengthBytes, boolean verified) {
        long header = s.frame.frameAddress() + tcpOffset;
        if (lengthBytes < TcpHeader.LENGTH_BYTES) {
            counters.rxMalformed.increment();
            return false;
        }
        int headerBytes = TcpHeader.headerBytes(header);
        if (headerBytes < TcpHeader.LENGTH_BYTES || headerBytes > lengthBytes) {
            counters.rxMalformed.increment();
            return false;
        }
        if (!verified && !checksumIsRight(s, header, lengthBytes)) {
            return false;
        }
        int sourcePort = TcpHeader.sourcePort(header);
        int destinationPort = TcpHeader.destinationPort(header);
        boolean toItself = sourcePort == destinationPort && s.remoteLow == s.localLow && s.remoteHigh == s.localHigh;
        if (sourcePort == 0 || destinationPort == 0 || toItself) {
            counters.rxMalformed.increment(); // the "land" attack, and ports that nobody can have
            return false;
        }
        s.header = header;
        s.headerBytes = headerBytes;
        s.payloadOffset = tcpOffset + headerBytes;
        s.payloadBytes = lengthBytes - headerBytes;
        s.sequence = TcpHeader.sequence(header);
        s.acknowledgment = TcpHeader.acknowledgment(header);
        s.flags = TcpHeader.flags(header);
        s.window = TcpHeader.window(header);
        s.ports = FourTuple.ports(destinationPort, sourcePort);
        s.hash = core.tuples.hash(s.localHigh, s.localLow, s.remoteHigh, s.remoteLow, s.ports);
        return true;
    }

    private boolean checksumIsRight(Segment s, long header, int lengthBytes) {
        long pseudoHeader = Checksum.addressSum(s.remoteHigh, s.remoteLow)
                + Checksum.addressSum(s.localHigh, s.localLow)
                + TcpHeader.PROTOCOL;
        if (TcpHeader.checksumIsRight(header, lengthBytes, pseudoHeader)) {
            return true;
        }
        if (partialChecksums.isPartial(TcpHeader.checksum(header), pseudoHeader + lengthBytes, s.remoteLow)) {
            return partialChecksums.areTaken();
        }
        counters.rxBadChecksum.increment();
        return false;
    }

    private void dispatch(Segment s) {
        Tcb t = core.connections.find(s.hash, s.localHigh, s.localLow, s.remoteHigh, s.remoteLow, s.ports);
        if (t != null) {
            arrival.process(t, s);
            return;
        }
        int begun = core.halfOpen.find(s.hash, s.localHigh, s.localLow, s.remoteHigh, s.remoteLow, s.ports);
        if (begun != HalfOpenTable.NONE && core.passiveOpen.inSynReceived(begun, s)) {
            return;
        }
        TimeWaitTable timeWait = core.timeWait;
        int entry = timeWait.find(s.hash, s.localHigh, s.localLow, s.remoteHigh, s.remoteLow, s.ports);
        if (begun != HalfOpenTable.NONE && (entry == TimeWaitTable.NONE || s.has(TcpHeader.SYN))) {
            core.passiveOpen.answer(begun, s);
            return;
        }
        if (entry != TimeWaitTable.NONE) {
            inTimeWait(s, entry);
            return;
        }
        TcpListener listener = core.boundPorts.listener(s.localHigh, s.localLow, FourTuple.localPort(s.ports));
        if (listener != null) {
            core.passiveOpen.inListen(listener, s, 0, false);
        } else {
            nobodyListens(s);
            handshake.reset(s);
        }
    }

    /** Other segments come of connections that have ended, and say nothing of a wrong port. */
    private void nobodyListens(Segment s) {
        int port = FourTuple.localPort(s.ports);
        if (s.has(TcpHeader.SYN) && !s.has(TcpHeader.ACK) && !core.boundPorts.isEnding(port)) {
            counters.noListener.count(port);
        }
    }

    /**
     * RFC 9293, sections 3.6.1 and 3.10.7.4, for what is left of a connection. The peer has sent its FIN, so nothing new
     * can come but that FIN again, and a new connection.
     */
    private void inTimeWait(Segment s, int entry) {
        TimeWaitTable timeWait = core.timeWait;
        int rcvNxt = timeWait.rcvNxt(entry);
        if (s.has(TcpHeader.RST)) {
            resetInTimeWait(s, entry);
        } else if (s.has(TcpHeader.SYN)) {
            synInTimeWait(s, entry);
        } else if (!s.has(TcpHeader.ACK)) {
            return; // fifth step
        } else if (Sequence.gt(s.acknowledgment, timeWait.sndNxt(entry))) {
            challengeInTimeWait(s, entry);
        } else if (s.has(TcpHeader.FIN) && s.sequence + s.payloadBytes + 1 == rcvNxt) {
            timeWait.restart(entry, core.clock.nanos() + core.config.timeWaitNanos());
            answerInTimeWait(s, entry); // in any case: the peer goes on until it hears it
        } else if (s.payloadBytes > 0 || s.has(TcpHeader.FIN) || s.sequence != rcvNxt) {
            challengeInTimeWait(s, entry);
        }
    }

    /**
     * RFC 5961, section 3.2. The exact number ends the wait: a client that begins anew with a lower number, as behind a NAT,
     * resets what is left here (figure 9), and its next SYN gets through. RFC 1337's hazard is that of a reset out of the old
     * connection, which had to have the very number behind its FIN.
     */
    private void resetInTimeWait(Segment s, int entry) {
        if (s.sequence == core.timeWait.rcvNxt(entry)) {
            counters.resetsReceived.increment();
            core.timeWait.remove(entry);
            counters.timeWait.set(core.timeWait.size());
        } else if (core.timeWait.isInWindow(entry, s.sequence)) {
            challengeInTimeWait(s, entry);
        } else {
            counters.rxOutOfWindow.increment();
        }
    }

    /** RFC 9293, section 3.6.1 (MAY-2): a new incarnation whose numbers lie beyond all that the old one used. */
    private void synInTimeWait(Segment s, int entry) {
        TimeWaitTable timeWait = core.timeWait;
        TcpListener listener = core.boundPorts.listener(s.localHigh, s.localLow, FourTuple.localPort(s.ports));
        boolean opens = listener != null
                && !s.has(TcpHeader.ACK)
                && !s.has(TcpHeader.FIN)
                && Sequence.gt(s.sequence, timeWait.rcvNxt(entry));
        if (!opens) {
            challengeInTimeWait(s, entry);
        } else {
            // What waits goes when the handshake is over: who sent this may have been nobody, and the FIN may come
            // again.
            core.passiveOpen.inListen(listener, s, timeWait.sndNxt(entry), true);
        }
    }

    private void challengeInTimeWait(Segment s, int entry) {
        TcpConfig config = core.config;
        if (core.timeWait.mayAnswer(
                entry, core.clock.nanos(), config.challengeAcksPerInterval(), config.challengeIntervalNanos())) {
            counters.challengeAcks.increment();
            answerInTimeWait(s, entry);
        }
    }

    private void answerInTimeWait(Segment s, int entry) {
        TimeWaitTable timeWait = core.timeWait;
        core.writer.stateless(
                core.ip.answerPath(s.localHigh, s.localLow, s.remoteHigh, s.remoteLow),
                s.ports,
                timeWait.sndNxt(entry),
                timeWait.rcvNxt(entry),
                TcpHeader.ACK,
                timeWait.windowField(entry));
    }
}
