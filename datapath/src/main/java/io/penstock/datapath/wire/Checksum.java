package io.penstock.datapath.wire;

import io.penstock.linux.RawMemory;

/**
 * The Internet checksum (RFC 1071): the one's complement sum of 16-bit words.
 *
 * <p>The sum is taken eight bytes at a time in the machine's order, and its bytes are swapped once at the end: a one's
 * complement sum does not depend on the order of bytes until then (RFC 1071, section 2(B)). A plain sum of longs loses
 * carries, so two sums are kept: of the upper halves, and of the whole longs modulo 2^64. The sum of the lower halves
 * is {@code low - (high << 32)}, and no packet is long enough to overflow it.
 */
public final class Checksum {
    private static final long LOW_INT = 0xffff_ffffL;

    private Checksum() {}

    /**
     * The sum of a range, as 16-bit words in network order. Sums of parts may be added with plain {@code +} as long as
     * each part but the last has an even length.
     *
     * <p>With its 64 bytes a round the method is larger than HotSpot takes into its callers (FreqInlineSize, 325 bytes of
     * code), and has to stay so: inside a deep caller its loads would be beyond MaxInlineLevel, which costs 450 ns for 1,400
     * bytes, and whether it came to that was the compiler's mood.
     *
     * @param address any alignment
     * @param lengthBytes if odd, the last byte is the upper half of a word (RFC 1071, section 4.1)
     * @return not negative, less than 2^16; not complemented
     */
    public static long sum(long address, int lengthBytes) {
        long low = 0;
        long high = 0;
        long low2 = 0;
        long high2 = 0;
        long at = address;
        int left = lengthBytes;
        while (left >= 64) {
            long a = RawMemory.getLong(at);
            long b = RawMemory.getLong(at + 8);
            long c = RawMemory.getLong(at + 16);
            long d = RawMemory.getLong(at + 24);
            long e = RawMemory.getLong(at + 32);
            long f = RawMemory.getLong(at + 40);
            long g = RawMemory.getLong(at + 48);
            long h = RawMemory.getLong(at + 56);
            low += a + c + e + g;
            high += (a >>> 32) + (c >>> 32) + (e >>> 32) + (g >>> 32);
            low2 += b + d + f + h;
            high2 += (b >>> 32) + (d >>> 32) + (f >>> 32) + (h >>> 32);
            at += 64;
            left -= 64;
        }
        low += low2;
        high += high2;
        if (left >= 32) {
            long a = RawMemory.getLong(at);
            long b = RawMemory.getLong(at + 8);
            long c = RawMemory.getLong(at + 16);
            long d = RawMemory.getLong(at + 24);
            low += a + b + c + d;
            high += (a >>> 32) + (b >>> 32) + (c >>> 32) + (d >>> 32);
            at += 32;
            left -= 32;
        }
        while (left >= 8) {
            long a = RawMemory.getLong(at);
            low += a;
            high += a >>> 32;
            at += 8;
            left -= 8;
        }
        // What the low halves give alone, and both together.
        long sum = low - (high << 32) + high;
        if (left >= 4) {
            sum += RawMemory.getInt(at) & LOW_INT;
            at += 4;
            left -= 4;
        }
        if (left >= 2) {
            sum += RawMemory.getShort(at) & 0xffff;
            at += 2;
            left -= 2;
        }
        if (left == 1) {
            // Little-endian: the first byte of a word is its low half in the machine's order.
            sum += RawMemory.getUnsignedByte(at);
        }
        return Short.reverseBytes((short) fold(sum)) & 0xffffL;
    }

    /**
     * Folds the carries back in.
     *
     * @param sum one or more results of {@link #sum} and numbers in network order, added up; not negative
     * @return 16 bits, not complemented: 0xffff if the range held a correct checksum
     */
    public static int fold(long sum) {
        long s = (sum & LOW_INT) + (sum >>> 32);
        s = (s & LOW_INT) + (s >>> 32);
        int folded = (int) ((s & 0xffff) + (s >>> 16));
        folded = (folded & 0xffff) + (folded >>> 16);
        return (folded & 0xffff) + (folded >>> 16);
    }

    /** What belongs into a header's checksum field, the field having been summed as zero: the complement. */
    public static int complement(long sum) {
        return ~fold(sum) & 0xffff;
    }

    /** The sum of an address in the form of {@code Endpoint}: an IPv4 address gives the same as its two words do. */
    public static long addressSum(long high, long low) {
        // ::ffff:a.b.c.d has the word 0xffff more than a.b.c.d, and that is zero in one's complement.
        return (high >>> 48)
                + (high >>> 32 & 0xffff)
                + (high >>> 16 & 0xffff)
                + (high & 0xffff)
                + (low >>> 48)
                + (low >>> 32 & 0xffff)
                + (low >>> 16 & 0xffff)
                + (low & 0xffff);
    }
}
