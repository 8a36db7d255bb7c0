package io.penstock.libos.tcp.tcp;

/** What carries segments away from a host. */
interface SegmentSink {
    /** A segment (TCP header and payload) leaves; its bytes may be read only during the call. */
    void carry(TcpHost from, long address, int lengthBytes);
}
