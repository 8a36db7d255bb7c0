package io.penstock.examples.kv;

import io.penstock.examples.resp.Decimal;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.DirectMemory;

/**
 * Makes values: pinned memory that holds the whole reply to a GET, {@code $LENGTH\r\nVALUE\r\n}, and is sent as it lies. One
 * block of the heap, or a chain of blocks for a value that is longer than any block.
 */
final class Values {
    /** From here on a value is sent from where it lies: a copy would cost more. */
    static final int SHARED_BYTES = 1024;

    private static final int MAX_BLOCK_BYTES = (1 << 20) - CoreHeap.DEFAULT_HEADROOM_BYTES;
    private static final int END_BYTES = 2;

    private final CoreHeap heap;
    private final Decimal decimal = new Decimal();
    private final byte[] digits = new byte[20];
    /** Where the next byte goes. */
    private Buffer at;

    private int offset;

    Values(CoreHeap heap) {
        this.heap = heap;
    }

    /** How many bytes of the reply stand in front of the value. */
    static int headerBytes(int length) {
        int header = 4; // and one more for each further digit
        for (int rest = length / 10; rest > 0; rest /= 10) {
            header++;
        }
        return header;
    }

    static long footprintBytes(Buffer value) {
        long sum = 0;
        for (Buffer b = value; b != null; b = b.next()) {
            sum += b.frameBytes();
        }
        return sum;
    }

    /** A new value, or null if there is no memory for it. */
    Buffer of(long address, int length) {
        int total = headerBytes(length) + length + END_BYTES;
        Buffer first = allocate(total);
        Buffer last = first;
        for (int left = total - MAX_BLOCK_BYTES; left > 0 && last != null; left -= MAX_BLOCK_BYTES) {
            Buffer next = allocate(left);
            last.next(next);
            last = next;
        }
        if (last == null) {
            if (first != null) {
                first.release();
            }
            return null;
        }
        fill(first, address, length);
        return first;
    }

    private Buffer allocate(int bytes) {
        return heap.allocate(
                Math.min(bytes, MAX_BLOCK_BYTES), bytes < SHARED_BYTES ? 0 : CoreHeap.DEFAULT_HEADROOM_BYTES);
    }

    /** Whether a new value may take an old one's place: it fits, fills a good part of it, and nobody sends the old one. */
    static boolean fits(Buffer old, int length) {
        int total = headerBytes(length) + length + END_BYTES;
        return old != null
                && total < SHARED_BYTES
                && old.length() < SHARED_BYTES
                && total <= old.capacity()
                && old.frameBytes() / 4 <= Math.max(total, 16)
                && old.next() == null;
    }

    /** Writes a value over an old one which it {@link #fits}, or into a new one. */
    void fill(Buffer target, long address, int length) {
        int header = headerBytes(length) - END_BYTES - 1;
        at = target.length(Math.min(header + 1 + length + 2 * END_BYTES, MAX_BLOCK_BYTES));
        offset = 0;
        put((byte) '$');
        decimal.write(length, digits);
        DirectMemory.copyFrom(digits, 0, at.address() + offset, header);
        offset += header;
        putLineEnd();
        for (int done = 0; done < length; ) {
            int n = Math.min(roomHere(), length - done);
            DirectMemory.copy(address + done, at.address() + offset, n);
            offset += n;
            done += n;
        }
        putLineEnd();
        at = null;
    }

    private void putLineEnd() {
        put((byte) '\r');
        put((byte) '\n');
    }

    private void put(byte b) {
        if (roomHere() > 0) {
            DirectMemory.putByte(at.address() + offset++, b);
        }
    }

    private int roomHere() {
        if (offset == at.length() && at.next() != null) {
            at = at.next();
            offset = 0;
        }
        return at.length() - offset;
    }
}
