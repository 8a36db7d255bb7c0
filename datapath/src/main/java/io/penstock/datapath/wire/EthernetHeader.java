package io.penstock.datapath.wire;

import io.penstock.linux.RawMemory;

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
    // Where the fields stand, for who reads them by other means than the methods below.
    public static final int DESTINATION = 0;
    public static final int SOURCE = 6;
    public static final int TYPE = 12;

    public static final int TYPE_IPV4 = 0x0800;
    public static final int TYPE_ARP = 0x0806;
    public static final int TYPE_IPV6 = 0x86dd;
    /** A VLAN's tag stands where the type would, and the type behind it (IEEE 802.1Q, section 9). */
    public static final int TAG_LENGTH = 4;

    /** IEEE 802.1Q. */
    public static final int TYPE_TAG = 0x8100;

    private static final int TYPE_SERVICE_TAG = 0x88a8;
    /** Of a tag's control information: the number of the VLAN. */
    public static final int VLAN_MASK = 0xfff;

    private EthernetHeader() {}

    public static long destination(long at) {
        return RawMemory.getLongBe(at) >>> 16;
    }

    public static long source(long at) {
        // Bytes 4 to 11: two of the destination, then the source.
        return RawMemory.getLongBe(at + 4) & 0xffff_ffff_ffffL;
    }

    /** Whether the source is one station: neither a group (whose bit is the lowest of the first byte) nor zero. */
    public static boolean isFromStation(long at) {
        return (RawMemory.getByte(at + SOURCE) & 1) == 0 && source(at) != 0;
    }

    public static int type(long at) {
        return RawMemory.getUnsignedShortBe(at + TYPE);
    }

    /** Whether what stands in the type's place is that of a VLAN's tag. */
    public static boolean isTag(int type) {
        return type == TYPE_TAG || type == TYPE_SERVICE_TAG;
    }

    /** The number of the VLAN of a packet with a tag. */
    public static int vlan(long at) {
        return RawMemory.getUnsignedShortBe(at + LENGTH) & VLAN_MASK;
    }

    /** Writes an Ethernet header. */
    public static void write(long at, long destination, long source, int type) {
        RawMemory.putLongBe(at, destination << 16 | source >>> 32);
        RawMemory.putIntBe(at + 8, (int) source);
        RawMemory.putShortBe(at + TYPE, type);
    }
}
