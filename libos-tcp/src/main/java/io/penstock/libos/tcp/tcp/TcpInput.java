package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.wire.Checksum;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.PartialChecksums;
import io.penstock.libos.tcp.stream.Sequence;
import io.penstock.memory.Buffer;

/** Checks what comes in and finds out whom it is for. The stack's thread. */
public final class TcpInput {
    private final TcpContext context;
    private final TcpCounters counters;
    private final Counter segments;
    private final Segment segment = new Segment();
    private final PartialChecksums partialChecksums;
    private final SegmentWriter writer;
    private final Handshake handshake;
    private final PassiveOpen passiveOpen;
    private final SegmentArrival arrival;

    TcpInput(
            TcpContext context,
            PartialChecksums partialChecksums,
            SegmentWriter writer,
            Handshake handshake,
            PassiveOpen passiveOpen,
            SegmentArrival arrival) {
        this.context = context;
        this.counters = context.counters;
        this.segments = counters.rxSegments;
        this.partialChecksums = partialChecksums;
        this.writer = writer;
        this.handshake = handshake;
        this.passiveOpen = passiveOpen;
        this.arrival = arrival;
    }

    /**
     * A segment came in: it is taken apart and handed to its connection.
     *
     * <p>All in one method on purpose: it is too large for the compiler to put into its callers (FreqInlineSize, 325 bytes of
     * code), so that what a segment causes is compiled from here on, with depth and nodes enough to inline all of it, and not
     * as the end of what began with the poll loop, where neither is left.
     *
     * @param frame its reference passes to TCP
     * @param tcpOffset where the TCP header begins in the frame
     * @param lengthBytes header and payload, as IP's length says
     * @param verified whether the device has found the checksum right
     * @param flow the packet's addresses; ports and hash are set here
     */
    public void receive(Buffer frame, int tcpOffset, int lengthBytes, boolean verified, FlowKey flow) {
        segments.increment();
        Segment s = segment;
        s.frame = frame;
        s.flow = flow;
        long header = frame.frameAddress() + tcpOffset;
        int headerBytes = lengthBytes < TcpHeader.LENGTH_BYTES ? 0 : TcpHeader.headerBytes(header);
        if (headerBytes < TcpHeader.LENGTH_BYTES || headerBytes > lengthBytes) {
            drop(s, counters.rxMalformed);
            return;
        }
        if (!verified) {
            long pseudoHeader = Checksum.addressSum(flow.remoteHigh, flow.remoteLow)
                    + Checksum.addressSum(flow.localHigh, flow.localLow)
                    + TcpHeader.PROTOCOL;
            if (!TcpHeader.checksumIsRight(header, lengthBytes, pseudoHeader)
                    && !mayStand(s, header, pseudoHeader + lengthBytes)) {
                return;
            }
        }
        int sourcePort = TcpHeader.sourcePort(header);
        int destinationPort = TcpHeader.destinationPort(header);
        flow.ports = FlowKey.ports(destinationPort, sourcePort);
        if (sourcePort == 0 || destinationPort == 0 || flow.leadsToItself()) {
            drop(s, counters.rxMalformed); // the "land" attack, and ports that nobody can have
            return;
        }
        s.payloadOffset = tcpOffset + headerBytes;
        s.payloadBytes = lengthBytes - headerBytes;
        s.sequence = TcpHeader.sequence(header);
        s.acknowledgment = TcpHeader.acknowledgment(header);
        s.flags = TcpHeader.flags(header);
        s.window = TcpHeader.window(header);
        s.options.parse(header + TcpHeader.LENGTH_BYTES, headerBytes - TcpHeader.LENGTH_BYTES);
        context.flowHash.set(flow);
        TcpConnection c = context.connections.find(flow);
        if (c != null) {
            context.fetch(c);
            arrival.process(c, s);
        } else {
            toNoConnection(s);
        }
        Buffer left = s.frame;
        if (left != null) {
            s.frame = null;
            left.release();
        }
    }

    private static void drop(Segment s, Counter reason) {
        reason.increment();
        Buffer frame = s.frame;
        s.frame = null;
        frame.release();
    }

