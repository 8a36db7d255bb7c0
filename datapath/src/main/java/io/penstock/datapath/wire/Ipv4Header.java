package io.penstock.datapath.wire;

import io.penstock.linux.RawMemory;

/**
 * IPv4 (RFC 791).
 *
 * <pre>
 *   0        1        2                 4                 6
 *   +--------+--------+-----------------+-----------------+-----------------+
 *   |ver| IHL|  TOS   |  total length   | identification  | flags, fragment |
 *   +--------+--------+-----------------+-----------------+-----------------+
 *   |  TTL   |protocol| header checksum |              source               |
 *   +--------+--------+-----------------+-----------------------------------+
 *   |            destination            |  options (IHL - 5) * 4 bytes ...
 *   +-----------------------------------+
 * </pre>
 */
public final class Ipv4Header {
    /** Without options. */
    public static final int LENGTH = 20;

    // Where the fields stand, for who reads them by other means than the methods below.
    public static final int TOTAL_LENGTH = 2;
    public static final int FRAGMENT = 6;
    public static final int PROTOCOL = 9;
    public static final int SOURCE = 12;
    public static final int DESTINATION = 16;

    public static final int PROTOCOL_ICMP = 1;
    public static final int PROTOCOL_TCP = 6;
    public static final int PROTOCOL_UDP = 17;
    public static final int DEFAULT_TTL = 64;
    public static final int DONT_FRAGMENT = 0x4000;

    /** "More fragments" and the offset: any bit means that this is a fragment. */
    public static final int FRAGMENT_MASK = 0x3fff;
    /** The offset alone. */
    public static final int OFFSET_MASK = 0x1fff;

    private Ipv4Header() {}

    public static int version(long at) {
        return RawMemory.getUnsignedByte(at) >>> 4;
    }

    /** With options, 20 to 60. */
    public static int headerLength(long at) {
        return (RawMemory.getByte(at) & 15) << 2;
    }

    public static int totalLength(long at) {
        return RawMemory.getUnsignedShortBe(at + TOTAL_LENGTH);
    }

    public static boolean isFragment(long at) {
        return (RawMemory.getUnsignedShortBe(at + FRAGMENT) & FRAGMENT_MASK) != 0;
    }

    /** Whether it is a fragment other than the first, which carries no transport header. */
    public static boolean isLaterFragment(long at) {
        return (RawMemory.getUnsignedShortBe(at + FRAGMENT) & OFFSET_MASK) != 0;
    }

    public static int protocol(long at) {
        return RawMemory.getUnsignedByte(at + PROTOCOL);
    }

    public static int source(long at) {
        return RawMemory.getIntBe(at + SOURCE);
    }

    public static int destination(long at) {
        return RawMemory.getIntBe(at + DESTINATION);
    }

    /** Whether the header's checksum is right; for a header without options three loads. */
    public static boolean isChecksumRight(long at, int headerLengthBytes) {
        if (headerLengthBytes != LENGTH) {
            return Checksum.fold(Checksum.sum(at, headerLengthBytes)) == 0xffff;
        }
        // All ones is the same in every byte order: no need to turn anything round.
        long first = RawMemory.getLong(at);
        long second = RawMemory.getLong(at + 8);
        long sum = (first >>> 32)
                + (first & 0xffff_ffffL)
                + (second >>> 32)
                + (second & 0xffff_ffffL)
                + (RawMemory.getInt(at + 16) & 0xffff_ffffL);
        return Checksum.fold(sum) == 0xffff;
    }

    /** Writes a header without options. {@code id} is 16 bits. */
    public static void write(long at, int totalLengthBytes, int id, int protocol, int source, int destination) {
        long lastWords = (long) DONT_FRAGMENT << 16 | DEFAULT_TTL << 8 | protocol;
        long addresses = (long) source << 32 | (destination & 0xffff_ffffL);
        long sum = 0x4500L
                + totalLengthBytes
                + id
                + (lastWords >>> 16)
                + (lastWords & 0xffff)
                + Checksum.addressSum(0, addresses);
        RawMemory.putLongBe(at, 0x4500L << 48 | (long) totalLengthBytes << 32 | (long) id << 16 | lastWords >>> 16);
        RawMemory.putIntBe(at + 8, (int) (lastWords & 0xffff) << 16 | Checksum.complement(sum));
        RawMemory.putLongBe(at + 12, addresses);
    }
}
