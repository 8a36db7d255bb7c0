package io.penstock.datapath.device.dpdk;

import static io.penstock.linux.RawMemory.getInt;
import static io.penstock.linux.RawMemory.getLong;
import static io.penstock.linux.RawMemory.putInt;
import static io.penstock.linux.RawMemory.putIntBe;
import static io.penstock.linux.RawMemory.putLong;

import io.penstock.datapath.wire.EthernetHeader;

/**
 * An IEEE 802.1Q tag, put in and taken out by hand where the port does not do it.
 *
 * <pre>
 *   | destination 6 | source 6 | 0x8100 | tag control 2 | type 2 | ...
 *                                         priority 3, drop 1, VLAN 12
 * </pre>
 */
final class VlanTag {
    static final int BYTES = EthernetHeader.TAG_LENGTH;

    private VlanTag() {}

    /** Moves both addresses {@link #BYTES} towards the front, and writes the tag behind them. */
    static void insert(long packet, int vlan) {
        moveAddresses(packet, packet - BYTES);
        putIntBe(packet - BYTES + EthernetHeader.TYPE, EthernetHeader.TYPE_TAG << 16 | vlan);
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
        if (lengthBytes < EthernetHeader.LENGTH + BYTES
                || EthernetHeader.type(packet) != EthernetHeader.TYPE_TAG
                || EthernetHeader.vlan(packet) != vlan) {
            return false;
        }
        moveAddresses(packet, packet + BYTES);
        return true;
    }

    static boolean isOf(int tagControl, int vlan) {
        return (tagControl & EthernetHeader.VLAN_MASK) == vlan;
    }

    /** Twelve bytes, which may overlap. */
    private static void moveAddresses(long from, long to) {
        long first = getLong(from);
        int rest = getInt(from + Long.BYTES);
        putLong(to, first);
        putInt(to + Long.BYTES, rest);
    }
}
