package io.penstock.datapath.device.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Takes mbufs out of an {@code rte_ring} and frees them.
 *
 * <p>DPDK's function for it is inline in its headers, and no library exports it. But the mempool driver "ring_mp_mc"
 * dequeues from the ring at {@code pool_data}, and reads no other field of its pool. So a block of memory with that
 * pointer, and with the number of the driver, serves as the pool.
 */
final class RingContents {
    private static final Abi ABI = Dpdk.library().abi();
    private static final int MEMPOOL_BYTES = 1024;

    private RingContents() {}

    static void free(long ring) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pool = arena.allocate(MEMPOOL_BYTES, 64);
            pool.set(ValueLayout.JAVA_LONG, ABI.offset("rte_mempool.pool_data"), ring);
            pool.set(ValueLayout.JAVA_INT, ABI.offset("rte_mempool.ops_index"), Mempool.ringDriver());
            MemorySegment dequeue = Mempool.operation(pool.address(), "dequeue");
            MemorySegment mbuf = arena.allocate(ValueLayout.JAVA_LONG);
            while ((int) Mempool.BULK.invokeExact(dequeue, pool.address(), mbuf.address(), 1L) == 0) {
                Mbuf.free(mbuf.address(), 1);
            }
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }
}
