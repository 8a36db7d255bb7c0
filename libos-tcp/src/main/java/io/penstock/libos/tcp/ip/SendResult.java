package io.penstock.libos.tcp.ip;

/** What became of a packet that a transport gave down. */
public enum SendResult {
    /** It is staged for this turn's transmission, or waits for the neighbour's address; a hold was taken on its frame. */
    SENT,
    /** The transmit queue is full: nothing was taken; try again next turn. */
    FULL,
    /** There is no route, or the neighbour does not answer: nothing was taken. */
    UNREACHABLE
}
