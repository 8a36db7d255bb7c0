package io.penstock.datapath.device.sim;

import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * One direction of a simulated wire: the packets that travel, ordered by when they arrive.
 *
 * <pre>
 *   slots   | packet | packet | .... |  slotBytes each, the bytes of a travelling packet
 *   heap    [ slot, slot, ... ]         by arrival time, then by the order of sending
 *   free    [ slot, slot, ... ]
 * </pre>
 *
 * <p>Bounded: when all slots travel, the sender is told that the wire is full. One thread.
 */
final class Direction {
    private final Conditions conditions;
    private final SplittableRandom random;
    private final int slotBytes;
    /** Keeps the memory alive; freed with this object. */
    private final MemorySegment memory;

    private final long[] arrival;
    private final long[] order;
    private final int[] length;
    private final int[] heap;
    private final int[] free;
    private int travelling;
    private int freeCount;
    private long sequence;
    private long lineFreeNanos;
    private long lastArrivalNanos;

    private long lost;
    private long reordered;
    private long duplicated;
    private long corrupted;

    Direction(Conditions conditions, long seedSalt, int capacityPackets, int slotBytes) {
        this.conditions = new Conditions(conditions);
        this.random = new SplittableRandom(conditions.seed ^ seedSalt);
        this.slotBytes = slotBytes;
        this.memory = Arena.ofAuto().allocate((long) capacityPackets * slotBytes, 64);
        this.arrival = new long[capacityPackets];
        this.order = new long[capacityPackets];
        this.length = new int[capacityPackets];
        this.heap = new int[capacityPackets];
        this.free = new int[capacityPackets];
        for (int i = capacityPackets - 1; i >= 0; i--) {
            free[freeCount++] = i;
        }
    }

    /** Sends a packet. Returns false if the wire is full, and it was not taken. */
    boolean send(long address, int lengthBytes, long nowNanos) {
        if (freeCount < 2) { // one for a duplicate
            return false;
        }
        Conditions c = conditions;
        long departs = Math.max(nowNanos, lineFreeNanos);
        if (c.bitsPerSecond > 0) {
            departs += lengthBytes * 8L * 1_000_000_000L / c.bitsPerSecond;
            lineFreeNanos = departs;
        }
        if (lengthBytes > slotBytes || happens(c.lossPercent)) {
            lost++;
            return true;
        }
        long arrives = departs + c.delayNanos + (c.jitterNanos == 0 ? 0 : random.nextLong(c.jitterNanos + 1));
        if (happens(c.reorderPercent)) {
            arrives += 1 + (c.holdNanos == 0 ? 0 : random.nextLong(c.holdNanos));
            reordered++;
        } else {
            arrives = Math.max(arrives, lastArrivalNanos);
            lastArrivalNanos = arrives;
        }
        int slot = put(address, lengthBytes, arrives);
        if (happens(c.corruptPercent)) {
            long at = slotAddress(slot) + random.nextInt(lengthBytes);
            RawMemory.putByte(at, (byte) (RawMemory.getByte(at) ^ 1 << random.nextInt(8)));
            corrupted++;
        }
        if (happens(c.duplicatePercent)) {
            put(address, lengthBytes, arrives + (c.holdNanos == 0 ? 0 : random.nextLong(c.holdNanos)));
            duplicated++;
        }
        return true;
    }

    private boolean happens(double percent) {
        return percent > 0 && random.nextDouble(100) < percent;
    }

    private int put(long address, int lengthBytes, long arrives) {
        int slot = free[--freeCount];
        RawMemory.copy(address, slotAddress(slot), lengthBytes);
        length[slot] = lengthBytes;
        arrival[slot] = arrives;
        order[slot] = sequence++;
        siftUp(travelling++, slot);
        return slot;
    }

    /** When the next packet arrives, or {@link Long#MAX_VALUE}. */
    long nextArrivalNanos() {
        return travelling == 0 ? Long.MAX_VALUE : arrival[heap[0]];
    }

    /** How long the packet that arrives next is. */
    int nextLength() {
        return length[heap[0]];
    }

    /** Where the packet that arrives next lies. */
    long nextAddress() {
        return slotAddress(heap[0]);
    }

    /** Takes the packet that arrived off the wire. */
    void removeNext() {
        int slot = heap[0];
        int last = heap[--travelling];
        if (travelling > 0) {
            siftDown(last);
        }
        free[freeCount++] = slot;
    }

    private long slotAddress(int slot) {
        return memory.address() + (long) slot * slotBytes;
    }

    private boolean before(int slot, int other) {
        long difference = arrival[slot] - arrival[other];
        return difference != 0 ? difference < 0 : order[slot] < order[other];
    }

    private void siftUp(int from, int slot) {
        int i = from;
        while (i > 0) {
            int parent = (i - 1) >>> 1;
            if (!before(slot, heap[parent])) {
                break;
            }
            heap[i] = heap[parent];
            i = parent;
        }
        heap[i] = slot;
    }

    private void siftDown(int slot) {
        int i = 0;
        while (true) {
            int child = 2 * i + 1;
            if (child >= travelling) {
                break;
            }
            if (child + 1 < travelling && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], slot)) {
                break;
            }
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = slot;
    }

    void clear() {
        while (travelling > 0) {
            free[freeCount++] = heap[--travelling];
        }
    }

    int travelling() {
        return travelling;
    }

    long lost() {
        return lost;
    }

    long reordered() {
        return reordered;
    }

    long duplicated() {
        return duplicated;
    }

    long corrupted() {
        return corrupted;
    }
}
