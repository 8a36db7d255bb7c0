package io.penstock.datapath;

import io.penstock.memory.Buffer;
import java.util.Arrays;

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
 * wait. Struct of arrays; nothing is allocated after construction. Owner's thread only.
 *
 * <p>Stacks keep their own queues of waiting slots through {@link #link} (first in, first out for each queue).
 */
public final class OperationTable {
    /** No slot. */
    public static final int NONE = -1;

    private static final byte FREE = 0;
    private static final byte WAITING = 1;
    private static final byte DONE = 2;

    private final byte[] state;
    private final Opcode[] opcode;
    private final Status[] status;
    private final int[] generation;
    private final int[] queue;
    private final int[] newQueue;
    private final int[] lengthBytes;
    private final Buffer[] buffer;
    private final long[] peerHigh;
    private final long[] peerLow;
    private final int[] peerPort;
    /** Free list, a queue's waiting list (the stack's), or the done list: a slot stands in one of them. */
    private final int[] next;

    private final int[] previousDone;
    private int freeHead;
    private int doneHead = NONE;
    private int doneTail = NONE;
    private int waiting;
    private int done;

    /**
     * @param capacity how many operations may wait or be done and not yet taken
     */
    public OperationTable(int capacity) {
        state = new byte[capacity];
        opcode = new Opcode[capacity];
        status = new Status[capacity];
        generation = new int[capacity];
        Arrays.fill(generation, 1);
        queue = new int[capacity];
        newQueue = new int[capacity];
        lengthBytes = new int[capacity];
        buffer = new Buffer[capacity];
        peerHigh = new long[capacity];
        peerLow = new long[capacity];
        peerPort = new int[capacity];
        next = new int[capacity];
        previousDone = new int[capacity];
        Arrays.setAll(next, i -> i + 1 < capacity ? i + 1 : NONE);
    }

    /** Takes a slot for an operation. Returns {@link #NONE} if all are in use. */
    public int open(Opcode op, int queueDescriptor) {
        int slot = freeHead;
        if (slot == NONE) {
            return NONE;
        }
        freeHead = next[slot];
        next[slot] = NONE;
        state[slot] = WAITING;
        opcode[slot] = op;
        queue[slot] = queueDescriptor;
        newQueue[slot] = 0;
        lengthBytes[slot] = 0;
        peerHigh[slot] = 0;
        peerLow[slot] = 0;
        peerPort[slot] = 0;
        waiting++;
        return slot;
    }

    /** The token of an open slot. */
    public long token(int slot) {
        return (long) generation[slot] << 32 | (slot + 1);
    }

    /**
     * The slot of a token.
     *
     * @throws InvalidTokenException if it is stale
     */
    public int slotOf(long token) {
        int slot = (int) token - 1;
        if (slot < 0 || slot >= state.length || generation[slot] != (int) (token >>> 32) || state[slot] == FREE) {
            throw new InvalidTokenException(token);
        }
        return slot;
    }

    // ---- what a stack notes in a waiting slot

    /** The next slot in the stack's own list. */
    public int link(int slot) {
        return next[slot];
    }

    public void link(int slot, int following) {
        next[slot] = following;
    }

    /** How many bytes: a pop's limit while it waits, the number moved when it is done. */
    public int lengthBytes(int slot) {
        return lengthBytes[slot];
    }

    public void lengthBytes(int slot, int bytes) {
        lengthBytes[slot] = bytes;
    }

    public void newQueue(int slot, int descriptor) {
        newQueue[slot] = descriptor;
    }

    /** The buffer of a completed pop; the reference passes to whoever takes the completion. */
    public void buffer(int slot, Buffer taken) {
        buffer[slot] = taken;
    }

    /** Notes who is on the other side: address and port as {@link Endpoint} holds them. */
    public void peer(int slot, long high, long low, int port) {
        peerHigh[slot] = high;
        peerLow[slot] = low;
        peerPort[slot] = port;
    }

    /** Ends an operation. Exactly once for each slot. */
    public void complete(int slot, Status how) {
        if (state[slot] != WAITING) {
            throw new IllegalStateException("operation " + slot + " ended twice");
        }
        state[slot] = DONE;
        status[slot] = how;
        waiting--;
        done++;
        next[slot] = NONE;
        previousDone[slot] = doneTail;
        if (doneTail == NONE) {
            doneHead = slot;
        } else {
            next[doneTail] = slot;
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
        return state[slot] == DONE;
    }

    /** Moves a done slot's result to {@code out} and frees the slot. */
    public void take(int slot, Completion out) {
        if (state[slot] != DONE) {
            throw new IllegalStateException("operation " + slot + " has not ended");
        }
        out.set(opcode[slot], status[slot], queue[slot], token(slot));
        out.setTransfer(buffer[slot], lengthBytes[slot]);
        out.setNewQueue(newQueue[slot]);
        out.peer().set(peerHigh[slot], peerLow[slot], peerPort[slot]);
        buffer[slot] = null;
        unlinkDone(slot);
        done--;
        state[slot] = FREE;
        // Never negative, for tokens are positive, and never 0: then none is as small as a queue's descriptor.
        int following = generation[slot] + 1;
        generation[slot] = following < 0 ? 1 : following;
        next[slot] = freeHead;
        freeHead = slot;
    }

    /** Releases the buffers of completions that nobody will take any more: the stack is closed. */
    public void releaseUntaken() {
        for (int slot = doneHead; slot != NONE; slot = next[slot]) {
            if (buffer[slot] != null) {
                buffer[slot].release();
                buffer[slot] = null;
            }
        }
    }

    private void unlinkDone(int slot) {
        int before = previousDone[slot];
        int after = next[slot];
        if (before == NONE) {
            doneHead = after;
        } else {
            next[before] = after;
        }
        if (after == NONE) {
            doneTail = before;
        } else {
            previousDone[after] = before;
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
        return state.length - waiting - done < state.length >>> 2;
    }

    public int capacity() {
        return state.length;
    }
}