    /** Whether a segment with a wrong checksum is taken, as its sender left it to hardware; if not it is dropped. */
    private boolean mayStand(Segment s, long header, long pseudoHeader) {
        if (!partialChecksums.isPartial(TcpHeader.checksum(header), pseudoHeader, s.flow.remoteLow)) {
            drop(s, counters.rxBadChecksum);
            return false;
        }
        if (!partialChecksums.areTaken()) {
            Buffer frame = s.frame;
            s.frame = null;
            frame.release();
            return false;
        }
        return true;
    }

    private void toNoConnection(Segment s) {
        int begun = context.halfOpen.find(s.flow);
        if (begun != HalfOpenTable.NONE && passiveOpen.inSynReceived(begun, s)) {
            return;
        }
        TimeWaitTable timeWait = context.timeWait;
        int entry = timeWait.find(s.flow);
        if (begun != HalfOpenTable.NONE && (entry == TimeWaitTable.NONE || s.has(TcpHeader.SYN))) {
            passiveOpen.answer(begun, s);
            return;
        }
        if (entry != TimeWaitTable.NONE) {
            inTimeWait(s, entry);
            return;
        }
        TcpListener listener = context.listener(s.flow);
        if (listener != null) {
            passiveOpen.inListen(listener, s, 0, false);
        } else {
            nobodyListens(s);
            handshake.reset(s);
        }
    }

    /** Other segments come of connections that have ended, and say nothing of a wrong port. */
    private void nobodyListens(Segment s) {
        int port = s.flow.localPort();
        if (s.has(TcpHeader.SYN) && !s.has(TcpHeader.ACK) && !context.isEnding(port)) {
            counters.noListener.count(port);
        }
    }

    /**
     * RFC 9293, sections 3.6.1 and 3.10.7.4, for what is left of a connection. The peer has sent its FIN, so nothing new
     * can come but that FIN again, and a new connection.
     */
    private void inTimeWait(Segment s, int entry) {
        TimeWaitTable timeWait = context.timeWait;
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
            timeWait.restart(entry, context.clock.nanos() + context.config.timeWaitNanos());
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
        if (s.sequence == context.timeWait.rcvNxt(entry)) {
            counters.resetsReceived.increment();
            context.timeWait.remove(entry);
            counters.timeWait.set(context.timeWait.size());
        } else if (context.timeWait.isInWindow(entry, s.sequence)) {
            challengeInTimeWait(s, entry);
        } else {
            counters.rxOutOfWindow.increment();
        }
    }

    /** RFC 9293, section 3.6.1 (MAY-2): a new incarnation whose numbers lie beyond all that the old one used. */
    private void synInTimeWait(Segment s, int entry) {
        TimeWaitTable timeWait = context.timeWait;
        TcpListener listener = context.listener(s.flow);
        boolean opens = listener != null
                && !s.has(TcpHeader.ACK)
                && !s.has(TcpHeader.FIN)
                && Sequence.gt(s.sequence, timeWait.rcvNxt(entry));
        if (!opens) {
            challengeInTimeWait(s, entry);
        } else {
            // What waits goes when the handshake is over: who sent this may have been nobody, and the FIN may come
            // again.
            passiveOpen.inListen(listener, s, timeWait.sndNxt(entry), true);
        }
    }

    private void challengeInTimeWait(Segment s, int entry) {
        TcpConfig config = context.config;
        if (context.timeWait.mayAnswer(
                entry, context.clock.nanos(), config.challengeAcksPerInterval(), config.challengeIntervalNanos())) {
            counters.challengeAcks.increment();
            answerInTimeWait(s, entry);
        }
    }

    private void answerInTimeWait(Segment s, int entry) {
        TimeWaitTable timeWait = context.timeWait;
        writer.stateless(
                context.ip.answerPath(s.flow),
                s.flow.ports,
                timeWait.sndNxt(entry),
                timeWait.rcvNxt(entry),
                TcpHeader.ACK,
                timeWait.windowField(entry));
    }
}
