package io.penstock.datapath.device;

/**
 * What is said of one packet of a {@link Burst}: by the device of a received one, by the stack of one to be sent. Bits, to
 * be combined.
 */
public final class PacketFlags {
    /** Received: the device has verified the IPv4 header's checksum, and it is right. IPv6 headers have none. */
    public static final int RX_IPV4_CHECKSUM_GOOD = 1;
    /**
     * Received: the device has verified the TCP or UDP checksum over the whole of an unfragmented packet, and it is right.
     */
    public static final int RX_L4_CHECKSUM_GOOD = 1 << 1;
    /** Received: {@link Burst#hash(int)} is valid. */
    public static final int RX_HASH = 1 << 2;
    /** To send: the checksum field of the IPv4 header is 0, the device fills it in. Means nothing with an IPv6 packet. */
    public static final int TX_IPV4_CHECKSUM = 1 << 3;
    /**
     * To send: the TCP checksum field holds the sum of the pseudo-header (addresses, protocol, and the length of TCP header
     * and payload), folded to 16 bits and not complemented; the device adds the rest and complements. With {@link
     * #TX_TCP_SEGMENTATION} the length is left out of the sum, because each segment has its own.
     */
    public static final int TX_TCP_CHECKSUM = 1 << 4;
    /** To send: as {@link #TX_TCP_CHECKSUM}, of a UDP datagram; the device sends a sum of 0 as 0xffff (RFC 768). */
    public static final int TX_UDP_CHECKSUM = 1 << 5;
    /**
     * To send: one packet that the device cuts into segments of {@link Burst#segmentBytes(int)} bytes of payload. The IP
     * header's length is that of the whole packet. {@link #TX_TCP_CHECKSUM} stands beside it always,
     * and {@link #TX_IPV4_CHECKSUM}.
     */
    public static final int TX_TCP_SEGMENTATION = 1 << 6;
    /** The packet has a second piece ({@link Burst#body(int)}). */
    public static final int HAS_BODY = 1 << 7;

    private PacketFlags() {}
}
