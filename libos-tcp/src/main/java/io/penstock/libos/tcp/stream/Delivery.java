package io.penstock.libos.tcp.stream;

import io.penstock.libos.tcp.congestion.AckSample;

/**
 * How much of a connection has been delivered, and when: what the delivery rate is measured from
 * (draft-cheng-iccrg-delivery-rate-estimation). Each packet notes it when it goes. Owner's thread.
 */
public final class Delivery {
    /** How many bytes the peer has got. */
    public long bytes;
    /** When it got the last of them. */
    public long nanos;
    /** When the first packet went of those that are measured together. */
    public long firstSentNanos;
    /** Once more than so many bytes are delivered, the rate no longer shows what the application sent; 0: it does not. */
    private long appLimitedUntil;
    /** A round trip has passed when a packet is acknowledged that went after so much had been delivered. */
    private long roundEnd;

    public void reset() {
        bytes = 0;
        nanos = 0;
        firstSentNanos = 0;
        appLimitedUntil = 0;
        roundEnd = 0;
    }

    /** Nothing is under way: what goes now begins a new measurement. */
    public void beginFlight(long nowNanos) {
        nanos = nowNanos;
        firstSentNanos = nowNanos;
    }

    /** The application has nothing more to send although the network would take it, with so many bytes under way. */
    public void appIsLimiting(int inFlight) {
        appLimitedUntil = Math.max(1, bytes + inFlight);
    }

    public boolean isAppLimited() {
        return appLimitedUntil != 0;
    }

    /** What an acknowledgement says has arrived; tells the sample how much that is by now. */
    public void arrived(AckSample sample) {
        bytes += sample.acked + sample.sacked;
        nanos = sample.nowNanos;
        sample.delivered = bytes;
        if (sample.newestSentNanos() != Long.MIN_VALUE) {
            firstSentNanos = sample.newestSentNanos();
            if (sample.priorDelivered() >= roundEnd) {
                roundEnd = bytes;
                sample.roundStart = true;
            }
        }
        if (appLimitedUntil != 0 && bytes > appLimitedUntil) {
            appLimitedUntil = 0;
        }
    }
}
