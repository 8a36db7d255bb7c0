package io.penstock.datapath.device.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Memory that a device may read and write through the IOMMU. DPDK does this by itself for its own memory only ({@code
 * rte_extmem_register}: "it is expected that user will do that themselves").
 */
final class DmaMapping implements AutoCloseable {
    private static final Abi ABI = Dpdk.library().abi();
    private static final int EIO = 5;
    private static final int ENOTSUP = 95;
    private static final int EEXIST = 17;

    private final long device;
    private final List<Mempool.Piece> pieces;
    private int mapped;

    private DmaMapping(long device, List<Mempool.Piece> pieces) {
        this.device = device;
        this.pieces = pieces;
    }

    /**
     * Maps memory for the device of a port; nothing if it needs no such thing.
     *
     * @throws RefusedException if it needs it and cannot have it
     */
    static DmaMapping of(int port, List<Mempool.Piece> pieces) {
        DmaMapping mapping = new DmaMapping(deviceOf(port), pieces);
        boolean done = false;
        try {
            mapping.map();
            done = true;
            return mapping;
        } finally {
            if (!done) {
                mapping.close();
            }
        }
    }

    private void map() {
        for (Mempool.Piece piece : pieces) {
            int errno = call("rte_dev_dma_map", piece);
            if (errno == ENOTSUP) {
                return; // a virtual device, or one without an IOMMU
            }
            if (errno != EEXIST) {
                RefusedException.check("mapping memory for its DMA", -errno);
            }
            mapped++;
        }
    }

    private static long deviceOf(int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(ABI.sizeOf("rte_eth_dev_info"), 8);
            RefusedException.check("asking for its abilities", (int)
                    Dpdk.intFunction("rte_eth_dev_info_get", 2).invokeExact((long) port, info.address()));
            return info.get(ValueLayout.JAVA_LONG, ABI.offset("rte_eth_dev_info.device"));
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** Returns 0 or a positive errno. */
    private int call(String function, Mempool.Piece piece) {
        try {
            Eal.clearErrno(); // not all that fail set it
            int result = (int) Dpdk.intFunction(function, 4)
                    .invokeExact(device, piece.address(), piece.iova(), piece.lengthBytes());
            return result == 0 ? 0 : Eal.rteErrno() == 0 ? EIO : Eal.rteErrno();
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** How many pieces the device was given. */
    int mapped() {
        return mapped;
    }

    @Override
    public void close() {
        while (mapped > 0) {
            int _ = call("rte_dev_dma_unmap", pieces.get(--mapped));
        }
    }
}
