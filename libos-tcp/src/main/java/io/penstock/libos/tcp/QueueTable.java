package io.penstock.libos.tcp;

import io.penstock.datapath.Completion;
import io.penstock.datapath.InvalidQueueException;
import io.penstock.datapath.grant.StackGrant;
import io.penstock.libos.tcp.ip.Socket;

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
 * told apart until its slot was used as often as there are generations.
 *
 * <p>Beside each queue stands its attachment, which its completions bring back, those too that are taken after it was
 * closed: so the slot of a queue that has one is free only when the last of them was taken. Owner's thread.
 */
final class QueueTable {
    /** Leaves eleven bits for generations. */
    static final int MAX_CAPACITY = 1 << 20;

    private static final Completion.Writer WRITER = Completion.writer(new StackGrant());

    /** A record of a slot: its descriptor, and how many operations of the queue were begun and not taken. */
    private static final int RECORD = 2;

    private static final int UNTAKEN = 1;

    private final Socket[] queues;
    private final Object[] attachments;
    private final int[] records;
    /** Free slots as a ring. */
    private final int[] free;

    private final int slotMask;
    private final int generationStep;
    private int freeHead;
    private int freeCount;

    QueueTable(int capacity) {
        int slots = Integer.highestOneBit(Math.max(2, capacity) - 1) << 1;
        queues = new Socket[capacity];
        attachments = new Object[capacity];
        records = new int[RECORD * capacity];
        free = new int[capacity];
        slotMask = slots - 1;
        generationStep = slots;
        for (int i = 0; i < capacity; i++) {
            records[RECORD * i] = generationStep | i;
            free[i] = i;
        }
        freeCount = capacity;
    }

    /** Gives a queue a descriptor. Returns 0 if all are in use. */
    int add(Socket queue) {
        if (freeCount == 0) {
            return 0;
        }
        int slot = free[freeHead];
        freeHead = freeHead + 1 == free.length ? 0 : freeHead + 1;
        freeCount--;
        queues[slot] = queue;
        records[RECORD * slot + UNTAKEN] = 0;
        return records[RECORD * slot];
    }

    /**
     * The queue with this descriptor.
     *
     * @throws InvalidQueueException if it is stale
     */
    Socket get(int descriptor) {
        int slot = descriptor & slotMask;
        if (slot >= queues.length || records[RECORD * slot] != descriptor || queues[slot] == null) {
            throw new InvalidQueueException(descriptor);
        }
        return queues[slot];
    }

    /** Whether this descriptor leads to a queue. */
    boolean has(int descriptor) {
        int slot = descriptor & slotMask;
        return slot < queues.length && records[RECORD * slot] == descriptor && queues[slot] != null;
    }

    /** Whether this descriptor still leads to this queue. */
    boolean leadsTo(int descriptor, Socket queue) {
        int slot = descriptor & slotMask;
        return slot < queues.length && records[RECORD * slot] == descriptor && queues[slot] == queue;
    }

    /** Makes the descriptor of a queue stale. */
    void remove(int descriptor) {
        int slot = descriptor & slotMask;
        queues[slot] = null;
        if (attachments[slot] == null || records[RECORD * slot + UNTAKEN] == 0) {
            free(slot);
        }
    }

    private void free(int slot) {
        attachments[slot] = null;
        int next = (records[RECORD * slot] + generationStep) & Integer.MAX_VALUE;
        records[RECORD * slot] = next < generationStep ? generationStep | slot : next;
        int tail = freeHead + freeCount;
        free[tail >= free.length ? tail - free.length : tail] = slot;
        freeCount++;
    }

    // ---- attachments

    /** What is attached to a queue that there is; null if nothing is. */
    Object attachment(int descriptor) {
        return attachments[descriptor & slotMask];
    }

    /** Attaches something to a queue that there is; null: nothing. */
    void attach(int descriptor, Object attachment) {
        attachments[descriptor & slotMask] = attachment;
    }

    /** An operation of a queue that there is has begun. */
    void begun(int descriptor) {
        records[RECORD * (descriptor & slotMask) + UNTAKEN]++;
    }

    /** The completion of an operation was taken: gives it its queue's attachment. */
    void taken(Completion out) {
        int descriptor = out.queue();
        int slot = descriptor & slotMask;
        if (records[RECORD * slot] != descriptor) {
            return; // it was closed, and had none
        }
        Object attachment = attachments[slot];
        if (attachment != null) { // it has none yet, and to write a reference is more than to read one
            WRITER.attachment(out, attachment);
        }
        if (--records[RECORD * slot + UNTAKEN] == 0 && queues[slot] == null) {
            free(slot);
        }
    }

    /** How many queues there are, with those that are closed and of which a completion is to bring the attachment. */
    int count() {
        return queues.length - freeCount;
    }

    int capacity() {
        return queues.length;
    }

    /** The queue in a slot, or null: for going through all of them. */
    Socket at(int slot) {
        return queues[slot];
    }

    int descriptorAt(int slot) {
        return records[RECORD * slot];
    }
}
