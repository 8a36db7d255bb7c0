package io.penstock.libos.tcp.congestion;

/**
 * What one acknowledgement teaches a connection's congestion control. One object is filled again and again. Amounts are
 * bytes.
 */
public final class AckSample {
    /** No round trip was measured. */
    public static final long NONE = -1;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** The time. */
    public long nowNanos;
    /** How much was acknowledged in order. */
    public int acked;
    /** How much beyond it is known to have arrived by this (selective acknowledgements). */
    public int sacked;
    /** How much is taken for lost since the last one. */
    public int lost;
    /**
     * How much has arrived since the connection began. Told only to those who measure ({@link
     * CongestionControl#measuresRate}), as are the rate, {@link #appLimited} and {@link #roundStart}.
     */
    public long delivered;
    /** How much was under way before it. */
    public int priorInFlight;

    /** The same after it. */
    public int inFlight;
    /** How long the newest packet took that it acknowledges; {@link #NONE} if one of them went more than once. */
    public long rttNanos;
    /** The shortest that was seen; {@link Long#MAX_VALUE} if none was. */
    public long minRttNanos;
    /** Whether the rate says what the application sent, not what the network takes. */
    public boolean appLimited;
    /** Whether a round trip has passed since the last one that said so. */
    public boolean roundStart;
    /** Whether the congestion window was what limited the sender. */
    public boolean cwndLimited;
    /** How many marks of congestion it carries (ECN). */
    public int ecnMarks;

    /** Of the newest packet that it acknowledges. */
    private long sentNanos = Long.MIN_VALUE;

    private long firstSentNanos;
    private long priorDelivered;
    private long priorDeliveredNanos;
    private boolean ambiguous;

    /** Says nothing before {@link #begin}. */
    public AckSample() {}

    /** Begins anew. */
    public void begin(long now, int flight) {
        nowNanos = now;
        acked = 0;
        sacked = 0;
        lost = 0;
        priorInFlight = flight;
        inFlight = flight;
        rttNanos = NONE;
        cwndLimited = false;
        ecnMarks = 0;
        ambiguous = false;
        if (sentNanos != Long.MIN_VALUE) { // somebody has measured: not for nearly all
            sentNanos = Long.MIN_VALUE;
            appLimited = false;
            roundStart = false;
        }
    }

    /**
     * It acknowledges a packet, in the order of sequence numbers.
     *
     * @param sent when it went
     * @param again whether it went more than once
     */
    public void arrived(long sent, boolean again) {
        if (again) {
            // Karn: one that went twice tells nothing; nor does what had arrived long ago and waited for it.
            ambiguous = true;
            rttNanos = NONE;
        } else if (!ambiguous) {
            rttNanos = nowNanos - sent;
        }
    }

    /** What the same packet noted of the delivery when it went: the newest one's counts. */
    public void measured(long sent, long firstSent, long deliveredBefore, long deliveredNanos, boolean limited) {
        if (sentNanos <= sent) {
            sentNanos = sent;
            firstSentNanos = firstSent;
            priorDelivered = deliveredBefore;
            priorDeliveredNanos = deliveredNanos;
            appLimited = limited;
        }
    }

    /** When the newest packet went that it acknowledges; {@link Long#MIN_VALUE} if it acknowledges none. */
    public long newestSentNanos() {
        return sentNanos;
    }

    /** How much had been delivered when that packet went. */
    public long priorDelivered() {
        return priorDelivered;
    }

    /**
     * How fast data arrived, in bytes a second, over the longer of the times that sending and acknowledging it took; 0 if
     * that cannot be said.
     */
    public long rate() {
        if (sentNanos == Long.MIN_VALUE) {
            return 0;
        }
        long interval = Math.max(sentNanos - firstSentNanos, nowNanos - priorDeliveredNanos);
        long bytes = delivered - priorDelivered;
        return interval <= 0 ? 0 : (long) ((double) bytes * NANOS_PER_SECOND / interval);
    }
}
