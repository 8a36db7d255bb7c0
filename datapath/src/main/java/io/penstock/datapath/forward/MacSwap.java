package io.penstock.datapath.forward;

import io.penstock.datapath.device.PacketEdit;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.memory.DirectMemory;

/** Swaps the source and destination of each Ethernet header. */
public final class MacSwap implements PacketEdit {
    /** Has no state. */
    public MacSwap() {}

    @Override
    public int edit(long address, int lengthBytes, long ownMac) {
        if (lengthBytes >= EthernetHeader.TYPE) {
            swap(address);
        }
        return lengthBytes;
    }

    /**
     * Two loads that overlap, and two stores that do not: so the least is to be shifted.
     *
     * <pre>
     *   | d0 d1 d2 d3 d4 d5 s0 s1 s2 s3 s4 s5 |   becomes   | s0 s1 s2 s3 s4 s5 d0 d1 | d2 d3 d4 d5 |
     *     `------- first -------'                            little-endian: d0 is the low byte of the first
     *                 `------- second ------'
     * </pre>
     */
    static void swap(long address) {
        long first = DirectMemory.getLong(address);
        long second = DirectMemory.getLong(address + 4);
        DirectMemory.putLong(address, second >>> 16 | first << 48);
        DirectMemory.putInt(address + 8, (int) (first >>> 16));
    }
}
