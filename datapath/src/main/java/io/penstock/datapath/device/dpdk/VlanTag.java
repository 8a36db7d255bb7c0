package io.penstock.datapath.device.dpdk;

import static io.penstock.linux.RawMemory.getInt;
import static io.penstock.linux.RawMemory.getLong;
import static io.penstock.linux.RawMemory.getUnsignedShortBe;
import static io.penstock.linux.RawMemory.putInt;
import static io.penstock.linux.RawMemory.putIntBe;
import static io.penstock.linux.RawMemory.putLong;

/**
 * An IEEE 802.1Q tag, put in and taken out by hand where the port does not do it.
 *
 * <pre>
 *   | destination 6 | source 6 | 0x8100 | tag control 2 | type 2 | ...
 *                                         priority 3, drop 1, VLAN 12
 * </pre>
 */
final class VlanTag {
    static final int BYTES = 4;
    private static final int TPID = 0x8100;
    private static final int TYPE_AT = 12;
    private static final int TCI_AT = 14;
    private static final int VLAN_MASK = 0xfff;
    private static final int TAGGED_HEADER_BYTES = 18;

    private VlanTag() {}

    /** Moves both addresses {@link #BYTES} towards the front, and writes the tag behind them. */
    static void insert(long packet, int vlan) {
        moveAddresses(packet, packet - BYTES);
        putIntBe(packet - BYTES + TYPE_AT, TPID << 16 | vlan);
    }

    /** As it was before {@link #insert}: the packet could not be sent yet, and will be offered again. */
    static void undoInsert(long packet) {
        moveAddresses(packet - BYTES, packet);
    }

    /**
     * Takes the tag out of a received packet, which begins {@link #BYTES} later then.
     *
     * @return whether it had the tag of this VLAN
     */
    static boolean strip(long packet, int lengthBytes, int vlan) {
        if (lengthBytes < TAGGED_HEADER_BYTES
                || getUnsignedShortBe(packet + TYPE_AT) != TPID
                || (getUnsignedShortBe(packet + TCI_AT) & VLAN_MASK) != vlan) {
            return false;
        }
        moveAddresses(packet, packet + BYTES);
        return true;
    }

    static boolean isOf(int tagControl, int vlan) {
        return (tagControl & VLAN_MASK) == vlan;
    }

    /** Twelve bytes, which may overlap. */
    private static void moveAddresses(long from, long to) {
        long first = getLong(from);
        int rest = getInt(from + Long.BYTES);
        putLong(to, first);
        putInt(to + Long.BYTES, rest);
    }
}
