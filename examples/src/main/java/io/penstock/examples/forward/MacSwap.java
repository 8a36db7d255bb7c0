package io.penstock.examples.forward;

import io.penstock.datapath.device.PacketEdit;
import io.penstock.memory.os.RawMemory;

/** Swaps the source and destination of each Ethernet header. */
public final class MacSwap implements PacketEdit {
    private static final int BOTH_BYTES = 12;
    private static final long MAC = 0xffff_ffff_ffffL;

    /** Has no state. */
    public MacSwap() {}

    @Override
    public int edit(long address, int lengthBytes, long ownMac) {
        if (lengthBytes >= BOTH_BYTES) {
            swap(address);
        }
        return lengthBytes;
    }

    /**
     * Two loads and two stores for both addresses.
     *
     * <pre>
     *   | d0 d1 d2 d3 d4 d5 s0 s1 | s2 s3 s4 s5 |   little-endian: d0 is the low byte
     * </pre>
     */
    static void swap(long address) {
        long low = RawMemory.getLong(address);
        long high = RawMemory.getInt(address + 8) & 0xffff_ffffL;
        long destination = low & MAC;
        RawMemory.putLong(address, low >>> 48 | high << 16 | destination << 48);
        RawMemory.putInt(address + 8, (int) (destination >>> 16));
    }
}
