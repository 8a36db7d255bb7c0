package io.penstock.datapath.counters;

import io.penstock.linux.RawMemory;

/**
 * One number that one thread writes, with plain stores, and anybody may read.
 *
 * <p>On x86-64 and AArch64 an aligned store of eight bytes is atomic. A reader sees it as soon as it has left the store
 * buffer of the writer's core: in well under a microsecond.
 */
public final class Counter {
    private final long address;

    /**
     * @param address where the number lies; a multiple of eight, mapped for as long as the counter is used
     */
    public Counter(long address) {
        this.address = address;
    }

    public void increment() {
        RawMemory.putLong(address, RawMemory.getLong(address) + 1);
    }

    public void add(long amount) {
        RawMemory.putLong(address, RawMemory.getLong(address) + amount);
    }

    public void set(long value) {
        RawMemory.putLong(address, value);
    }

    /** Raises the number to {@code value} if it is lower. */
    public void raiseTo(long value) {
        if (value > RawMemory.getLong(address)) {
            RawMemory.putLong(address, value);
        }
    }

    public long get() {
        return RawMemory.getLong(address);
    }
}
