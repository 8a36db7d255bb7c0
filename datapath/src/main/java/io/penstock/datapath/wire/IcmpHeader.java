package io.penstock.datapath.wire;

import io.penstock.linux.RawMemory;

/**
 * ICMP (RFC 792).
 *
 * <pre>
 *   0      1      2           4                      8
 *   +------+------+-----------+----------------------+--------------------------------------
 *   | type | code | checksum  | by type: id, MTU ... | echo: data; errors: the packet's head
 *   +------+------+-----------+----------------------+--------------------------------------
 * </pre>
 */
public final class IcmpHeader {
    public static final int LENGTH = 8;
    /** Where the checksum stands, for who changes it by other means than the methods below. */
    public static final int CHECKSUM = 2;

    public static final int ECHO_REPLY = 0;
    public static final int DESTINATION_UNREACHABLE = 3;
    public static final int ECHO_REQUEST = 8;
    public static final int TIME_EXCEEDED = 11;
    public static final int PARAMETER_PROBLEM = 12;

    public static final int CODE_NETWORK = 0;
    public static final int CODE_HOST = 1;
    public static final int CODE_PROTOCOL = 2;
    public static final int CODE_PORT = 3;
    public static final int CODE_FRAGMENTATION_NEEDED = 4;

    private IcmpHeader() {}

    public static int type(long at) {
        return RawMemory.getUnsignedByte(at);
    }

    public static int code(long at) {
        return RawMemory.getUnsignedByte(at + 1);
    }

    public static int checksum(long at) {
        return RawMemory.getUnsignedShortBe(at + CHECKSUM);
    }

    /** The next hop's MTU in a "fragmentation needed" (RFC 1191, section 4). */
    public static int nextHopMtu(long at) {
        return RawMemory.getUnsignedShortBe(at + 6);
    }

    /** Turns a request into its reply: the type loses 8, so the checksum gains it (RFC 1624). */
    public static void turnEchoAround(long at) {
        int checksum = checksum(at) + (ECHO_REQUEST << 8);
        RawMemory.putShortBe(at, ECHO_REPLY << 8);
        RawMemory.putShortBe(at + 2, (checksum & 0xffff) + (checksum >>> 16));
    }

    /** Writes the header of an error in front of {@code quotedBytes} of the packet that caused it. */
    public static void writeError(long at, int type, int code, int quotedBytes) {
        RawMemory.putLongBe(at, (long) type << 56 | (long) code << 48);
        RawMemory.putShortBe(at + 2, Checksum.complement(Checksum.sum(at, LENGTH + quotedBytes)));
    }
}
