package io.penstock.datapath.device.dpdk;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The mbufs of a bridge: in DPDK's own memory, laid out as its own forwarder has them, each with room for 2048 bytes behind
 * the usual headroom, and with a cache for the thread. They are counted when the ports are closed.
 */
final class BridgeMempool implements AutoCloseable {
    /** Rings of both ports, bursts and cache, and as much again. */
    static final int MBUFS = 16384;

    private static final int CACHED_MBUFS = 256;
    private static final int DATA_BYTES = 2048;
    private static final AtomicInteger MADE = new AtomicInteger();

    private final Mempool mempool;
    private final int maxKept;
    private int mbufsBack;

    /** @param maxKept how many mbufs the ports' drivers may keep */
    BridgeMempool(int maxKept) {
        this.maxKept = maxKept;
        this.mempool = Mempool.plain(
                "penstock-bridge-" + MADE.incrementAndGet(), MBUFS, CACHED_MBUFS, DATA_BYTES + Mbuf.HEADROOM_BYTES);
    }

    Mempool mempool() {
        return mempool;
    }

    int maxKept() {
        return maxKept;
    }

    /** How many were there when it was closed. */
    int mbufsBack() {
        return mbufsBack;
    }

    /** After the ports. Its memory stays if anybody still has some of it. */
    @Override
    public void close() {
        mbufsBack = mempool.available();
        if (mbufsBack == MBUFS) {
            mempool.close();
        }
    }
}
