package io.penstock.datapath.wire;

import io.penstock.linux.RawMemory;

/**
 * IPv6 (RFC 8200, section 3).
 *
 * <pre>
 *   0                 4                 6        7        8
 *   +-----------------+-----------------+--------+--------+
 *   | 6, class, flow  | payload length  |  next  |  hops  |
 *   +-----------------+-----------------+--------+--------+
 *   |                      source, 16 bytes               |   8
 *   +-----------------------------------------------------+
 *   |                   destination, 16 bytes             |   24
 *   +-----------------------------------------------------+
 * </pre>
 */
public final class Ipv6Header {
    /** Without extension headers. */
    public static final int LENGTH = 40;

    private Ipv6Header() {}

    /** What follows: a transport's number, or an extension header's. */
    public static int nextHeader(long at) {
        return RawMemory.getUnsignedByte(at + 6);
    }

    public static long sourceHigh(long at) {
        return RawMemory.getLongBe(at + 8);
    }

    public static long sourceLow(long at) {
        return RawMemory.getLongBe(at + 16);
    }

    public static long destinationHigh(long at) {
        return RawMemory.getLongBe(at + 24);
    }

    public static long destinationLow(long at) {
        return RawMemory.getLongBe(at + 32);
    }
}
