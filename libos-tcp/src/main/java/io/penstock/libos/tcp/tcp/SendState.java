package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;

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

    /** The first slot of the pushes' list in the {@link OperationTable}, and how much of it is not acknowledged. */
    int firstPush;

    int firstPushLeft;
    /** What was pushed; null while nothing is. */
    final RetransmissionQueue buffer = new RetransmissionQueue();

    final RttEstimator rtt = new RttEstimator();
    final CongestionControl congestion;

    /** Whether a segment is being timed, which one (its end), and since when. */
    boolean timing;

    int timedSequence;
    long timedSinceNanos;
    long lastNanos;

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

    // ---- {@link LossRecovery}
    /** Whether anything below tells of a loss: if not, nobody looks at it. */
    boolean recovering;
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
    /** One segment from SND.UNA on is to be sent again now. */
    boolean retransmitFirst;
    /** After a timeout: what lies between these two is to be sent again, as the window allows. */
    boolean goingBack;

    int backNext;
    int backEnd;

    // ---- {@link SlowPeers}
    /** Since when it is watched, 0 if it is not: end and una then, and when una moved last. */
    long watchedSinceNanos;

    int watchedEnd;
    int watchedUna;
    long takenNanos;

    SendState(CongestionControl congestion) {
        this.congestion = congestion;
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
        firstPush = OperationTable.NONE;
        firstPushLeft = 0;
        buffer.shrink();
        timing = false;
        timedSequence = 0;
        timedSinceNanos = 0;
        lastNanos = 0;
        oweNothing();
        synRetransmitted = false;
        waitedForDevice = false;
        recovering = false;
        duplicateAcks = 0;
        inFastRecovery = false;
        recover = 0;
        recoverValid = false;
        flightAtFirstDuplicate = 0;
        retransmitFirst = false;
        goingBack = false;
        backNext = 0;
        backEnd = 0;
        watchedSinceNanos = 0;
        watchedEnd = 0;
        watchedUna = 0;
        takenNanos = 0;
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
    }

    /** What was sent and not acknowledged, SYN and FIN included. */
    int flight() {
        return nxt - una;
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
}
