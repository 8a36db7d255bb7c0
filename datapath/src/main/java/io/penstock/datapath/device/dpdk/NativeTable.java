package io.penstock.datapath.device.dpdk;

import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An array of addresses in native memory, as the burst functions take and fill it. In front of it is a cache line for
 * the {@code struct rte_mbuf_ext_shared_info} of {@link ExternalMbufs}.
 */
final class NativeTable {
    private static final int LINE_BYTES = 64;

    private final MemorySegment memory;
    private final long address;

    NativeTable(int entries) {
        memory = Arena.ofAuto().allocate((long) entries * Long.BYTES + LINE_BYTES, LINE_BYTES);
        address = memory.address() + LINE_BYTES;
    }

    long address() {
        return address;
    }

    long address(int index) {
        return address + ((long) index << 3);
    }

    long get(int index) {
        return RawMemory.getLong(address + ((long) index << 3));
    }

    void set(int index, long value) {
        RawMemory.putLong(address + ((long) index << 3), value);
    }

    /** Room for a {@code struct rte_mbuf_ext_shared_info}. */
    long sharedInfo() {
        return memory.address();
    }
}
