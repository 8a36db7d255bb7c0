package io.penstock.libos.tcp.congestion;

/**
 * How much a connection may have under way, and how fast it may send: one object for each connection, one file for each
 * algorithm.
 *
 * <p>What is lost, and what is sent again, is decided elsewhere; this is told. All amounts are bytes, all times those of the
 * stack's clock. Called on the stack's thread, for each acknowledgement: no locks, no garbage. Sealed, so that calls of ours
 * are direct; the application's own extend {@link CustomCongestionControl}.
 */
public sealed interface CongestionControl permits NewReno, CustomCongestionControl {
    /**
     * A connection begins.
     *
     * @param smss the sender's maximum segment size
     * @param initialWindow the first congestion window
     */
    void start(int smss, int initialWindow);

    /** The path carries segments of another size from now on. */
    void segmentSize(int smss);

    /** The congestion window: how much may be under way. */
    int cwnd();

    /** The slow start threshold. */
    int ssthresh();

    /**
     * Whether it uses what each packet notes of the delivery when it goes: {@link AckSample#delivered}, {@link
     * AckSample#rate()}, {@link AckSample#appLimited} and {@link AckSample#roundStart}. They are told only to those who say
     * so, because noting them costs a packet several stores, and many connections a miss of the caches each. Always the same
     * answer.
     */
    boolean measuresRate();

    /**
     * Data goes out, for the first time or again.
     *
     * @param inFlight how much is under way with it
     */
    void onSent(int bytes, int inFlight, long nowNanos);

    /**
     * Data was acknowledged.
     *
     * @param sample good for this call only
     */
    void onAck(AckSample sample);

    /**
     * Something happened that matters to congestion.
     *
     * @param sample what was under way before it, and what the acknowledgement says that told of it, if one did; good for
     *     this call only
     */
    void onCongestionEvent(CongestionEvent event, AckSample sample);

    /** The last loss or time-out was none: the window is as before it. */
    void undo();

    /** How fast it may send, in bytes a second; 0: as fast as the window allows. */
    long pacingRate();
}
