package io.penstock.datapath.wire;

import io.penstock.linux.RawMemory;

/**
 * The TCP header (RFC 9293, section 3.1), read and written in place.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |          source port          |       destination port        |  0
 *  +-------------------------------+-------------------------------+
 *  |                        sequence number                        |  4
 *  +---------------------------------------------------------------+
 *  |                     acknowledgment number                     |  8
 *  +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 *  |offset | reser.|C|E|U|A|P|R|S|F|            window             | 12
 *  +-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
 *  |           checksum            |        urgent pointer         | 16
 *  +-------------------------------+-------------------------------+
 * </pre>
 *
 * <p>Nothing is checked here: whoever calls has made sure that the header lies inside the frame.
 */
public final class TcpHeader {
    /** IP's number for TCP. */
    public static final int PROTOCOL = 6;

    /** Without options. */
    public static final int LENGTH_BYTES = 20;

    public static final int MAX_LENGTH_BYTES = 60;

    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int URG = 0x20;

    private TcpHeader() {}

    public static int sourcePort(long header) {
        return RawMemory.getUnsignedShortBe(header);
    }

    public static int destinationPort(long header) {
        return RawMemory.getUnsignedShortBe(header + 2);
    }

    public static int sequence(long header) {
        return RawMemory.getIntBe(header + 4);
    }

    public static int acknowledgment(long header) {
        return RawMemory.getIntBe(header + 8);
    }

    /** The data offset, in bytes: how long header and options are. 0 to 60; a peer may have written anything. */
    public static int headerBytes(long header) {
        return (RawMemory.getByte(header + 12) & 0xf0) >>> 2;
    }

    public static int flags(long header) {
        return RawMemory.getUnsignedByte(header + 13);
    }

    /** The window field as it stands there, not scaled. */
    public static int window(long header) {
        return RawMemory.getUnsignedShortBe(header + 14);
    }

    /** Source and destination, as {@code FlowKey} has the local and the remote one. */
    public static void ports(long header, int sourceAndDestination) {
        RawMemory.putIntBe(header, sourceAndDestination);
    }

    /** Everything between the ports and the checksum; the checksum and the urgent pointer become zero. */
    public static void write(long header, int sequence, int acknowledgment, int headerBytesAndFlags, int window) {
        RawMemory.putIntBe(header + 4, sequence);
        RawMemory.putIntBe(header + 8, acknowledgment);
        RawMemory.putIntBe(header + 12, headerBytesAndFlags << 16 | window);
        RawMemory.putInt(header + 16, 0);
    }

    /** The third word's upper half. */
    public static int headerBytesAndFlags(int headerBytes, int flags) {
        return headerBytes << 10 | flags;
    }

    /**
     * Fills in the checksum of a header whose checksum field is zero.
     *
     * @param lengthBytes of header and payload as far as they lie together
     * @param sum of all the rest: of the pseudo-header, and of payload that lies elsewhere
     */
    public static void checksum(long header, int lengthBytes, long sum) {
        RawMemory.putShortBe(header + 16, Checksum.complement(sum + Checksum.sum(header, lengthBytes)));
    }

    /** Leaves the checksum to the device, which adds all that is not in this sum. */
    public static void unfinishedChecksum(long header, long sum) {
        RawMemory.putShortBe(header + 16, Checksum.fold(sum));
    }

    public static int checksum(long header) {
        return RawMemory.getUnsignedShortBe(header + 16);
    }

    /** Whether the checksum of a segment is right. */
    public static boolean checksumIsRight(long header, int lengthBytes, long pseudoHeaderSum) {
        return Checksum.fold(pseudoHeaderSum + lengthBytes + Checksum.sum(header, lengthBytes)) == 0xffff;
    }
}
