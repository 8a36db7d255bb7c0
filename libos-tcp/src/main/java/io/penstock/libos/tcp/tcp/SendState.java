package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.libos.tcp.congestion.CongestionControl;
import io.penstock.libos.tcp.stream.Delivery;
import io.penstock.libos.tcp.stream.OptionTemplate;
import io.penstock.libos.tcp.stream.RttEstimator;
import io.penstock.libos.tcp.stream.SendBuffer;
import io.penstock.libos.tcp.stream.SendMap;
import io.penstock.libos.tcp.stream.Sequence;

/**
 * What a connection knows of its own sending: the send sequence space (RFC 9293, section 3.3.1, figure 3), with the RFC's
 * names.
 *
 * <pre>
 *        una            nxt         una + wnd         end
 *   ------|--------------|--------------|--------------|
 *   acked   under way      may be sent    pushed, waits   ; the FIN stands at end
 * </pre>
 *
 * <p>No logic here but what keeps several fields consistent. Owner's thread.
 */
final class SendState {
    static final long AMBIGUOUS = Long.MIN_VALUE;

    int iss;
    int una;
    int nxt;
    int wnd;
    int wl1;
    int wl2;
    int maxWnd;
    int wndShift;
    /** Behind the last byte that was pushed; the FIN stands here. */
    int end;

    boolean finQueued;
    boolean finSent;
    /** The peer's MSS option, or the default. */
    int peerMss;
    /** What segments to the peer carried last: the path may change it. */
    int smss;
    /** The options that each of them has. */
    OptionTemplate options;

    /** The first slot of the pushes' list in the {@link OperationTable}, and how much of it is not acknowledged. */
    int firstPush;

    int firstPushLeft;
    /** The operation that waits for room: {@link SendRoom}. */
    int roomSlot;
    /** What was pushed, and what of it went. */
    SendBuffer buffer;

    SendMap map;
    /** No round trip is measured by what was sent before this number: one sample a round trip (RFC 6298, section 4). */
    int rttNxt;
    /** When something went last; 0: never. */
    long lastNanos;
    /** When the SYN went; {@link #AMBIGUOUS} if it went more than once, or an answer may be to something else (Karn). */
    long synNanos;

    final RttEstimator rtt;
    final CongestionControl congestion;
    final Delivery delivery;

    // ---- segments owed
    boolean synOwed;
    boolean resetOwed;
    boolean probeOwed;
    /** The byte at SND.NXT went out as a probe, which does not count as sent: the peer may have taken it. */
    boolean probed;
    /** The override timer of the sender's silly window avoidance ran out: send what fits. */
    boolean forceSend;

    boolean synRetransmitted;
    boolean waitedForDevice;

    /** Whether {@link #recovery} tells of a loss: if not, nobody looks at it. */
    boolean recovering;

    final Recovery recovery;

    SendState(RttEstimator rtt, CongestionControl congestion, Delivery delivery, Recovery recovery) {
        this.rtt = rtt;
        this.congestion = congestion;
        this.delivery = delivery;
        this.recovery = recovery;
    }

    /** As new; what held frames has been cleared before. */
    void reset() {
        iss = 0;
        una = 0;
        nxt = 0;
        wnd = 0;
        wl1 = 0;
        wl2 = 0;
        maxWnd = 0;
        wndShift = 0;
        end = 0;
        finQueued = false;
        finSent = false;
        peerMss = 0;
        smss = 0;
        options = OptionTemplate.NONE;
        firstPush = OperationTable.NONE;
        firstPushLeft = 0;
        roomSlot = OperationTable.NONE;
        buffer = SendBuffer.NONE;
        map = SendMap.NONE;
        rttNxt = 0;
        lastNanos = 0;
        synNanos = AMBIGUOUS;
        delivery.reset();
        oweNothing();
        synRetransmitted = false;
        waitedForDevice = false;
        recovering = false;
        recovery.reset();
    }

    /** No segment is owed any more. */
    void oweNothing() {
        synOwed = false;
        resetOwed = false;
        probeOwed = false;
        probed = false;
        forceSend = false;
    }

    /** Sets the space for a new connection. */
    void start(int initialSequence) {
        iss = initialSequence;
        una = initialSequence;
        nxt = initialSequence;
        end = initialSequence + 1; // behind the SYN
        rttNxt = end;
    }

    /** How long the header of a segment is. */
    int headerBytes() {
        return TcpHeader.LENGTH_BYTES + options.lengthBytes();
    }

    /** What was sent and not acknowledged, SYN and FIN included. */
    int flight() {
        return nxt - una;
    }

    /** What is thought to be in the network: under way, and not taken for lost. */
    int inFlight() {
        return nxt - una - map.lostBytes();
    }

    /** All that was under way when a timer ran out is being sent again. */
    boolean isGoingBack() {
        return map.hasLost() && !recovery.inFastRecovery;
    }

    /** Whether the application waits until something may be pushed: {@link SendRoom}. */
    boolean awaitsRoom() {
        return roomSlot != OperationTable.NONE;
    }

    /** How much the network takes: the congestion window, as it seems while something is being recovered. */
    int congestionWindow() {
        return congestion.cwnd() + (recovering ? recovery.windowCredit : 0);
    }

    /** What was pushed and not sent. */
    int unsent() {
        return finSent ? 0 : end - nxt;
    }

    /** Whether anything was not sent yet, be it the FIN. */
    boolean hasUnsent() {
        return !finSent && (finQueued || end != nxt);
    }

    /**
     * The number for a segment that carries nothing: SND.NXT, but not beyond the peer's window, where a strict peer would
     * not even look at its ACK or RST. Only a FIN that probes or a window that shrank takes SND.NXT there.
     */
    int emptySequence() {
        return Sequence.min(nxt, una + wnd);
    }

    boolean finAcknowledged() {
        return finSent && una == end + 1;
    }

    /**
     * What {@link LossRecovery} knows of a connection in which something was lost, or may have been. Apart from {@link SendState},
     * and looked at only while that is {@link #recovering}: where connections are many, each line of memory that a segment
     * does not touch counts. Owner's thread.
     */
    static final class Recovery {
        /** How many duplicate ACKs came in a row. */
        int duplicateAcks;
        /** Between the third duplicate ACK and the acknowledgement of all that was under way then. */
        boolean inFastRecovery;
        /** RFC 6582's recover: SND.NXT at the last loss. Until it is acknowledged, duplicate ACKs mean nothing new. */
        int recover;

        /** Not once it is acknowledged: numbers compare only within half of their space, and so it would be ahead again. */
        boolean recoverValid;
        /** What was under way at the first duplicate ACK of a row: limited transmit adds to it, and must not count. */
        int flightAtFirstDuplicate;
        /**
         * By how much the congestion window seems larger while duplicate ACKs come: each says that a segment has left the
         * network, though not which (RFC 5681, section 3.2, "inflation"); and how far it may.
         */
        int windowCredit;

        int windowCreditLimit;

        void reset() {
            duplicateAcks = 0;
            inFastRecovery = false;
            recover = 0;
            recoverValid = false;
            flightAtFirstDuplicate = 0;
            windowCredit = 0;
            windowCreditLimit = 0;
        }
    }
}
