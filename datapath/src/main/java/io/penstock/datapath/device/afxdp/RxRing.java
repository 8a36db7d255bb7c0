package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.os.XdpSocket.RingMapping;
import io.penstock.memory.os.RawMemory;

/**
 * Received packets.
 *
 * <pre>
 *   struct xdp_desc
 *    0 +-------------------------------+
 *      | addr: offset in the UMEM      |
 *    8 +---------------+---------------+
 *      | len           | options       |
 *   16 +---------------+---------------+
 * </pre>
 */
final class RxRing extends ConsumerRing {
    RxRing(RingMapping mapping) {
        super(mapping);
    }

    /** The address of the {@code i}-th descriptor. */
    long descriptor(int i) {
        return descriptorsAddress + ((long) slot(i) << 4);
    }

    static long umemOffset(long descriptor) {
        return RawMemory.getLong(descriptor);
    }

    static int lengthBytes(long descriptor) {
        return RawMemory.getInt(descriptor + 8);
    }
}
