package io.penstock.libos.tcp.wire;

import io.penstock.memory.os.RawMemory;

/**
 * Ethernet II.
 *
 * <pre>
 *   0                 6                 12     14
 *   +-----------------+-----------------+------+
 *   |   destination   |     source      | type |
 *   +-----------------+-----------------+------+
 * </pre>
 */
public final class EthernetHeader {
    public static final int LENGTH = 14;
    public static final int TYPE_IPV4 = 0x0800;
    public static final int TYPE_ARP = 0x0806;

    private EthernetHeader() {}

    public static long destination(long at) {
        return RawMemory.getLongBe(at) >>> 16;
    }

    public static long source(long at) {
        // Bytes 4 to 11: two of the destination, then the source.
        return RawMemory.getLongBe(at + 4) & 0xffff_ffff_ffffL;
    }

    public static int type(long at) {
        return RawMemory.getUnsignedShortBe(at + 12);
    }

    public static void write(long at, long destination, long source, int type) {
        RawMemory.putLongBe(at, destination << 16 | source >>> 32);
        RawMemory.putIntBe(at + 8, (int) source);
        RawMemory.putShortBe(at + 12, type);
    }
}
