package io.penstock.libos.tcp.stream;

import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FramePool;

/**
 * In-order payload that the application has not popped yet: the received frames themselves, each with its window on the
 * payload. A ring that doubles when it must.
 */
public final class ReceiveQueue {
    private static final int INITIAL_CAPACITY = 4;
    /** An array up to this length is used again for other connections. */
    private static final int KEPT_CAPACITY = 256;

    /** Nothing is unread: connections with nothing share it. */
    public static final ReceiveQueue NONE = new ReceiveQueue();

    private Buffer[] buffers = new Buffer[INITIAL_CAPACITY];
    private int mask = INITIAL_CAPACITY - 1;
    private int head;
    private int tail;

    public boolean isEmpty() {
        return head == tail;
    }

    public int frames() {
        return tail - head;
    }

    /** Takes over the reference; the window is on the payload. */
    public void add(Buffer payload) {
        if (tail - head > mask) {
            grow();
        }
        buffers[tail++ & mask] = payload;
    }

    private void grow() {
        Buffer[] larger = new Buffer[2 * (mask + 1)];
        int count = tail - head;
        for (int i = 0; i < count; i++) {
            larger[i] = buffers[(head + i) & mask];
        }
        buffers = larger;
        mask = larger.length - 1;
        head = 0;
        tail = count;
    }

    /**
     * Copies a payload behind the last one's bytes, so that its own frame can go home.
     *
     * @return false if there is no last one or it has no room
     */
    public boolean coalesce(long address, int lengthBytes) {
        if (head == tail) {
            return false;
        }
        Buffer last = buffers[(tail - 1) & mask];
        int length = last.length();
        // A slice handed to the application ends before this window begins, so the tailroom is nobody else's.
        if (last.capacity() - length < lengthBytes) {
            return false;
        }
        RawMemory.copy(address, last.address() + length, lengthBytes);
        last.length(length + lengthBytes);
        return true;
    }

    /**
     * What comes next, at most {@code maxBytes} of it: a whole frame as it is, else a slice, else a copy.
     *
     * @return the buffer with one reference; null if neither slice nor frame is free
     */
    public Buffer take(int maxBytes, FramePool pool) {
        Buffer first = buffers[head & mask];
        int length = first.length();
        if (length <= maxBytes) {
            buffers[head++ & mask] = null;
            return first;
        }
        Buffer part = first.slice(0, maxBytes);
        if (part == null) {
            part = pool.allocate();
            if (part == null) {
                return null;
            }
            int copied = Math.min(maxBytes, part.capacity());
            RawMemory.copy(first.address(), part.address(), copied);
            part.length(copied);
        }
        first.advance(part.length());
        return part;
    }

    /** Releases everything. Returns how many frames there were. */
    public int clear() {
        int count = tail - head;
        if (count == 0) {
            return 0; // nothing is written: all stacks share NONE
        }
        while (head != tail) {
            int i = head++ & mask;
            buffers[i].release();
            buffers[i] = null;
        }
        return count;
    }

    /** Gives back the array that unread data has made long. It must be empty. */
    public void shrink() {
        if (buffers.length > KEPT_CAPACITY) {
            buffers = new Buffer[INITIAL_CAPACITY];
            mask = INITIAL_CAPACITY - 1;
            head = 0;
            tail = 0;
        }
    }
}
