package io.penstock.server;

import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.DirectMemory;
import io.penstock.memory.FramePool;
import java.util.Arrays;

/**
 * What has come in on one connection and was not handled: the frames as they came, read across their seams.
 *
 * <pre>
 *   | head: what is left of it |   frame   |  block of the heap  |   frame   |
 *   ^ index 0                                                              ^ lengthBytes()
 * </pre>
 *
 * <p>Frames are what everybody needs to be heard at all: what has to {@linkplain #settle wait} stays in its frame only while
 * half of all frames are free, and if it fills a good part of it; else it is copied together in blocks of the heap.
 */
final class ChainInput {
    private static final int FIRST_PIECES = 4;
    private static final int MIN_BLOCK_BYTES = 4 << 10;
    private static final int MAX_BLOCK_BYTES = 64 << 10;
    /** A frame of which less than this part is used does not wait. */
    private static final int MIN_PART = 4;

    private final FramePool frames;
    private final CoreHeap heap;
    private final WaitingMemory memory;
    private Buffer[] pieces = new Buffer[FIRST_PIECES];
    private int first;
    private int count;
    private int length;
    /** How many pieces, from the first on, have been told to wait before. */
    private int settled;
    /** How much lies in blocks of the heap. */
    private int heldBytes;

    /** Where the next message is, as far as that is known. */
    private int headerBytes;

    private int payloadBytes;
    private int trailerBytes;
    /** Up to where a line's end was looked for in vain. */
    private int searched;

    ChainInput(FramePool frames, CoreHeap heap, WaitingMemory memory) {
        this.frames = frames;
        this.heap = heap;
        this.memory = memory;
    }

    // ---- bytes

    int lengthBytes() {
        return length;
    }

    /** How much memory it takes apart from frames. */
    int heldBytes() {
        return heldBytes;
    }

    int pieces() {
        return count;
    }

    Buffer piece(int i) {
        return pieces[(first + i) & (pieces.length - 1)];
    }

    /** How many bytes lie in one piece from the beginning on. */
    int headBytes() {
        return piece(0).length();
    }

    long headAddress() {
        return piece(0).address();
    }

    int unsignedByteAt(int at) {
        int i = 0;
        int into = at;
        for (; into >= piece(i).length(); i++) {
            into -= piece(i).length();
        }
        return DirectMemory.getUnsignedByte(piece(i).address() + into);
    }

    /** Where a byte stands first, or -1; what was looked through before is not looked through again. */
    int indexOf(byte wanted) {
        int base = 0;
        for (int i = 0; i < count; i++) {
            Buffer b = piece(i);
            int end = b.length();
            for (int at = Math.max(0, searched - base); at < end; at++) {
                if (DirectMemory.getByte(b.address() + at) == wanted) {
                    searched = base + at;
                    return base + at;
                }
            }
            base += end;
        }
        searched = length;
        return -1;
    }

    // ---- the message in front

    /** Notes where the first message is. */
    void note(int header, int payload, int trailer) {
        headerBytes = header;
        payloadBytes = payload;
        trailerBytes = trailer;
    }

    int headerBytes() {
        return headerBytes;
    }

    int payloadBytes() {
        return payloadBytes;
    }

    /** Framing included. */
    int messageBytes() {
        return headerBytes + payloadBytes + trailerBytes;
    }

    // ---- what comes and goes

    /** Takes over a chain, piece by piece. */
    void add(Buffer chain) {
        Buffer b = chain;
        while (b != null) {
            Buffer following = b.next();
            b.next(null);
            if (b.length() == 0) {
                b.release();
            } else {
                length += b.length();
                append(b);
            }
            b = following;
        }
    }

    private void append(Buffer b) {
        if (count == pieces.length) {
            Buffer[] more = new Buffer[2 * count];
            for (int i = 0; i < count; i++) {
                more[i] = piece(i);
            }
            pieces = more;
            first = 0;
        }
        pieces[(first + count++) & (pieces.length - 1)] = b;
    }

    /** Takes bytes away from the front. */
    void drop(int bytes) {
        length -= bytes;
        searched = 0;
        for (int left = bytes; left > 0; ) {
            Buffer b = piece(0);
            int n = b.length();
            if (left < n) {
                b.advance(left);
                return;
            }
            left -= n;
            forgetFirst(b);
        }
    }

    private void forgetFirst(Buffer b) {
        pieces[first] = null;
        first = (first + 1) & (pieces.length - 1);
        count--;
        settled = Math.max(0, settled - 1);
        letGo(b);
    }

    private void letGo(Buffer b) {
        if (b.pool() == heap) {
            hold(-b.frameBytes());
        }
        b.release();
    }

    private void hold(int bytes) {
        heldBytes += bytes;
        memory.usePinned(bytes);
    }

    /**
     * What is left has to wait: moves what would keep too many frames from others.
     *
     * @return false if there is no memory for it
     */
    boolean settle() {
        int kept = settled;
        boolean fits = true;
        for (int i = settled; i < count; i++) {
            Buffer b = piece(i);
            if (!fits || mayStay(b)) {
                put(kept++, b);
                continue;
            }
            Buffer block = kept == 0 ? null : piece(kept - 1);
            int done = block == null || block.pool() != heap ? 0 : fill(block, b, 0);
            Buffer next = done == b.length() ? b : allocate(b.length() - done);
            if (next == null) {
                fits = frames.freeFrames() >= frames.capacityFrames() / MIN_PART; // better there than lost
                put(kept++, b.advance(done));
                continue;
            }
            if (next != b) {
                put(kept++, next);
                int _ = fill(next, b, done);
            }
            b.release();
        }
        for (int i = kept; i < count; i++) {
            put(i, null);
        }
        count = kept;
        settled = kept;
        return fits;
    }

    private void put(int i, Buffer b) {
        pieces[(first + i) & (pieces.length - 1)] = b;
    }

    private boolean mayStay(Buffer b) {
        return b.pool() != frames
                || (frames.freeFrames() >= frames.capacityFrames() / 2 && b.length() >= b.frameBytes() / MIN_PART);
    }

    /** At least as long as what a frame holds, so that no frame takes more than the rest of one block and another. */
    private Buffer allocate(int leastBytes) {
        int bytes = Math.clamp(heldBytes, MIN_BLOCK_BYTES, MAX_BLOCK_BYTES);
        bytes = Math.max(bytes, leastBytes);
        Buffer block = memory.mayGrow(heldBytes, heldBytes + (long) bytes) && memory.mayPin(bytes)
                ? heap.allocate(bytes, 0)
                : null;
        if (block != null) {
            hold(block.frameBytes());
            block.length(0);
        }
        return block;
    }

    private static int fill(Buffer block, Buffer from, int at) {
        int filled = block.length();
        int n = Math.min(block.capacity() - filled, from.length() - at);
        block.length(filled + n).putBytes(filled, from, at, n);
        return n;
    }

    void release() {
        for (int i = 0; i < count; i++) {
            letGo(piece(i));
        }
        Arrays.fill(pieces, null);
        first = 0;
        count = 0;
        settled = 0;
        length = 0;
        searched = 0;
    }
}
