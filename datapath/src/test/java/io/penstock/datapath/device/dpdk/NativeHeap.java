package io.penstock.datapath.device.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** DPDK's own heap. */
final class NativeHeap {
    /** {@code struct rte_malloc_socket_stats}: three sizes, two counts of 32 bits of which this is the second, a size. */
    private static final int ALLOC_COUNT = 28;

    private static final int BYTES = 40;

    private NativeHeap() {}

    /** How many blocks are allocated. */
    static long allocations() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stats = arena.allocate(BYTES, 8);
            int result =
                    (int) Dpdk.intFunction("rte_malloc_get_socket_stats", 2).invokeExact(0L, stats.address());
            if (result != 0) {
                throw new AssertionError("rte_malloc_get_socket_stats: " + result);
            }
            return stats.get(ValueLayout.JAVA_INT, ALLOC_COUNT);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }
}
