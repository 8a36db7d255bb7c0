package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;
import io.penstock.datapath.Status;
import io.penstock.libos.tcp.ip.IpPath;

/**
 * The transmission control block of one connection (RFC 9293, section 3.3.1), with the RFC's names. Pooled: one object
 * serves one connection after another. No logic here but what keeps several fields consistent.
 */
final class Tcb {
    /** A deadline that is not set. */
    static final long NEVER = Long.MAX_VALUE;

    // ---- who
    long localHigh;
    long localLow;
    long remoteHigh;
    long remoteLow;
    /** {@link FourTuple#ports}. */
    int ports;

    int hash;
    IpPath path;
    long pseudoHeaderSum;
    /** Null before an accept and after a close. */
    TcpSocket socket;
    /** The listener whose backlog it stands in, or null. */
    TcpListener listener;
    /** The application has closed the socket; what is left is to bring the connection to its end. */
    boolean orphan;

    TcpState state = TcpState.CLOSED;
    /** Why the connection ended, or null as long as it has not, or ended in good order. */
    Status error;
    /** An ICMP error that may pass (RFC 1122, section 4.2.3.9): the reason if nothing comes before the time-out. */
    Status softError;

    // ---- send sequence space (RFC 9293, figure 3)
    int iss;
    int sndUna;
    int sndNxt;
    int sndWnd;
    int sndWl1;
    int sndWl2;
    int maxSndWnd;
    int sndWndShift;
    /** Behind the last byte that was pushed; the FIN stands here. */
    int sndEnd;

    boolean finQueued;
    boolean finSent;
    /** The peer's MSS option, or the default. */
    int peerMss;
    /** What segments to the peer carried last: the path may change it. */
    int smss;

    final RetransmissionQueue sendQueue = new RetransmissionQueue();
    final RttEstimator rtt = new RttEstimator();
    final LossRecovery recovery = new LossRecovery();
    /** Whether {@link #recovery} knows of anything lost: if not, nobody looks at it. */
    boolean recovering;

    final CongestionControl congestion;
    /** Whether a segment is being timed, which one (its end), and since when. */
    boolean timing;

    int timedSequence;
    long timedSinceNanos;
    long lastSendNanos;

    /** Since when {@link SlowPeers} watches it, 0 if it does not: sndEnd and sndUna then, and when sndUna moved last. */
    long watchedSinceNanos;

    int watchedEnd;
    int watchedUna;
    long takenNanos;

    // ---- whether the peer is still there
    /** What its queue was set to. */
    ConnectionOptions options;
    /** When it was last heard of. */
    long lastReceiveNanos;
    /** {@link VanishedPeers}: what was known of that when it was put into the list; when it was asked, how often, when next. */
    long listedNanos;

    long askedNanos;
    int questions;
    long nextQuestionNanos;

    // ---- receive sequence space (RFC 9293, figure 4)
    int irs;
    int rcvNxt;
    /** The right edge of the window as advertised: RCV.NXT + RCV.WND. It never moves left (SHLD-14). */
    int rcvAdv;

    /** Both sides scale their windows (RFC 7323, section 2.2); in SYN-SENT: this side offers to. */
    boolean windowScaling;

    int rcvWndShift;
    /** How far the window may ever open. */
    int receiveBufferBytes;
    /** How far it may open by now: grows as the application reads. */
    int windowLimitBytes;

    int readSinceGrowthBytes;
    /** The largest payload seen: what counts as a full segment. */
    int rcvMss;
    /** The peer's FIN came but has a gap before it. */
    boolean finPending;

    int finSequence;
    /** The peer's FIN has been reached: nothing more will come. */
    boolean endOfStream;

    final ReceiveQueue receiveQueue = new ReceiveQueue();
    final Reassembly reassembly = new Reassembly();

    // ---- acknowledgements owed
    boolean ackPending;
    boolean ackNow;
    int duplicateAcksOwed;
    int unackedBytes;
    int lastAckSent;
    final AnswerBudget challenges = new AnswerBudget();
    /** Apart, so that nobody's guesses use up what a peer's keep-alives need. */
    final AnswerBudget keepAliveAnswers = new AnswerBudget();

    // ---- other segments owed
    boolean synOwed;
    boolean resetOwed;
    boolean probeOwed;
    /** The byte at SND.NXT went out as a probe, which does not count as sent: the peer may have taken it. */
    boolean probed;
    /** The override timer of the sender's silly window avoidance ran out: send what fits. */
    boolean forceSend;

    // ---- timers
    long retransmitDeadline;
    long ackDeadline;
    /** FIN-WAIT-2 of a closed socket. */
    long lingerDeadline;

    long keepAliveDeadline;
    /** Retransmissions without progress since; probes without an answer. */
    int retries;

    int probes;
    boolean waitedForDevice;
    boolean synRetransmitted;
    /** {@link TimerHeap}'s number for this object. */
    int timerId = -1;

    // ---- operations that wait
    int connectSlot;
    int closeSlot;
    /** The first slots of their lists in the {@link OperationTable}. */
    int firstPop;

