package io.penstock.libos.tcp.tcp;

import io.penstock.memory.Buffer;
import io.penstock.memory.os.RawMemory;
import java.util.Arrays;

/**
 * All that was pushed and is not yet acknowledged, sent or not: windows on the application's frames, in order.
 *
 * <pre>
 *             sndUna          sndNxt            sndEnd
 *               v               v                 v
 *   ...|--------|------|--------|------|----------|
 *        freed   head entry ...   ...    last entry      each entry: frame, offset, length, seq, flags; one hold
 * </pre>
 *
 * <p>A ring of arrays that doubles when it must and is kept when its connection ends. Positions count up for ever;
 * their low bits are the index. An entry goes when its last byte is acknowledged.
 */
final class RetransmissionQueue {
    /** The bytes in front of the payload are this entry's alone: headers go there, in place. */
    static final byte OWNS_HEADROOM = 1;
    /** The last frame of a push. */
    static final byte END_OF_PUSH = 2;

    /** The frame lies where the device can send from. */
    static final byte REACHABLE = 4;
    /** A part of it went out from where it lies, behind headers in another frame: the device may hold it for that. */
    private static final byte SENT_APART = 8;
    /** It is one of the pool's frames, which reception needs as well. */
    static final byte POOLED = 16;

    /** What is shorter than this is copied rather than sent as a second piece, which costs the device more. */
    private static final int SMALL_BYTES = 512;

    /**
     * How many bytes may be copied to save a packet: a copy of 8 KiB takes some 200 ns out of the cache and less than a
     * microsecond from memory, which is about what a packet costs both sides and the wire.
     */
    private static final int COPY_BYTES_PER_PACKET = 8_192;
    /** How far it is looked ahead for that. */
    private static final int ENTRIES_LOOKED_AT = 16;

    private static final int INITIAL_CAPACITY = 8;

    private Buffer[] frames = new Buffer[INITIAL_CAPACITY];
    private int[] offsets = new int[INITIAL_CAPACITY];
    private int[] lengths = new int[INITIAL_CAPACITY];
    private int[] sequences = new int[INITIAL_CAPACITY];
    private byte[] flags = new byte[INITIAL_CAPACITY];
    private int mask = INITIAL_CAPACITY - 1;
    private int head;
    private int tail;
    /** How many entries lie in the pool's frames. */
    private int pooled;
    /** Where the last search ended: sending goes on from there. */
    private int hint;

    boolean isEmpty() {
        return head == tail;
    }

    int entries() {
        return tail - head;
    }

    /** How many of the pool's frames it holds; one that several entries share counts for each. */
    int pooledFrames() {
        return pooled;
    }

    /** Takes a hold on the frame. */
    void add(Buffer frame, int offset, int length, int sequence, int entryFlags) {
        if (tail - head > mask) {
            grow();
        }
        frame.hold();
        pooled += pooledAs(entryFlags);
        int i = tail++ & mask;
        frames[i] = frame;
        offsets[i] = offset;
        lengths[i] = length;
        sequences[i] = sequence;
        flags[i] = (byte) entryFlags;
    }

    private static int pooledAs(int entryFlags) {
        return entryFlags >> 4 & 1;
    }

    private void grow() {
        int count = tail - head;
        int capacity = 2 * (mask + 1);
        Buffer[] newFrames = new Buffer[capacity];
        int[] newOffsets = new int[capacity];
        int[] newLengths = new int[capacity];
        int[] newSequences = new int[capacity];
        byte[] newFlags = new byte[capacity];
        for (int n = 0; n < count; n++) {
            int from = (head + n) & mask;
            newFrames[n] = frames[from];
            newOffsets[n] = offsets[from];
            newLengths[n] = lengths[from];
            newSequences[n] = sequences[from];
            newFlags[n] = flags[from];
        }
        hint = Math.max(hint - head, 0);
        frames = newFrames;
        offsets = newOffsets;
        lengths = newLengths;
        sequences = newSequences;
        flags = newFlags;
        mask = capacity - 1;
        head = 0;
        tail = count;
    }

    /** Lets go of every entry whose last byte lies before {@code una}. */
    void acknowledge(int una) {
        while (head != tail) {
            int i = head & mask;
            if (Sequence.gt(sequences[i] + lengths[i], una)) {
                return;
            }
            pooled -= pooledAs(flags[i]);
            frames[i].unhold();
            frames[i] = null;
            head++;
        }
    }

    /** Lets go of everything. */
    void clear() {
        while (head != tail) {
            int i = head++ & mask;
            frames[i].unhold();
            frames[i] = null;
        }
        pooled = 0;
        hint = head;
    }

