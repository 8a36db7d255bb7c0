package io.penstock.libos.tcp.stream;

/** Round-trip time and retransmission timeout (RFC 6298), in nanoseconds. */
public final class RttEstimator {
    /** RFC 6298's G. The clock is read once a turn; a turn with a full burst stays well below this. */
    private static final long GRANULARITY_NANOS = 100_000;

    private static final int MAX_BACKOFF = 16;

    private Limits limits;
    private long srtt;
    private long rttvar;
    private long rto;
    private int backoff;
    private boolean measured;
    private long minRttNanos;

    /**
     * What the timeout may be. Connections share one.
     *
     * @param initialNanos before anything was measured
     */
    public record Limits(long initialNanos, long minNanos, long maxNanos) {}

    public void start(Limits of) {
        limits = of;
        rto = of.initialNanos();
        srtt = 0;
        rttvar = 0;
        backoff = 0;
        measured = false;
        minRttNanos = Long.MAX_VALUE;
    }

    /** A segment that was sent once was acknowledged after this long (Karn: never one that was sent again). */
    public void sample(long rttNanos) {
        minRttNanos = Math.min(minRttNanos, rttNanos);
        if (measured) {
            rttvar += (Math.abs(srtt - rttNanos) - rttvar) / 4; // (2.3); rttvar before srtt
            srtt += (rttNanos - srtt) / 8;
        } else {
            srtt = rttNanos; // (2.2)
            rttvar = rttNanos / 2;
            measured = true;
        }
        rto = Math.clamp(srtt + Math.max(GRANULARITY_NANOS, 4 * rttvar), limits.minNanos(), limits.maxNanos());
        backoff = 0;
    }

    /** The timer ran out: wait twice as long the next time (5.5). */
    public void backOff() {
        if (backoff < MAX_BACKOFF) {
            backoff++;
        }
    }

    /** What was waited for could not have come: the next timeout is as the first would be. */
    public void forgetBackOff() {
        backoff = 0;
    }

    /** The SYN had to be sent again, so nothing was measured: begin the data phase with 3 s (5.7). */
    public void afterLostSyn() {
        if (!measured) {
            rto = Math.clamp(3_000_000_000L, limits.minNanos(), limits.maxNanos());
            backoff = 0;
        }
    }

    /** The timeout, back-off included. */
    public long rtoNanos() {
        return Math.min(rto << backoff, limits.maxNanos());
    }

    /** The timeout without back-off, doubled {@code shift} times: zero-window probes back off by themselves. */
    public long probeNanos(int shift) {
        return Math.min(rto << Math.min(shift, MAX_BACKOFF), limits.maxNanos());
    }

    /** The shortest round-trip time of all; {@link Long#MAX_VALUE} before the first sample. */
    public long minRttNanos() {
        return minRttNanos;
    }

    /** The smoothed round-trip time; 0 before the first sample. */
    public long srttNanos() {
        return srtt;
    }
}
