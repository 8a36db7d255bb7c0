package io.penstock.libos.tcp.tcp;

import io.penstock.memory.Buffer;

/**
 * Payload that came behind a gap: the received frames, sorted by sequence number, without overlaps.
 *
 * <pre>
 *      rcvNxt                              rcvNxt + rcvWnd
 *        |   gap   [frame 0][frame 1]   gap   [frame 2]  |
 * </pre>
 *
 * <p>What is there already wins over what comes later. Owns one reference to each frame.
 */
final class Reassembly {
    /** What became of a payload. */
    enum Added {
        /** It is kept. */
        KEPT,
        /** All of it was there; it was released. */
        DUPLICATE,
        /** There is no room; it was released. */
        FULL
    }

    private static final int INITIAL_CAPACITY = 16;

    private Buffer[] buffers = new Buffer[INITIAL_CAPACITY];
    private int[] sequences = new int[INITIAL_CAPACITY];
    /** The first one's index: taking from the front must not move the rest. */
    private int first;

    private int count;
    private int bytes;

    boolean isEmpty() {
        return count == 0;
    }

    int frames() {
        return count;
    }

    int bytes() {
        return bytes;
    }

    int firstSequence() {
        return sequences[first];
    }

    /**
     * Sorts a payload in, trimmed to what is new of it. Takes over the reference.
     *
     * @param limit how many frames there may be afterwards
     */
    Added add(Buffer payload, int sequence, int limit) {
        int seq = sequence;
        int end = sequence + payload.length();
        int at = first + count;
        while (at > first && Sequence.gt(sequences[at - 1], seq)) {
            at--;
        }
        if (at > first) {
            int endBefore = sequences[at - 1] + buffers[at - 1].length();
            if (Sequence.geq(endBefore, end)) {
                payload.release();
                return Added.DUPLICATE;
            }
            if (Sequence.gt(endBefore, seq)) {
                payload.advance(endBefore - seq);
                seq = endBefore;
            }
        }
        int after = at;
        while (after < first + count && Sequence.leq(sequences[after] + buffers[after].length(), end)) {
            after++; // covered as a whole: the new one replaces it
        }
        if (after < first + count && Sequence.lt(sequences[after], end)) {
            payload.length(sequences[after] - seq);
            if (payload.length() == 0) {
                payload.release();
                return Added.DUPLICATE;
            }
        }
        if (count - (after - at) >= limit) {
            payload.release();
            return Added.FULL;
        }
        replace(at, after, payload, seq);
        return Added.KEPT;
    }

    private void replace(int from, int to, Buffer payload, int sequence) {
        for (int i = from; i < to; i++) {
            bytes -= buffers[i].length();
            buffers[i].release();
        }
        int at = from;
        int rest = first + count - to;
        if (to == from) {
            if (first + count == buffers.length) {
                at -= makeRoom();
            }
            System.arraycopy(buffers, at, buffers, at + 1, rest);
            System.arraycopy(sequences, at, sequences, at + 1, rest);
        } else if (to > from + 1) {
            System.arraycopy(buffers, to, buffers, from + 1, rest);
            System.arraycopy(sequences, to, sequences, from + 1, rest);
        }
        buffers[at] = payload;
        sequences[at] = sequence;
        int newCount = count + 1 - (to - from);
        for (int i = first + newCount; i < first + count; i++) {
            buffers[i] = null;
        }
        count = newCount;
        bytes += payload.length();
    }

    /** Makes room for one more at the end: by moving to the front, else by growing. Returns by how much all moved. */
    private int makeRoom() {
        int moved = first;
        Buffer[] targetBuffers = first > 0 ? buffers : new Buffer[2 * buffers.length];
        int[] targetSequences = first > 0 ? sequences : new int[2 * sequences.length];
        System.arraycopy(buffers, first, targetBuffers, 0, count);
        System.arraycopy(sequences, first, targetSequences, 0, count);
        for (int i = Math.max(count, first); i < first + count && targetBuffers == buffers; i++) {
            buffers[i] = null;
        }
        buffers = targetBuffers;
        sequences = targetSequences;
        first = 0;
        return moved;
    }

    /** Takes the first payload out; the reference passes to the caller. */
    Buffer takeFirst() {
        Buffer payload = buffers[first];
        buffers[first] = null;
        first++;
        count--;
        if (count == 0) {
            first = 0;
        }
        bytes -= payload.length();
        return payload;
    }

    /** Releases everything. Returns how many frames there were. */
    int clear() {
        int frames = count;
        for (int i = first; i < first + frames; i++) {
            buffers[i].release();
            buffers[i] = null;
        }
        first = 0;
        count = 0;
        bytes = 0;
        return frames;
    }
}
