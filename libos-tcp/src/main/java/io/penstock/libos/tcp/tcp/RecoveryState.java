package io.penstock.libos.tcp.tcp;

/**
 * What {@link LossRecovery} knows of a connection in which something was lost, or may have been. Apart from {@link SendState},
 * and looked at only while that is {@link SendState#recovering}: where connections are many, each line of memory that a segment
 * does not touch counts. Owner's thread.
 */
final class RecoveryState {
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
