package io.penstock.datapath.device.afxdp;

import io.penstock.linux.RawMemory;
import io.penstock.linux.net.XdpSocket.RingMapping;

/** Frames that have been sent: one u64 each, the offset in the UMEM that was offered for transmission. */
final class CompletionRing extends ConsumerRing {
    CompletionRing(RingMapping mapping) {
        super(mapping);
    }

    long umemOffset(int i) {
        return RawMemory.getLong(descriptorsAddress + ((long) slot(i) << 3));
    }
}
