package io.penstock.libos.tcp.stream;

import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import java.util.Arrays;

/**
 * Payload that came behind a gap: pieces sorted by sequence number, without overlaps.
 *
 * <pre>
 *      rcvNxt                                   rcvNxt + rcvWnd
 *        |   gap   [piece 0][piece 1]   gap   [2]  gap  [3]  |
 *                      |        |              |         |
 *                   frame A  frame B           +-frame C-+
 * </pre>
 *
 * <p>A large piece keeps the frame that it came in. Small ones are copied together, behind one of them that stays where it
 * is: a peer must not be able to pin a frame with a byte. What is there already wins over what comes later. Each piece owns
 * one reference to its frame; the frames' windows mean nothing in here.
 */
public final class Reassembly {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    /** What became of a payload. */
    public enum Added {
        /** It is kept. */
        KEPT,
        /** All of it was there; it was released. */
        DUPLICATE,
        /** There is no room; it was released. */
        FULL
    }

    private static final int INITIAL_CAPACITY = 16;
    /** Arrays up to this length are used again for other connections. */
    private static final int KEPT_CAPACITY = 64;
    /** A payload is small, and frames are badly used, below this part of a frame. */
    private static final int MIN_USE = 4;
    /** So many frames may be badly used. */
    private static final int FREE_FRAMES = 16;

    private static final Buffer[] NO_BUFFERS = {};
    private static final int[] NO_NUMBERS = {};
    /** Nothing is behind a gap: connections with nothing share it. */
    public static final Reassembly NONE = new Reassembly();

    /** None until the first piece: most connections never lose anything, and memory between them costs all of them caches. */
    private Buffer[] buffers = NO_BUFFERS;

    private int[] sequences = NO_NUMBERS;
    /** Where the pieces lie in their frames, and how long they are. */
    private int[] offsets = NO_NUMBERS;

    private int[] lengths = NO_NUMBERS;
    /** The first one's index: taking from the front must not move the rest. */
    private int first;

    private int count;
    private int frames;
    private int bytes;

    /** The frame that further small pieces are copied to, or null, and how much of it is used up. */
    private Buffer open;

    private int openEnd;

    public boolean isEmpty() {
        return count == 0;
    }

    public int frames() {
        return frames;
    }

    public int bytes() {
        return bytes;
    }

    public int firstSequence() {
        return sequences[first];
    }

    public int firstLength() {
        return lengths[first];
    }

    /** Where the first piece begins in memory. */
    public long firstAddress() {
        return buffers[first].frameAddress() + offsets[first];
    }

    /** Whether no other piece lies in the first one's frame. */
    public boolean firstIsAlone() {
        return buffers[first].references() == 1;
    }

    /** Whether a payload of that length is better copied than given a frame of its own. */
    public static boolean isSmall(int lengthBytes, int frameBytes) {
        return lengthBytes <= frameBytes / MIN_USE;
    }

