package io.penstock.datapath.device.afxdp;

import io.penstock.linux.RawMemory;
import io.penstock.linux.net.XdpSocket.RingMapping;

/** Packets to transmit; the descriptors look as {@link RxRing}'s. */
final class TxRing extends ProducerRing {
    TxRing(RingMapping mapping) {
        super(mapping);
    }

    void put(int i, long umemOffset, int lengthBytes) {
        long descriptor = descriptorsAddress + ((long) slot(i) << 4);
        RawMemory.putLong(descriptor, umemOffset);
        RawMemory.putInt(descriptor + 8, lengthBytes);
        RawMemory.putInt(descriptor + 12, 0);
    }
}
