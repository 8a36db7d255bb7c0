package io.penstock.datapath.device.afxdp;

import io.penstock.linux.RawMemory;
import io.penstock.linux.net.XdpSocket.RingMapping;

/** A ring that the kernel fills and we empty: completion and rx. */
abstract class ConsumerRing extends MappedRing {
    private int consumed;
    /** The kernel's index when it was last looked at. */
    private int available;

    ConsumerRing(RingMapping mapping) {
        super(mapping);
        consumed = RawMemory.getInt(consumerAddress);
        available = consumed;
    }

    /** How many descriptors can be read now, at most {@code wanted}; one load from the kernel's line when none is known. */
    final int available(int wanted) {
        int known = available - consumed;
        if (known == 0) {
            available = RawMemory.getIntAcquire(producerAddress);
            known = available - consumed;
        }
        return Math.min(known, wanted);
    }

    /** The slot of the {@code i}-th descriptor that is not yet given back. */
    final int slot(int i) {
        return (consumed + i) & mask;
    }

    /** Gives {@code count} descriptors that were read back to the kernel. */
    final void release(int count) {
        consumed += count;
        RawMemory.putIntRelease(consumerAddress, consumed);
    }
}
