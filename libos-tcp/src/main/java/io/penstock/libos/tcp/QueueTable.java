package io.penstock.libos.tcp;

import io.penstock.datapath.InvalidQueueException;

/**
 * The queues of a stack by their descriptors.
 *
 * <pre>
 *   descriptor   31 30                      0
 *               +--+-----------+------------+
 *               |0 |generation |    slot    |   slot: as many bits as the capacity needs; generation: the rest, never 0
 *               +--+-----------+------------+
 * </pre>
 *
 * <p>Freed slots are used again in the order in which they were freed, with the next generation: a stale descriptor is
 * told apart until its slot was used as often as there are generations. Owner's thread.
 */
final class QueueTable {
    /** Leaves eleven bits for generations. */
    static final int MAX_CAPACITY = 1 << 20;

    private final Object[] queues;
    private final int[] descriptors;
    /** Free slots as a ring. */
    private final int[] free;

    private final int slotMask;
    private final int generationStep;
    private int freeHead;
    private int freeCount;

    QueueTable(int capacity) {
        int slots = Integer.highestOneBit(Math.max(2, capacity) - 1) << 1;
        queues = new Object[capacity];
        descriptors = new int[capacity];
        free = new int[capacity];
        slotMask = slots - 1;
        generationStep = slots;
        for (int i = 0; i < capacity; i++) {
            descriptors[i] = generationStep | i;
            free[i] = i;
        }
        freeCount = capacity;
    }

    /** Gives a queue a descriptor. Returns 0 if all are in use. */
    int add(Object queue) {
        if (freeCount == 0) {
            return 0;
        }
        int slot = free[freeHead];
        freeHead = freeHead + 1 == free.length ? 0 : freeHead + 1;
        freeCount--;
        queues[slot] = queue;
        return descriptors[slot];
    }

    /**
     * The queue with this descriptor.
     *
     * @throws InvalidQueueException if it is stale
     */
    Object get(int descriptor) {
        int slot = descriptor & slotMask;
        if (slot >= queues.length || descriptors[slot] != descriptor || queues[slot] == null) {
            throw new InvalidQueueException(descriptor);
        }
        return queues[slot];
    }

    /** Whether this descriptor leads to a queue. */
    boolean has(int descriptor) {
        int slot = descriptor & slotMask;
        return slot < queues.length && descriptors[slot] == descriptor && queues[slot] != null;
    }

    /** Whether this descriptor still leads to this queue. */
    boolean leadsTo(int descriptor, Object queue) {
        int slot = descriptor & slotMask;
        return slot < queues.length && descriptors[slot] == descriptor && queues[slot] == queue;
    }

    /** Makes a descriptor stale. */
    void remove(int descriptor) {
        int slot = descriptor & slotMask;
        queues[slot] = null;
        int next = (descriptor + generationStep) & Integer.MAX_VALUE;
        descriptors[slot] = next < generationStep ? generationStep | slot : next;
        int tail = freeHead + freeCount;
        free[tail >= free.length ? tail - free.length : tail] = slot;
        freeCount++;
    }

    /** How many queues there are. */
    int count() {
        return queues.length - freeCount;
    }

    int capacity() {
        return queues.length;
    }

    /** The queue in a slot, or null: for going through all of them. */
    Object at(int slot) {
        return queues[slot];
    }

    int descriptorAt(int slot) {
        return descriptors[slot];
    }
}
