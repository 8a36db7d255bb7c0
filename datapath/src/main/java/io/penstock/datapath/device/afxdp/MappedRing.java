package io.penstock.datapath.device.afxdp;

import io.penstock.linux.RawMemory;
import io.penstock.linux.net.XdpSocket;
import io.penstock.linux.net.XdpSocket.RingMapping;

/**
 * One of the four rings that a socket shares with the kernel: single producer, single consumer, no locks.
 *
 * <pre>
 *            consumer            producer
 *               v                   v
 *   +---+---+---+===+===+===+===+===+---+---+       indices run freely and wrap at 2^32;
 *   |   |   |   | x | x | x | x | x |   |   |       the slot is index &amp; mask
 *   +---+---+---+===+===+===+===+===+---+---+
 * </pre>
 *
 * <p>Either side publishes its own index with a release and reads the other's with an acquire. The other's index is
 * remembered, so that its cache line, which the kernel's core writes, is only read when the memory says "empty" or
 * "full".
 */
abstract class MappedRing {
    final long producerAddress;
    final long consumerAddress;
    final long flagsAddress;
    final long descriptorsAddress;
    final int entries;
    final int mask;

    MappedRing(RingMapping mapping) {
        producerAddress = mapping.address() + mapping.offsets().producer();
        consumerAddress = mapping.address() + mapping.offsets().consumer();
        flagsAddress = mapping.address() + mapping.offsets().flags();
        descriptorsAddress = mapping.address() + mapping.offsets().descriptors();
        entries = mapping.entries();
        mask = entries - 1;
    }

    /** Whether the kernel sleeps on this ring and wants to be called. */
    final boolean needsWakeup() {
        return (RawMemory.getIntOpaque(flagsAddress) & XdpSocket.RING_NEED_WAKEUP) != 0;
    }
}
