package io.penstock.datapath.wire;

import io.penstock.linux.RawMemory;

/**
 * ARP for IPv4 over Ethernet (RFC 826).
 *
 * <pre>
 *   0         2          4      5      6       8            14         18           24         28
 *   +---------+----------+------+------+-------+------------+----------+------------+----------+
 *   | hw type | protocol | hlen | plen |  op   | sender MAC | sender   | target MAC | target   |
 *   |    1    |  0x0800  |   6  |   4  | 1 , 2 |            | address  |            | address  |
 *   +---------+----------+------+------+-------+------------+----------+------------+----------+
 * </pre>
 */
public final class ArpPacket {
    public static final int LENGTH = 28;
    // Where the fields stand, for who reads them by other means than the methods below.
    public static final int HARDWARE = 0;
    public static final int PROTOCOL = 2;
    public static final int ADDRESS_LENGTHS = 4;
    public static final int OPERATION = 6;
    public static final int SENDER_MAC = 8;
    public static final int SENDER_ADDRESS = 14;
    public static final int TARGET_MAC = 18;
    public static final int TARGET_ADDRESS = 24;

    public static final int HARDWARE_ETHERNET = 1;
    /** Six bytes of hardware address, four of protocol address. */
    public static final int LENGTHS = 0x0604;

    public static final int REQUEST = 1;
    public static final int REPLY = 2;

    /** Hardware type, protocol and both lengths, as the first six bytes and the high bits of a long. */
    private static final long ETHERNET_IPV4 = 0x0001_0800_0604_0000L;

    private ArpPacket() {}

    /** Whether it is about IPv4 over Ethernet and asks or answers. */
    public static boolean isValid(long at) {
        int op = operation(at);
        return (RawMemory.getLongBe(at) & ~0xffffL) == ETHERNET_IPV4 && (op == REQUEST || op == REPLY);
    }

    public static int operation(long at) {
        return RawMemory.getUnsignedShortBe(at + OPERATION);
    }

    public static long senderMac(long at) {
        return RawMemory.getLongBe(at + SENDER_MAC) >>> 16;
    }

    public static int senderAddress(long at) {
        return RawMemory.getIntBe(at + SENDER_ADDRESS);
    }

    public static long targetMac(long at) {
        return RawMemory.getLongBe(at + TARGET_MAC) >>> 16;
    }

    public static int targetAddress(long at) {
        return RawMemory.getIntBe(at + TARGET_ADDRESS);
    }

    public static void write(long at, int op, long senderMac, int senderAddress, long targetMac, int targetAddress) {
        RawMemory.putLongBe(at, ETHERNET_IPV4 | op);
        RawMemory.putLongBe(at + 8, senderMac << 16 | (senderAddress >>> 16 & 0xffffL));
        RawMemory.putShortBe(at + 16, senderAddress);
        RawMemory.putLongBe(at + 18, targetMac << 16 | (targetAddress >>> 16 & 0xffffL));
        RawMemory.putShortBe(at + 26, targetAddress);
    }
}
