package io.penstock.datapath.stack;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.InvalidTokenException;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.grant.StackGrant;
import io.penstock.memory.Buffer;

/**
 * The operations that wait and the completions that wait to be taken: the tokens of one stack.
 *
 * <pre>
 *   token   63            32 31             0
 *          +----------------+---------------+
 *          |   generation   |   slot + 1    |
 *          +----------------+---------------+
 *
 *   slot:   free -- open() --&gt; waiting -- complete() --&gt; done -- take() --&gt; free
 *             ^  generation + 1                                                |
 *             +----------------------------------------------------------------+
 * </pre>
 *
 * <p>Done slots are linked in the order in which they completed, so that taking the next one costs the same however many
 * wait. Nothing is allocated after construction. Owner's thread only.
 *
 * <pre>
 *   record   | kind | generation | queue | newQueue | lengthBytes | next | previousDone, last | count |   eight ints
 *   kind       31          24 23     16 15     8 7      0
 *             +--------------+---------+--------+--------+
 *             | peer is set  | status  | opcode | state  |
 *             +--------------+---------+--------+--------+
 * </pre>
 *
 * <p>A slot's fields lie together: where operations are many, one miss of the caches brings all of them.
 *
 * <p>Stacks keep lists of waiting slots here, first in, first out ({@link #append}, {@link #rest}): all that a stack's queue
 * needs for one is its first slot, whose record also says which is the last and how many there are.
 */
@SuppressWarnings("EnumOrdinal") // four values in one int; read back through values(), in this class alone
public final class OperationTable {
    /** No slot. */
    public static final int NONE = -1;

    private static final Completion.Writer WRITER = Completion.writer(new StackGrant());

    private static final int FREE = 0;
    private static final int WAITING = 1;
    private static final int DONE = 2;

    private static final int STATE_MASK = 0xff;
    private static final int OPCODE_SHIFT = 8;
    private static final int STATUS_SHIFT = 16;
    private static final int HAS_PEER = 1 << 24;
    private static final Opcode[] OPCODES = Opcode.values();
    private static final Status[] STATUSES = Status.values();

    /** A record's length, and where its fields are. */
    private static final int RECORD = 8;

    private static final int KIND = 0;
    private static final int GENERATION = 1;
    private static final int QUEUE = 2;
    private static final int NEW_QUEUE = 3;
    private static final int LENGTH_BYTES = 4;
    /** Free list, a queue's waiting list (the stack's), or the done list: a slot stands in one of them. */
    private static final int NEXT = 5;

    private static final int PREVIOUS_DONE = 6;

    /** Of the first one of a list: its last one, and how many there are. */
    private static final int LAST = PREVIOUS_DONE;

    private static final int COUNT = 7;

    private final int capacity;
    private final int[] records;
    private final Buffer[] buffer;
    private final long[] peerHigh;
    private final long[] peerLow;
    private final int[] peerPort;
    private int freeHead;
    private int doneHead = NONE;
    private int doneTail = NONE;
    private int waiting;
    private int done;

    /**
     * @param capacity how many operations may wait or be done and not yet taken
     */
    public OperationTable(int capacity) {
        this.capacity = capacity;
        records = new int[Math.multiplyExact(capacity, RECORD)];
        buffer = new Buffer[capacity];
        peerHigh = new long[capacity];
        peerLow = new long[capacity];
        peerPort = new int[capacity];
        for (int slot = 0; slot < capacity; slot++) {
            records[slot * RECORD + GENERATION] = 1;
            records[slot * RECORD + NEXT] = slot + 1 < capacity ? slot + 1 : NONE;
        }
    }

    /** Takes a slot for an operation. Returns {@link #NONE} if all are in use. */
    public int open(Opcode op, int queueDescriptor) {
        int slot = freeHead;
        if (slot == NONE) {
            return NONE;
        }
        int record = slot * RECORD;
        freeHead = records[record + NEXT];
        records[record + NEXT] = NONE;
        records[record + KIND] = WAITING | op.ordinal() << OPCODE_SHIFT;
        records[record + QUEUE] = queueDescriptor;
        records[record + NEW_QUEUE] = 0;
        records[record + LENGTH_BYTES] = 0;
        waiting++;
        return slot;
    }

    private int state(int slot) {
        return records[slot * RECORD + KIND] & STATE_MASK;
    }

    private int generation(int slot) {
        return records[slot * RECORD + GENERATION];
    }

    /** The token of an open slot. */
    public long token(int slot) {
        return (long) generation(slot) << 32 | (slot + 1);
    }

    /**
     * The slot of a token.
     *
     * @throws InvalidTokenException if it is stale
     */
    public int slotOf(long token) {
        int slot = (int) token - 1;
        if (slot < 0 || slot >= capacity || generation(slot) != (int) (token >>> 32) || state(slot) == FREE) {
            throw new InvalidTokenException(token);
        }
        return slot;
    }

    // ---- what a stack notes in a waiting slot

    /**
     * Adds a waiting slot to the end of a list.
     *
     * @param first the list's first slot, {@link #NONE} if it is empty
     * @param slot it stands in no list
     * @return the list's first slot
     */
    public int append(int first, int slot) {
        int record = slot * RECORD;
        records[record + NEXT] = NONE;
        if (first == NONE) {
            records[record + LAST] = slot;
            records[record + COUNT] = 1;
            return slot;
        }
        int firstRecord = first * RECORD;
        link(records[firstRecord + LAST], slot);
        records[firstRecord + LAST] = slot;
        records[firstRecord + COUNT]++;
        return first;
    }

