package io.penstock.datapath.device.afxdp;

import io.penstock.linux.RawMemory;
import io.penstock.linux.net.XdpSocket.RingMapping;

/** A ring that we fill and the kernel empties: fill and tx. */
abstract class ProducerRing extends MappedRing {
    private int produced;
    /** The kernel's index plus the ring's size when it was last looked at: how far we may go. */
    private int limit;

    ProducerRing(RingMapping mapping) {
        super(mapping);
        produced = RawMemory.getInt(producerAddress);
        limit = RawMemory.getIntAcquire(consumerAddress) + entries;
    }

    /** How many descriptors can be written now; looks at the kernel's index only if fewer than {@code wanted} are known. */
    final int free(int wanted) {
        int free = limit - produced;
        if (free < wanted) {
            limit = RawMemory.getIntAcquire(consumerAddress) + entries;
            free = limit - produced;
        }
        return free;
    }

    /** How many descriptors the kernel has not yet taken. */
    final int pending() {
        return produced - RawMemory.getIntAcquire(consumerAddress);
    }

    /** The slot of the {@code i}-th descriptor that is not yet published. */
    final int slot(int i) {
        return (produced + i) & mask;
    }

    /** Hands {@code count} written descriptors to the kernel. */
    final void submit(int count) {
        produced += count;
        RawMemory.putIntRelease(producerAddress, produced);
    }
}
