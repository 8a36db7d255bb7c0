package io.penstock.datapath.device.dpdk;

import io.penstock.linux.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * {@code rte_eth_rx_burst} and {@code rte_eth_tx_burst} of one queue: what those inline functions do, which is to call the
 * driver through {@code rte_eth_fp_ops[port]}. (Their optional callbacks, for capturing and the like, are not run.) One thread.
 */
class BurstFunctions {
    private static final Abi ABI = Dpdk.library().abi();
    private static final int OPS_BYTES = ABI.sizeOf("rte_eth_fp_ops");
    private static final int RX_BURST = ABI.offset("rte_eth_fp_ops.rx_pkt_burst");
    private static final int RX_QUEUES = ABI.offset("rte_eth_fp_ops.rxq") + ABI.offset("rte_ethdev_qdata.data");
    private static final int TX_BURST = ABI.offset("rte_eth_fp_ops.tx_pkt_burst");
    private static final int TX_PREPARE = ABI.offset("rte_eth_fp_ops.tx_pkt_prepare");
    private static final int TX_QUEUES = ABI.offset("rte_eth_fp_ops.txq") + ABI.offset("rte_ethdev_qdata.data");
    private static final long ALL_OPS = Dpdk.library().address("rte_eth_fp_ops");

    private static final MethodHandle BURST = Dpdk.criticalPointer(3);
    private final long ops;
    private final long rxQueue;
    private final long txQueue;

    // A driver may exchange its functions at any time, such as when its device is pulled out.
    private long rxAddress;
    private MemorySegment rxFunction = MemorySegment.NULL;
    private long txAddress;
    private MemorySegment txFunction = MemorySegment.NULL;
    private long prepareAddress;
    private MemorySegment prepareFunction = MemorySegment.NULL;

    /**
     * Of a port that has been started.
     *
     * @param maySleep whether the driver may wait in the kernel
     */
    static BurstFunctions of(int port, int queue, boolean maySleep) {
        return maySleep ? new Sleeping(port, queue) : new BurstFunctions(port, queue);
    }

    private BurstFunctions(int port, int queue) {
        ops = ALL_OPS + (long) port * OPS_BYTES;
        rxQueue = RawMemory.getLong(RawMemory.getLong(ops + RX_QUEUES) + 8L * queue);
        txQueue = RawMemory.getLong(RawMemory.getLong(ops + TX_QUEUES) + 8L * queue);
    }

    /** Writes the addresses of at most {@code max} received mbufs to {@code table}; returns how many. */
    int receive(long table, int max) {
        long current = RawMemory.getLong(ops + RX_BURST);
        if (current != rxAddress) {
            rxAddress = current;
            rxFunction = MemorySegment.ofAddress(current);
        }
        return call(rxFunction, rxQueue, table, max);
    }

    /** Offers mbufs; returns how many of the first the driver took. */
    int transmit(long table, int count) {
        long current = RawMemory.getLong(ops + TX_BURST);
        if (current != txAddress) {
            txAddress = current;
            txFunction = MemorySegment.ofAddress(current);
        }
        return call(txFunction, txQueue, table, count);
    }

    /** Lets the driver look at packets with offloads before they are offered; returns how many of the first are fit to go. */
    int prepare(long table, int count) {
        long current = RawMemory.getLong(ops + TX_PREPARE);
        if (current == 0) {
            return count;
        }
        if (current != prepareAddress) {
            prepareAddress = current;
            prepareFunction = MemorySegment.ofAddress(current);
        }
        return call(prepareFunction, txQueue, table, count);
    }

    int call(MemorySegment function, long queue, long table, int count) {
        try {
            return (int) BURST.invokeExact(function, queue, table, (long) count) & 0xffff;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /**
     * For drivers that may wait in the kernel: a call takes four nanoseconds more, and no collection of garbage has to wait
     * with it.
     */
    private static final class Sleeping extends BurstFunctions {
        private static final MethodHandle SLEEPING_BURST = Dpdk.pointer(3);

        private Sleeping(int port, int queue) {
            super(port, queue);
        }

        @Override
        int call(MemorySegment function, long queue, long table, int count) {
            try {
                return (int) SLEEPING_BURST.invokeExact(function, queue, table, (long) count) & 0xffff;
            } catch (Throwable e) {
                throw Dpdk.unexpected(e);
            }
        }
    }
}
