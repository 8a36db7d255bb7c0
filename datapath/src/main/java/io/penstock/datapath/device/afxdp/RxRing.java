package io.penstock.datapath.device.afxdp;

import io.penstock.linux.RawMemory;
import io.penstock.linux.net.XdpSocket.RingMapping;

/**
 * Received packets.
 *
 * <pre>
 *   struct xdp_desc
 *    0 +-------------------------------+
 *      | addr: chunk's offset in the UMEM; with unaligned chunks bits 48 to 63: offset in the chunk
 *    8 +---------------+---------------+
 *      | len           | options       |
 *   16 +---------------+---------------+
 * </pre>
 */
final class RxRing extends ConsumerRing {
    private static final int UNALIGNED_OFFSET_SHIFT = 48;
    private static final long CHUNK = (1L << UNALIGNED_OFFSET_SHIFT) - 1;

    RxRing(RingMapping mapping) {
        super(mapping);
    }

    /** The address of the {@code i}-th descriptor. */
    long descriptor(int i) {
        return descriptorsAddress + ((long) slot(i) << 4);
    }

    /** Where the packet begins, however the UMEM was registered: with aligned chunks the upper bits are 0. */
    static long umemOffset(long descriptor) {
        long addr = RawMemory.getLong(descriptor);
        return (addr & CHUNK) + (addr >>> UNALIGNED_OFFSET_SHIFT);
    }

    static int lengthBytes(long descriptor) {
        return RawMemory.getInt(descriptor + 8);
    }
}
