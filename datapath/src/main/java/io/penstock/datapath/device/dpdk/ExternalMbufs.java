package io.penstock.datapath.device.dpdk;

import io.penstock.linux.RawMemory;

/**
 * Mbufs for sending bytes that lie anywhere in the region, such as an application's object. They have no buffer of
 * their own and point to the bytes; or, for a driver that can only send from DPDK's own memory, they have one, into
 * which the bytes are copied. One thread.
 *
 * <p>DPDK counts the users of such bytes and calls a function, in C, when the last has gone. That never happens here:
 * we hold a reference to each mbuf, so the driver only gives its own back, and the count starts so high that it does
 * not reach zero.
 */
final class ExternalMbufs implements AutoCloseable {
    private static final Abi ABI = Dpdk.library().abi();
    /** A share that is never given back. */
    private static final int NEVER_ZERO = 1 << 14;

    private final Mempool pool;
    private final long[] free;
    private final NativeTable table;
    private final IovaMap iova;
    private final int copiedBytes;
    private int freeCount;

    /**
     * @param copiedBytes how long a piece may be that is copied; 0: nothing is copied
     * @param table room for one address, in native memory
     */
    ExternalMbufs(String name, int count, int copiedBytes, IovaMap iova, NativeTable table) {
        this.iova = iova;
        this.copiedBytes = copiedBytes;
        this.table = table;
        this.pool = copiedBytes == 0
                ? Mempool.withoutBuffers(name, count)
                : Mempool.plain(name, count, 0, Mbuf.HEADROOM_BYTES + copiedBytes);
        this.free = new long[count];
        RawMemory.putShort(table.sharedInfo() + ABI.offset("rte_mbuf_ext_shared_info.refcnt"), (short) NEVER_ZERO);
        while (freeCount < count && pool.get(table.address(), 1)) {
            free[freeCount++] = table.get(0);
        }
    }

    /** Whether what is sent is a copy, so that nobody needs the bytes themselves any longer. */
    boolean copies() {
        return copiedBytes != 0;
    }

    /** How long a piece may be that is copied. */
    int copiedBytes() {
        return copiedBytes;
    }

    /** An mbuf that stands for the bytes at {@code address}, in one segment that is shared with the driver; 0 if none is left. */
    long attach(long address, int lengthBytes, long flags) {
        if (freeCount == 0) {
            return 0;
        }
        if (copiedBytes != 0) {
            return copy(address, lengthBytes, flags);
        }
        long mbuf = free[--freeCount];
        Mbuf.attach(mbuf, address, iova.of(address), lengthBytes, table.sharedInfo());
        Mbuf.single(mbuf, 0, lengthBytes, TxFrames.SHARED, flags | Mbuf.EXTERNAL);
        return mbuf;
    }

    private long copy(long address, int lengthBytes, long flags) {
        long mbuf = free[--freeCount];
        RawMemory.copy(address, Mbuf.bufferAddress(mbuf) + Mbuf.HEADROOM_BYTES, lengthBytes);
        Mbuf.single(mbuf, Mbuf.HEADROOM_BYTES, lengthBytes, TxFrames.SHARED, flags);
        return mbuf;
    }

    /** The driver has given its share back. */
    void giveBack(long mbuf) {
        free[freeCount++] = mbuf;
    }

    int free() {
        return freeCount;
    }

    /** When the driver is closed. */
    @Override
    public void close() {
        pool.close();
    }
}
