package io.penstock.datapath.device.afxdp;

import io.penstock.linux.RawMemory;
import io.penstock.linux.net.XdpSocket.RingMapping;

/** Frames for the kernel to receive into: one u64 each, the frame's offset in the UMEM. */
final class FillRing extends ProducerRing {
    FillRing(RingMapping mapping) {
        super(mapping);
    }

    void put(int i, long umemOffset) {
        RawMemory.putLong(descriptorsAddress + ((long) slot(i) << 3), umemOffset);
    }
}
