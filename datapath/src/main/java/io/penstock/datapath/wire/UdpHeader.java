package io.penstock.datapath.wire;

import io.penstock.linux.RawMemory;

/**
 * UDP (RFC 768).
 *
 * <pre>
 *   0              2                  4         6           8
 *   +--------------+------------------+---------+-----------+
 *   | source port  | destination port | length  | checksum  |
 *   +--------------+------------------+---------+-----------+
 * </pre>
 */
public final class UdpHeader {
    public static final int LENGTH = 8;

    private UdpHeader() {}

    public static int sourcePort(long at) {
        return RawMemory.getUnsignedShortBe(at);
    }

    public static int destinationPort(long at) {
        return RawMemory.getUnsignedShortBe(at + 2);
    }

    /** Header and payload. */
    public static int length(long at) {
        return RawMemory.getUnsignedShortBe(at + 4);
    }

    /** 0 if the sender did not compute one. */
    public static int checksum(long at) {
        return RawMemory.getUnsignedShortBe(at + 6);
    }

    /** Writes all eight bytes in one store. */
    public static void write(long at, int sourcePort, int destinationPort, int lengthBytes, int checksum) {
        RawMemory.putLongBe(
                at, (long) sourcePort << 48 | (long) destinationPort << 32 | (long) lengthBytes << 16 | checksum);
    }
}
