package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.config.CongestionAlgorithm;

/**
 * How much a connection may have under way: one object for each connection, one file for each algorithm.
 *
 * <p>What is lost, and what is sent again, is decided elsewhere ({@link LossRecovery}, {@link TcpTimers}); this is told.
 * All amounts are bytes.
 */
interface CongestionControl {
    /** A new one, by its name. */
    static CongestionControl of(CongestionAlgorithm algorithm) {
        return switch (algorithm) {
            case NEWRENO -> new NewReno();
        };
    }

    /**
     * A connection begins.
     *
     * @param smss the sender's maximum segment size
     * @param initialWindow the first congestion window
     */
    void start(int smss, int initialWindow);

    /** The path carries segments of another size from now on. */
    void segmentSize(int smss);

    /** The congestion window. */
    int cwnd();

    /** The slow start threshold. */
    int ssthresh();

    /**
     * New data was acknowledged, outside of fast recovery.
     *
     * @param acked how much
     * @param flight how much had been under way before
     * @param nowNanos the time
     */
    void onAck(int acked, int flight, long nowNanos);

    /**
     * Duplicate ACKs say that something was lost: fast recovery begins.
     *
     * @param flight how much was under way, without what limited transmit sent (RFC 5681, section 3.2, step 2)
     */
    void onLoss(int flight, long nowNanos);

    /** One more duplicate ACK during fast recovery: one more segment has left the network. */
    void onDuplicateAck();

    /**
     * During fast recovery some, but not all of what was under way at its beginning was acknowledged.
     *
     * @param flight how much is still under way
     */
    void onPartialAck(int acked, int flight);

    /** All that was under way when fast recovery began is acknowledged. */
    void onRecovered(int flight);

    /**
     * The retransmission timer ran out.
     *
     * @param first false if it did so before without any progress since
     */
    void onTimeout(int flight, boolean first);

    /** Nothing was sent for longer than a retransmission timeout. */
    void onIdle();
}
