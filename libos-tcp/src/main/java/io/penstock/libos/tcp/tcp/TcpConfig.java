package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.wire.TcpOptions;
import io.penstock.libos.tcp.congestion.CongestionControl;
import io.penstock.libos.tcp.congestion.NewReno;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * What can be set about TCP; every setter returns this. Read once, when the engine is made: later changes have no effect
 * on it.
 */
public final class TcpConfig implements Cloneable {
    private static final long MILLISECOND = 1_000_000L;
    private static final long SECOND = 1_000 * MILLISECOND;

    private int maxSockets = 16_384;
    private int maxHalfOpen = 32_768;
    private int receiveBufferBytes = 256 << 10;
    private int sendBufferBytes = 256 << 10;
    private int maxPendingPushes = 256;
    private int maxReceiveFrames = 512;
    private int coalesceBeyondFrames = 32;
    private int maxOutOfOrderFrames = 256;
    private long minRtoNanos = 200 * MILLISECOND;
    private long initialRtoNanos = SECOND;
    private long maxRtoNanos = 60 * SECOND;
    private long stalledPeerNanos = 5 * SECOND;
    private long slowPeerNanos = 30 * SECOND;
    private int synRetries = 7;
    private int synAckRetries = 5;
    private int dataRetries = 15;
    private int orphanProbes = 8;
    private long delayedAckNanos = MILLISECOND / 2;
    private long timeWaitNanos = 60 * SECOND;
    private int maxTimeWait = 16_384;
    private long finWait2Nanos = 60 * SECOND;
    private int initialWindowSegments = 10;
    private int flightFrames = 2_048;
    private int initialReceiveWindowBytes = 64 * 1024;
    private int challengeAcksPerInterval = 10;
    private long challengeIntervalNanos = 5 * SECOND;
    private int ephemeralLow = 32_768;
    private int ephemeralHigh = 60_999;
    private int burstSegments = 64;
    private Supplier<CongestionControl> congestionControl = NewReno::new;

    /** The defaults. */
    public TcpConfig() {}

    /** As it is now. */
    TcpConfig copy() {
        try {
            return (TcpConfig) clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("it is Cloneable", e);
        }
    }

    private static int positive(String name, int value) {
        return (int) positive(name, (long) value);
    }

