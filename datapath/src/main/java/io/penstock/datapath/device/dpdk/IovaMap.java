package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import io.penstock.memory.Region;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a region's bytes lie for a device: at the process' own addresses behind an IOMMU and for virtual devices, at the
 * physical ones else.
 */
final class IovaMap {
    private final long address;
    private final long lengthBytes;
    private final int pageShift;
    /** Null if the addresses are the process' own. */
    private final long[] pages;

    private IovaMap(long address, long lengthBytes, int pageShift, long[] pages) {
        this.address = address;
        this.lengthBytes = lengthBytes;
        this.pageShift = pageShift;
        this.pages = pages;
    }

    static IovaMap of(Region region, boolean iovaIsVirtual) {
        int shift = Long.numberOfTrailingZeros(region.pageKind().sizeBytes());
        if (iovaIsVirtual) {
            return new IovaMap(region.address(), region.lengthBytes(), shift, null);
        }
        long[] pages = new long[(int) (region.lengthBytes() >>> shift)];
        for (int i = 0; i < pages.length; i++) {
            pages[i] = region.physicalAddress(region.address() + ((long) i << shift));
            if (pages[i] < 0) {
                throw new ConfigurationException(
                        "without an IOMMU a NIC needs physical addresses, which only root may read:"
                                + " run as root, or switch the IOMMU on (intel_iommu=on) and bind the NIC to vfio-pci");
            }
        }
        return new IovaMap(region.address(), region.lengthBytes(), shift, pages);
    }

    long of(long at) {
        if (pages == null) {
            return at;
        }
        long offset = at - address;
        return pages[(int) (offset >>> pageShift)] + (offset & (1L << pageShift) - 1);
    }

    /** Whether a device sees these bytes in one piece. */
    boolean isOnePiece(long at, int bytes) {
        return pages == null || (at ^ (at + bytes - 1)) >>> pageShift == 0;
    }

    /** A stretch of the region, in pieces that a device sees as one. */
    List<Mempool.Piece> pieces(long from, long bytes) {
        if (pages == null) {
            return List.of(new Mempool.Piece(from, from, bytes));
        }
        List<Mempool.Piece> pieces = new ArrayList<>();
        long page = 1L << pageShift;
        for (long at = from; at < from + bytes; ) {
            long end = Math.min(from + bytes, (at & -page) + page);
            pieces.add(new Mempool.Piece(at, of(at), end - at));
            at = end;
        }
        return pieces;
    }

    long lengthBytes() {
        return lengthBytes;
    }
}