    /** The list without its first slot, which may be completed then. */
    public int rest(int first) {
        int firstRecord = first * RECORD;
        int second = records[firstRecord + NEXT];
        if (second != NONE) {
            records[second * RECORD + LAST] = records[firstRecord + LAST];
            records[second * RECORD + COUNT] = records[firstRecord + COUNT] - 1;
        }
        return second;
    }

    /** How many slots stand in a list. */
    public int count(int first) {
        return first == NONE ? 0 : records[first * RECORD + COUNT];
    }

    /** Ends all operations of a list, having moved nothing. */
    public void completeAll(int first, Status how) {
        int slot = first;
        while (slot != NONE) {
            int next = rest(slot);
            lengthBytes(slot, 0);
            complete(slot, how);
            slot = next;
        }
    }

    private int next(int slot) {
        return records[slot * RECORD + NEXT];
    }

    private void link(int slot, int following) {
        records[slot * RECORD + NEXT] = following;
    }

    /** How many bytes: a pop's limit while it waits, the number moved when it is done. */
    public int lengthBytes(int slot) {
        return records[slot * RECORD + LENGTH_BYTES];
    }

    public void lengthBytes(int slot, int bytes) {
        records[slot * RECORD + LENGTH_BYTES] = bytes;
    }

    public void newQueue(int slot, int descriptor) {
        records[slot * RECORD + NEW_QUEUE] = descriptor;
    }

    /** The buffer of a completed pop; the reference passes to whoever takes the completion. */
    public void buffer(int slot, Buffer taken) {
        buffer[slot] = taken;
    }

    /** Notes who is on the other side: address and port as {@link Endpoint} holds them. */
    public void peer(int slot, long high, long low, int port) {
        records[slot * RECORD + KIND] |= HAS_PEER;
        peerHigh[slot] = high;
        peerLow[slot] = low;
        peerPort[slot] = port;
    }

    /** Ends an operation. Exactly once for each slot. */
    public void complete(int slot, Status how) {
        int record = slot * RECORD;
        int kind = records[record + KIND];
        if ((kind & STATE_MASK) != WAITING) {
            throw new IllegalStateException("operation " + slot + " ended twice");
        }
        records[record + KIND] = kind - WAITING + DONE | how.ordinal() << STATUS_SHIFT;
        waiting--;
        done++;
        records[record + NEXT] = NONE;
        records[record + PREVIOUS_DONE] = doneTail;
        if (doneTail == NONE) {
            doneHead = slot;
        } else {
            link(doneTail, slot);
        }
        doneTail = slot;
    }

    // ---- what a wait takes

    /** The slot that completed first of those not taken, or {@link #NONE}. */
    public int firstDone() {
        return doneHead;
    }

    /** The slot that completed last, or {@link #NONE}: the end of this turn's work. */
    public int lastDone() {
        return doneTail;
    }

    public boolean isDone(int slot) {
        return state(slot) == DONE;
    }

    /** Moves a done slot's result to {@code out} and frees the slot. */
    public void take(int slot, Completion out) {
        int record = slot * RECORD;
        int kind = records[record + KIND];
        if ((kind & STATE_MASK) != DONE) {
            throw new IllegalStateException("operation " + slot + " has not ended");
        }
        WRITER.set(
                out,
                OPCODES[kind >>> OPCODE_SHIFT & 0xff],
                STATUSES[kind >>> STATUS_SHIFT & 0xff],
                records[record + QUEUE],
                token(slot));
        WRITER.transfer(out, buffer[slot], records[record + LENGTH_BYTES]);
        WRITER.newQueue(out, records[record + NEW_QUEUE]);
        if ((kind & HAS_PEER) != 0) {
            WRITER.peer(out, peerHigh[slot], peerLow[slot], peerPort[slot]);
        }
        buffer[slot] = null;
        unlinkDone(record);
        done--;
        records[record + KIND] = FREE;
        // Never negative, for tokens are positive, and never 0: then none is as small as a queue's descriptor.
        int following = records[record + GENERATION] + 1;
        records[record + GENERATION] = following < 0 ? 1 : following;
        records[record + NEXT] = freeHead;
        freeHead = slot;
    }

    /** Releases the buffers of completions that nobody will take any more: the stack is closed. */
    public void releaseUntaken() {
        for (int slot = doneHead; slot != NONE; slot = next(slot)) {
            if (buffer[slot] != null) {
                buffer[slot].release();
                buffer[slot] = null;
            }
        }
    }

    private void unlinkDone(int record) {
        int before = records[record + PREVIOUS_DONE];
        int after = records[record + NEXT];
        if (before == NONE) {
            doneHead = after;
        } else {
            link(before, after);
        }
        if (after == NONE) {
            doneTail = before;
        } else {
            records[after * RECORD + PREVIOUS_DONE] = before;
        }
    }

    /** How many operations wait. */
    public int waiting() {
        return waiting;
    }

    /** How many completions wait to be taken. */
    public int done() {
        return done;
    }

    /**
     * Whether few slots are free: then a queue that has pushes under way gets no more, so that peers that acknowledge nothing
     * leave room for the operations of others.
     */
    public boolean areFew() {
        return capacity - waiting - done < capacity >>> 2;
    }

    public int capacity() {
        return capacity;
    }
}