    /** The position of the entry that holds a sequence number; there must be one. */
    int find(int sequence) {
        if (hint - head < 0 || hint - tail >= 0) {
            hint = head;
        }
        if (contains(hint, sequence)) {
            return hint;
        }
        if (hint + 1 != tail && contains(hint + 1, sequence)) {
            return ++hint;
        }
        int low = head;
        int high = tail - 1;
        while (low - high < 0) {
            int middle = low + ((high - low + 1) >>> 1);
            if (Sequence.leq(sequences[middle & mask], sequence)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        hint = low;
        return low;
    }

    private boolean contains(int position, int sequence) {
        int i = position & mask;
        int into = sequence - sequences[i];
        return into >= 0 && into < lengths[i];
    }

    /**
     * How many bytes from {@code sequence} on should travel in one segment: full segments first (RFC 9293, section 3.8.6.2.1
     * and SHLD-28). What cannot go in place goes together with what follows until the segment is full, as it is copied
     * anyway. What can goes alone if it is an entry that nearly fills a segment, or if a copy would not save packets enough.
     *
     * @param bodies whether what is reachable goes in place wherever in the entry it begins
     * @param wholeFromBytes from which length on an entry with room for headers is better left whole, as the device cuts it
     */
    int segmentLength(int position, int sequence, int maxBytes, boolean bodies, int wholeFromBytes) {
        int left = left(position, sequence);
        if (left >= maxBytes) {
            return maxBytes;
        }
        if (position + 1 == tail) {
            return left;
        }
        boolean inPlace = startsInPlace(position, sequence) || (bodies && isReachable(position));
        boolean nearlyFull = left >= maxBytes - (maxBytes >> 3) && sequences[position & mask] == sequence;
        if (inPlace && (nearlyFull || !isWorthCopying(position, left, maxBytes, bodies))) {
            return left;
        }
        int sum = left;
        for (int p = position + 1; p != tail && sum < maxBytes; p++) {
            int i = p & mask;
            if (lengths[i] >= wholeFromBytes && (flags[i] & OWNS_HEADROOM) != 0) {
                break;
            }
            sum += lengths[i];
        }
        return Math.min(sum, maxBytes);
    }

    /** Whether so few packets carry what waits here, if it is copied together, that each one saved pays for its copies. */
    private boolean isWorthCopying(int position, int firstBytes, int maxBytes, boolean bodies) {
        int sum = firstBytes;
        int copied = firstBytes;
        int apart = 1;
        int end = Math.min(tail - position, ENTRIES_LOOKED_AT) + position;
        for (int p = position + 1; p != end; p++) {
            int length = lengths[p & mask];
            sum += length;
            copied += bodies && length >= SMALL_BYTES && isReachable(p) ? 0 : length;
            apart += length <= maxBytes ? 1 : packets(length, maxBytes);
        }
        int saved = apart - packets(sum, maxBytes);
        return saved > 0 && copied / COPY_BYTES_PER_PACKET < saved;
    }

    private static int packets(int length, int maxBytes) {
        return (length - 1) / maxBytes + 1;
    }

    /** How many bytes of the entry there are from {@code sequence} on. */
    int left(int position, int sequence) {
        return lengths[position & mask] - (sequence - sequences[position & mask]);
    }

    private boolean isReachable(int position) {
        return (flags[position & mask] & REACHABLE) != 0;
    }

    /** Whether these bytes can be sent from where they lie, behind headers in another frame, and are worth it. */
    boolean canGoApart(int position, int sequence, int length) {
        return isReachable(position) && length >= SMALL_BYTES && length <= left(position, sequence);
    }

    /** The position of the entry that holds the last of these bytes. */
    int lastOf(int position, int sequence, int length) {
        int p = position;
        for (int left = length - left(p, sequence); left > 0; left -= lengths[p & mask]) {
            p++;
        }
        return p;
    }

    /** How many of the bytes from {@code sequence} on lie before the entry at this later position. */
    int bytesBefore(int position, int sequence) {
        return Math.max(0, sequences[position & mask] - sequence);
    }

    /** They have gone so. */
    void wentApart(int position) {
        flags[position & mask] |= SENT_APART;
    }

    /** Whether a segment of this length can be sent from the application's own frame. */
    boolean isInPlace(int position, int sequence, int length) {
        return startsInPlace(position, sequence) && length <= lengths[position & mask];
    }

    private boolean startsInPlace(int position, int sequence) {
        int i = position & mask;
        return sequences[i] == sequence && (flags[i] & OWNS_HEADROOM) != 0;
    }

    Buffer frame(int position) {
        return frames[position & mask];
    }

    /** Where the payload begins in the frame. */
    int offset(int position) {
        return offsets[position & mask];
    }

    /** Where a byte lies in the frame. */
    int offsetOf(int position, int sequence) {
        int i = position & mask;
        return offsets[i] + (sequence - sequences[i]);
    }

    /** Whether a segment that ends before {@code end} ends a push. The entry at {@code position} is where it begins. */
    boolean endsPush(int position, int end) {
        int p = position;
        while (p != tail) {
            int i = p & mask;
            int entryEnd = sequences[i] + lengths[i];
            if (Sequence.geq(entryEnd, end)) {
                return entryEnd == end && (flags[i] & END_OF_PUSH) != 0;
            }
            p++;
        }
        return false;
    }

    /** Whether the first entry's frame lies in the device's ring, too: its bytes are about to be sent already. */
    boolean headIsHeldElsewhere() {
        int i = head & mask;
        return head != tail && (flags[i] & (OWNS_HEADROOM | SENT_APART)) != 0 && frames[i].holds() > 1;
    }

    /** Copies {@code length} bytes from {@code sequence} on, over as many entries as they span. */
    void copy(int position, int sequence, int length, long target) {
        int p = position;
        int i = p & mask;
        int skip = sequence - sequences[i];
        long to = target;
        int left = length;
        while (true) {
            int bytes = Math.min(left, lengths[i] - skip);
            RawMemory.copy(frames[i].frameAddress() + offsets[i] + skip, to, bytes);
            left -= bytes;
            if (left == 0) {
                return;
            }
            to += bytes;
            skip = 0;
            i = ++p & mask;
        }
    }

    /** Forgets references to arrays that grew large, so that a pooled connection stays small. */
    void shrink(int keepEntries) {
        if (mask >= keepEntries) {
            frames = new Buffer[INITIAL_CAPACITY];
            offsets = new int[INITIAL_CAPACITY];
            lengths = new int[INITIAL_CAPACITY];
            sequences = new int[INITIAL_CAPACITY];
            flags = new byte[INITIAL_CAPACITY];
            mask = INITIAL_CAPACITY - 1;
        } else {
            Arrays.fill(frames, null);
        }
        head = 0;
        tail = 0;
        hint = 0;
    }
}