    private static long positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be greater than zero, not " + value);
        }
        return value;
    }

    /** How many sockets there may be at once, and how many connections, those without a socket included. */
    public TcpConfig maxSockets(int count) {
        maxSockets = positive("maxSockets", count);
        return this;
    }

    public int maxSockets() {
        return maxSockets;
    }

    /**
     * How many connections may be in their handshake at once, each at some 100 bytes; beyond it the oldest is forgotten
     * (RFC 4987, section 3.4). 32,768 let one live for more than a second and a half under 20,000 SYNs a second.
     */
    public TcpConfig maxHalfOpen(int count) {
        maxHalfOpen = positive("maxHalfOpen", count);
        return this;
    }

    public int maxHalfOpen() {
        return maxHalfOpen;
    }

    /** How many bytes a peer may have under way or unread; the window scale follows from it (RFC 7323, section 2). */
    public TcpConfig receiveBufferBytes(int bytes) {
        receiveBufferBytes = positive("receiveBufferBytes", bytes);
        if (bytes > 65_535 << TcpOptions.MAX_WINDOW_SCALE) {
            throw new IllegalArgumentException("receiveBufferBytes is at most 1073725440, not " + bytes);
        }
        return this;
    }

    public int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    /**
     * How wide the window of a new connection is at most; it widens up to {@link #receiveBufferBytes} as the application
     * reads.
     */
    public TcpConfig initialReceiveWindowBytes(int bytes) {
        initialReceiveWindowBytes = positive("initialReceiveWindowBytes", bytes);
        return this;
    }

    public int initialReceiveWindowBytes() {
        return initialReceiveWindowBytes;
    }

    /**
     * How many packets may be on their way to this stack at once, over all connections: about what the device's receive
     * ring holds. More would be lost whenever all peers send at the same time.
     */
    public TcpConfig flightFrames(int frames) {
        flightFrames = positive("flightFrames", frames);
        return this;
    }

    public int flightFrames() {
        return flightFrames;
    }

    /** From how many unacknowledged bytes on no further push is taken; the push that crosses the line still is. */
    public TcpConfig sendBufferBytes(int bytes) {
        sendBufferBytes = positive("sendBufferBytes", bytes);
        return this;
    }

    public int sendBufferBytes() {
        return sendBufferBytes;
    }

    /** How many pushes of one connection may wait for their acknowledgement. */
    public TcpConfig maxPendingPushes(int count) {
        maxPendingPushes = positive("maxPendingPushes", count);
        return this;
    }

    public int maxPendingPushes() {
        return maxPendingPushes;
    }

    /** How many frames of unread data one connection may keep: what fits no more is dropped and comes again. */
    public TcpConfig maxReceiveFrames(int frames) {
        maxReceiveFrames = positive("maxReceiveFrames", frames);
        return this;
    }

    public int maxReceiveFrames() {
        return maxReceiveFrames;
    }

    /**
     * From how many unread frames on whatever fits is copied behind the last one: a peer cannot pin a frame with one byte.
     * Small segments, and all while frames are few, are copied sooner.
     */
    public TcpConfig coalesceBeyondFrames(int frames) {
        coalesceBeyondFrames = positive("coalesceBeyondFrames", frames);
        return this;
    }

    public int coalesceBeyondFrames() {
        return coalesceBeyondFrames;
    }

    /** How many segments of one connection may wait behind gaps, those that follow one another and were copied together as one. */
    public TcpConfig maxOutOfOrderFrames(int frames) {
        maxOutOfOrderFrames = positive("maxOutOfOrderFrames", frames);
        return this;
    }

    public int maxOutOfOrderFrames() {
        return maxOutOfOrderFrames;
    }

    /**
     * The retransmission timeout: least, first and most. RFC 6298, section 2.4, asks for a least value of 1 s; 200 ms is
     * what Linux uses, as peers answer within 40 ms even when they delay.
     */
    public TcpConfig rto(long minNanos, long initialNanos, long maxNanos) {
        minRtoNanos = positive("minRtoNanos", minNanos);
        initialRtoNanos = positive("initialRtoNanos", initialNanos);
        maxRtoNanos = positive("maxRtoNanos", maxNanos);
        return this;
    }

    public long minRtoNanos() {
        return minRtoNanos;
    }

    public long initialRtoNanos() {
        return initialRtoNanos;
    }

    public long maxRtoNanos() {
        return maxRtoNanos;
    }

    /**
     * How patient the stack is, while frames are few, with a connection that holds more than its share of them in what was
     * pushed to it: its peer may take nothing for {@code stalledNanos}, and needs at most {@code slowNanos} for all that it
     * held at one moment. Beyond that it is reset, and ends with CONNECTION_ABORTED. While frames are plenty nobody is.
     */
    public TcpConfig slowPeers(long stalledNanos, long slowNanos) {
        stalledPeerNanos = positive("stalledPeerNanos", stalledNanos);
        slowPeerNanos = positive("slowPeerNanos", slowNanos);
        return this;
    }

    public long stalledPeerNanos() {
        return stalledPeerNanos;
    }

    public long slowPeerNanos() {
        return slowPeerNanos;
    }

    /**
     * How often a SYN is sent again before a connect ends with TIMED_OUT. 7 make 183 s at the default timeouts: RFC 9293
     * asks for at least 3 minutes (MUST-23).
     */
    public TcpConfig synRetries(int count) {
        synRetries = positive("synRetries", count);
        return this;
    }

    public int synRetries() {
        return synRetries;
    }

    /** How often a SYN-ACK is sent again before a half-open connection is forgotten. 5 make 63 s. */
    public TcpConfig synAckRetries(int count) {
        synAckRetries = positive("synAckRetries", count);
        return this;
    }

    public int synAckRetries() {
        return synAckRetries;
    }

    /** How often data is sent again, without any progress, before the connection ends with TIMED_OUT (R2: MUST-20). */
    public TcpConfig dataRetries(int count) {
        dataRetries = positive("dataRetries", count);
        return this;
    }

    public int dataRetries() {
        return dataRetries;
    }

    /** How many probes of a zero window a connection gets that the application has closed, even if the peer answers. */
    public TcpConfig orphanProbes(int count) {
        orphanProbes = positive("orphanProbes", count);
        return this;
    }

    public int orphanProbes() {
        return orphanProbes;
    }

    /**
     * How long an acknowledgement may wait for data to travel with. RFC 9293 allows 500 ms (MUST-60) and Linux uses 40;
     * 500 us never holds up a sender in slow start and still saves the pure ACK of a request that is answered at once.
     */
    public TcpConfig delayedAckNanos(long nanos) {
        delayedAckNanos = positive("delayedAckNanos", nanos);
        return this;
    }

    public long delayedAckNanos() {
        return delayedAckNanos;
    }

    /** How long a finished connection's ports stay blocked: twice the maximum segment lifetime. */
    public TcpConfig timeWaitNanos(long nanos) {
        timeWaitNanos = positive("timeWaitNanos", nanos);
        return this;
    }

    public long timeWaitNanos() {
        return timeWaitNanos;
    }

    /** How many finished connections are remembered at once; beyond it the oldest is forgotten. */
    public TcpConfig maxTimeWait(int count) {
        maxTimeWait = positive("maxTimeWait", count);
        return this;
    }

    public int maxTimeWait() {
        return maxTimeWait;
    }

    /** How long a closed connection waits for the peer's FIN. */
    public TcpConfig finWait2Nanos(long nanos) {
        finWait2Nanos = positive("finWait2Nanos", nanos);
        return this;
    }

    public long finWait2Nanos() {
        return finWait2Nanos;
    }

    /** How many segments may be sent before the first acknowledgement (RFC 6928). */
    public TcpConfig initialWindowSegments(int count) {
        initialWindowSegments = positive("initialWindowSegments", count);
        return this;
    }

    public int initialWindowSegments() {
        return initialWindowSegments;
    }

    /** How many challenge ACKs one connection sends in an interval (RFC 5961, section 7). */
    public TcpConfig challengeAcks(int count, long intervalNanos) {
        challengeAcksPerInterval = positive("challengeAcksPerInterval", count);
        challengeIntervalNanos = positive("challengeIntervalNanos", intervalNanos);
        return this;
    }

    public int challengeAcksPerInterval() {
        return challengeAcksPerInterval;
    }

    public long challengeIntervalNanos() {
        return challengeIntervalNanos;
    }

    /** Which local ports are chosen from when the application names none, both ends included. */
    public TcpConfig ephemeralPorts(int low, int high) {
        if (low < 1 || high > 65_535 || low > high) {
            throw new IllegalArgumentException("ephemeral ports " + low + ".." + high + " outside 1..65535");
        }
        ephemeralLow = low;
        ephemeralHigh = high;
        return this;
    }

    public int ephemeralLow() {
        return ephemeralLow;
    }

    public int ephemeralHigh() {
        return ephemeralHigh;
    }

    /** How many segments one connection may send in one turn, so that others get theirs. */
    public TcpConfig burstSegments(int count) {
        burstSegments = positive("burstSegments", count);
        return this;
    }

    public int burstSegments() {
        return burstSegments;
    }

    /** Makes the congestion control of each connection. */
    TcpConfig congestionControl(Supplier<CongestionControl> supplier) {
        congestionControl = Objects.requireNonNull(supplier);
        return this;
    }

    Supplier<CongestionControl> congestionControl() {
        return congestionControl;
    }
}
