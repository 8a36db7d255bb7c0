package io.penstock.datapath;

/** What a queue speaks. */
public enum Transport {
    /** Datagrams: a push is one datagram, a pop is one datagram with its sender. */
    UDP,
    /** A byte stream: boundaries of pushes are not kept. */
    TCP
}
