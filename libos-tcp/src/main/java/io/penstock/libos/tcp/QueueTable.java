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
 * <p>A queue's attachment comes back in its completions, those too that are taken after it was closed: so the slot of a
 * queue that has one is free only when the last of them was taken. A queue knows its descriptor, its attachment and how many of
 * its operations are not taken; a slot takes all that over when its queue is closed before. Owner's thread.
 */
final class QueueTable {
    /** Leaves eleven bits for generations. */
    static final int MAX_CAPACITY = 1 << 20;

    private static final Completion.Writer WRITER = Completion.writer(new StackGrant());

    private final Socket[] queues;
    /** The descriptor that a slot has or gives next. */
    private final int[] descriptors;
    /** Of a closed queue with an attachment: that, and how many operations were not taken; 0 of all others. */
    private final Object[] attachments;

    private final int[] untaken;
    /** Free slots as a ring. */
    private final int[] free;

    private final int slotMask;
    private final int generationStep;
    private int freeHead;
    private int freeCount;

    QueueTable(int capacity) {
        int slots = Integer.highestOneBit(Math.max(2, capacity) - 1) << 1;
        queues = new Socket[capacity];
        descriptors = new int[capacity];
        attachments = new Object[capacity];
        untaken = new int[capacity];
        free = new int[capacity];
        slotMask = slots - 1;
        generationStep = slots;
        for (int i = 0; i < capacity; i++) {
            descriptors[i] = generationStep | i;
            free[i] = i;
        }
        freeCount = capacity;
    }

    /** Gives a queue a descriptor, and notes it there. Returns 0 if all are in use. */
    int add(Socket queue) {
        if (freeCount == 0) {
            return 0;
        }
        int slot = free[freeHead];
        freeHead = freeHead + 1 == free.length ? 0 : freeHead + 1;
        freeCount--;
        queues[slot] = queue;
        queue.descriptor(descriptors[slot]);
        return descriptors[slot];
    }

    /** The queue with this descriptor; null if it is stale. */
    private Socket lookUp(int descriptor) {
        int slot = descriptor & slotMask;
        if (slot >= queues.length) {
            return null;
        }
        Socket queue = queues[slot];
        return queue != null && queue.descriptor() == descriptor ? queue : null;
    }

    /**
     * The queue with this descriptor.
     *
     * @throws InvalidQueueException if it is stale
     */
    Socket get(int descriptor) {
        Socket queue = lookUp(descriptor);
        if (queue == null) {
            throw new InvalidQueueException(descriptor);
        }
        return queue;
    }

    /** Whether this descriptor leads to a queue. */
    boolean has(int descriptor) {
        return lookUp(descriptor) != null;
    }

    /** Whether this descriptor still leads to this queue. */
    boolean leadsTo(int descriptor, Socket queue) {
        return lookUp(descriptor) == queue;
    }

    /** Makes the descriptor of a queue that there is stale. */
    void remove(int descriptor) {
        int slot = descriptor & slotMask;
        Socket queue = queues[slot];
        queues[slot] = null;
        if (queue.attachment() == null || queue.untaken() == 0) {
            free(slot);
        } else {
            attachments[slot] = queue.attachment();
            untaken[slot] = queue.untaken();
        }
        queue.attach(null);
    }

    private void free(int slot) {
        int next = (descriptors[slot] + generationStep) & Integer.MAX_VALUE;
        descriptors[slot] = next < generationStep ? generationStep | slot : next;
        int tail = freeHead + freeCount;
        free[tail >= free.length ? tail - free.length : tail] = slot;
        freeCount++;
    }

    /** The completion of an operation was taken: gives it its queue's attachment. */
    void taken(Completion out) {
        Socket queue = lookUp(out.queue());
        if (queue == null) {
            takenOfClosed(out);
            return;
        }
        queue.taken();
        if (queue.attachment() != null) { // it has none yet, and to write a reference is more than to read one
            WRITER.attachment(out, queue.attachment());
        }
    }

    private void takenOfClosed(Completion out) {
        int slot = out.queue() & slotMask;
        if (untaken[slot] == 0 || descriptors[slot] != out.queue()) {
            return; // it had none
        }
        WRITER.attachment(out, attachments[slot]);
        if (--untaken[slot] == 0) {
            attachments[slot] = null;
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
        return descriptors[slot];
    }
}