    int firstPush;
    /** How many bytes of the first push are not acknowledged. */
    int firstPushLeft;

    // ---- lists
    boolean dirty;
    /** Give the object back as soon as it leaves the dirty list. */
    boolean dead;

    Tcb nextDirty;
    /** Whether it waits for its neighbour's answer, and between whom. */
    boolean heldUp;

    Tcb previousHeldUp;
    Tcb nextHeldUp;
    /** Whether it has something behind a gap, when it got something in order last since then, and between whom it is. */
    boolean behindGap;

    long gapProgressNanos;
    Tcb previousBehindGap;
    Tcb nextBehindGap;
    Tcb previousInBacklog;
    Tcb nextInBacklog;
    /** Of those that {@link VanishedPeers} knows. */
    TcbList list;

    Tcb previousInList;
    Tcb nextInList;

    Tcb(CongestionControl congestion) {
        this.congestion = congestion;
        reset();
    }

    /** Makes the object as new; everything that holds frames has been cleared before. */
    void reset() {
        path = null;
        socket = null;
        listener = null;
        orphan = false;
        state = TcpState.CLOSED;
        error = null;
        softError = null;
        sndWnd = 0;
        maxSndWnd = 0;
        sndWndShift = 0;
        finQueued = false;
        finSent = false;
        peerMss = 0;
        smss = 0;
        timing = false;
        lastSendNanos = 0;
        watchedSinceNanos = 0;
        irs = 0;
        rcvNxt = 0;
        rcvAdv = 0;
        windowScaling = false;
        rcvWndShift = 0;
        receiveBufferBytes = 0;
        windowLimitBytes = 0;
        readSinceGrowthBytes = 0;
        rcvMss = 0;
        finPending = false;
        endOfStream = false;
        clearOwed();
        challenges.reset();
        keepAliveAnswers.reset();
        options = null;
        lastReceiveNanos = 0;
        retransmitDeadline = NEVER;
        ackDeadline = NEVER;
        lingerDeadline = NEVER;
        keepAliveDeadline = NEVER;
        retries = 0;
        probes = 0;
        waitedForDevice = false;
        synRetransmitted = false;
        connectSlot = OperationTable.NONE;
        closeSlot = OperationTable.NONE;
        firstPop = OperationTable.NONE;
        firstPush = OperationTable.NONE;
        firstPushLeft = 0;
        dead = false;
        recovering = false;
        recovery.reset();
    }

    private void clearOwed() {
        ackPending = false;
        ackNow = false;
        duplicateAcksOwed = 0;
        unackedBytes = 0;
        synOwed = false;
        resetOwed = false;
        probeOwed = false;
        probed = false;
        forceSend = false;
    }

    /** Sets the send space for a new connection. */
    void startSending(int initialSequence) {
        iss = initialSequence;
        sndUna = initialSequence;
        sndNxt = initialSequence;
        sndEnd = initialSequence + 1; // behind the SYN
    }

    /** Sets the receive space from the peer's SYN and the window that this side's own offers. */
    void startReceiving(int initialSequence, int windowBytes) {
        irs = initialSequence;
        rcvNxt = initialSequence + 1;
        rcvAdv = rcvNxt + windowBytes;
        lastAckSent = rcvNxt;
    }

    int localPort() {
        return FourTuple.localPort(ports);
    }

    int remotePort() {
        return FourTuple.remotePort(ports);
    }

    /** What was sent and not acknowledged, SYN and FIN included. */
    int flight() {
        return sndNxt - sndUna;
    }

    /** What was pushed and not sent. */
    int unsent() {
        return finSent ? 0 : sndEnd - sndNxt;
    }

    /** Whether anything was not sent yet, be it the FIN. */
    boolean hasUnsent() {
        return !finSent && (finQueued || sndEnd != sndNxt);
    }

    /** RCV.WND as the peer knows it. */
    int rcvWnd() {
        return rcvAdv - rcvNxt;
    }

    /**
     * The number for a segment that carries nothing: SND.NXT, but not beyond the peer's window, where a strict peer would
     * not even look at its ACK or RST. Only a FIN that probes or a window that shrank takes SND.NXT there.
     */
    int emptySequence() {
        return Sequence.min(sndNxt, sndUna + sndWnd);
    }

    boolean finAcknowledged() {
        return finSent && sndUna == sndEnd + 1;
    }

    /** An acknowledgement of all that came goes out with the next segment, whatever that is. */
    void acknowledged() {
        ackPending = false;
        ackNow = false;
        duplicateAcksOwed = 0;
        unackedBytes = 0;
        ackDeadline = NEVER;
        lastAckSent = rcvNxt;
    }

    /** The connection is over: no timer fires and nothing is owed any more. */
    void stop() {
        clearOwed();
        retransmitDeadline = NEVER;
        ackDeadline = NEVER;
        lingerDeadline = NEVER;
        keepAliveDeadline = NEVER;
    }

    long earliestDeadline() {
        return Math.min(Math.min(retransmitDeadline, ackDeadline), Math.min(lingerDeadline, keepAliveDeadline));
    }
}