    /**
     * Sorts a payload in, trimmed to what is new of it. Takes over the reference, which is the frame's only one.
     *
     * @param limitPieces how many pieces there may be afterwards
     * @param limitFrames how many frames they may take
     */
    public Added add(Buffer payload, int sequence, int limitPieces, int limitFrames) {
        int seq = sequence;
        int end = sequence + payload.length();
        int at = first + count;
        while (at > first && Sequence.gt(sequences[at - 1], seq)) {
            at--;
        }
        if (at > first) {
            int endBefore = sequences[at - 1] + lengths[at - 1];
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
        int coveredBytes = 0;
        int coveredFrames = 0;
        while (after < first + count && Sequence.leq(sequences[after] + lengths[after], end)) {
            coveredBytes += lengths[after]; // covered as a whole: the new one replaces it
            coveredFrames += buffers[after].references() == 1 ? 1 : 0;
            after++;
        }
        if (after < first + count && Sequence.lt(sequences[after], end)) {
            payload.length(sequences[after] - seq);
            if (payload.length() == 0) {
                payload.release();
                return Added.DUPLICATE;
            }
        }
        int length = payload.length();
        boolean small = isSmall(length, payload.frameBytes());
        if (small && at > first && extend(at - 1, payload, seq)) {
            remove(at, after);
            return Added.KEPT;
        }
        int framesThen = frames - coveredFrames + 1;
        boolean fits = (small && fitsOpenFrame(length))
                || (framesThen <= limitFrames && !isWaste(bytes - coveredBytes + length, framesThen, payload));
        if (!fits || count - (after - at) >= limitPieces) {
            payload.release();
            return Added.FULL;
        }
        remove(at, after);
        int place = first + count == buffers.length ? at - makeRoom() : at;
        insert(place, seq, length);
        keep(place, payload, small);
        return Added.KEPT;
    }

    private static boolean isWaste(int bytes, int frames, Buffer payload) {
        return frames > FREE_FRAMES && bytes < (long) frames * (payload.frameBytes() / MIN_USE);
    }

    private boolean fitsOpenFrame(int length) {
        return open != null && open.frameBytes() - openEnd >= length;
    }

    /** Copies a payload right behind the piece that its bytes follow, if that one has room behind it. */
    private boolean extend(int piece, Buffer payload, int sequence) {
        Buffer target = buffers[piece];
        int end = offsets[piece] + lengths[piece];
        int length = payload.length();
        boolean roomIsFree = target.references() == 1 || (target == open && end == openEnd);
        if (sequences[piece] + lengths[piece] != sequence || !roomIsFree || target.frameBytes() - end < length) {
            return false;
        }
        RawMemory.copy(payload.address(), target.frameAddress() + end, length);
        payload.release();
        lengths[piece] += length;
        bytes += length;
        if (target == open) {
            openEnd = end + length;
        }
        return true;
    }

    /** Makes a place for a piece, whose frame is still to be set. */
    private void insert(int at, int sequence, int length) {
        int rest = first + count - at;
        System.arraycopy(buffers, at, buffers, at + 1, rest);
        System.arraycopy(sequences, at, sequences, at + 1, rest);
        System.arraycopy(offsets, at, offsets, at + 1, rest);
        System.arraycopy(lengths, at, lengths, at + 1, rest);
        sequences[at] = sequence;
        lengths[at] = length;
        count++;
        bytes += length;
    }

    private void keep(int at, Buffer payload, boolean small) {
        int length = lengths[at];
        if (small && fitsOpenFrame(length)) {
            RawMemory.copy(payload.address(), open.frameAddress() + openEnd, length);
            payload.release();
            buffers[at] = open.retain();
            offsets[at] = openEnd;
            openEnd += length;
            return;
        }
        buffers[at] = payload;
        offsets[at] = payload.offset();
        frames++;
        int end = payload.offset() + length;
        if (small && (open == null || end < openEnd)) {
            open = payload;
            openEnd = end;
        }
    }

    /** Lets pieces go that lie behind one another. */
    private void remove(int from, int to) {
        if (from == to) {
            return;
        }
        for (int i = from; i < to; i++) {
            letGo(i);
        }
        int rest = first + count - to;
        System.arraycopy(buffers, to, buffers, from, rest);
        System.arraycopy(sequences, to, sequences, from, rest);
        System.arraycopy(offsets, to, offsets, from, rest);
        System.arraycopy(lengths, to, lengths, from, rest);
        for (int i = from + rest; i < first + count; i++) {
            buffers[i] = null;
        }
        count -= to - from;
    }

    private void letGo(int piece) {
        Buffer frame = buffers[piece];
        buffers[piece] = null;
        bytes -= lengths[piece];
        if (frame.references() == 1) {
            leave(frame);
        }
        frame.release();
    }

    /** A frame holds no piece any more. */
    private void leave(Buffer frame) {
        frames--;
        if (frame == open) {
            open = null;
        }
    }

    /** Makes room for one more at the end: by moving to the front, else by growing. Returns by how much all moved. */
    private int makeRoom() {
        int moved = first;
        if (moved == 0) {
            int capacity = Math.max(INITIAL_CAPACITY, 2 * buffers.length);
            buffers = Arrays.copyOf(buffers, capacity);
            sequences = Arrays.copyOf(sequences, capacity);
            offsets = Arrays.copyOf(offsets, capacity);
            lengths = Arrays.copyOf(lengths, capacity);
            return 0;
        }
        System.arraycopy(buffers, moved, buffers, 0, count);
        System.arraycopy(sequences, moved, sequences, 0, count);
        System.arraycopy(offsets, moved, offsets, 0, count);
        System.arraycopy(lengths, moved, lengths, 0, count);
        Arrays.fill(buffers, count, moved + count, null);
        first = 0;
        return moved;
    }

    /** Takes the first piece out with its frame, in which it {@link #firstIsAlone}; the reference passes to the caller. */
    public Buffer takeFirst() {
        Buffer payload = ACCESS.window(buffers[first], offsets[first], lengths[first]);
        buffers[first] = null;
        bytes -= lengths[first];
        leave(payload);
        pastFirst();
        return payload;
    }

    /** Lets the first piece go. */
    public void dropFirst() {
        letGo(first);
        pastFirst();
    }

    private void pastFirst() {
        first++;
        count--;
        if (count == 0) {
            first = 0;
        }
    }

    /** Lets everything go. */
    public void clear() {
        for (int i = first; i < first + count; i++) {
            letGo(i);
        }
        first = 0;
        count = 0;
    }

    /** Gives back the arrays that a connection's losses have made long. It must be empty. */
    public void shrink() {
        if (buffers.length > KEPT_CAPACITY) {
            buffers = NO_BUFFERS;
            sequences = NO_NUMBERS;
            offsets = NO_NUMBERS;
            lengths = NO_NUMBERS;
        }
    }
}
