package io.penstock.libos.tcp.ip;

/**
 * What became of a packet that a transport gave down. Each answer says whom it concerns, so that nobody waits for what
 * only another is short of.
 */
public enum SendResult {
    /** It is staged for this turn's transmission, or waits for the neighbour's address; a hold was taken on its frame. */
    SENT,
    /** The transmit queue is full, for everybody: nothing was taken; try again next turn. */
    QUEUE_FULL,
    /**
     * The neighbour has not answered yet, and no more packets are kept for it: nothing was taken. Concerns those alone whose
     * packets go to this neighbour; {@link IpPath#isHeldUp()} and {@link IpLayer#neighbourChanges()} tell when to try again.
     */
    NEIGHBOUR_BUSY,
    /** The neighbour does not answer: nothing was taken. */
    UNREACHABLE
}
