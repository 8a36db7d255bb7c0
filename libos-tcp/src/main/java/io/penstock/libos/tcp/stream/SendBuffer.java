package io.penstock.libos.tcp.stream;

import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;

/**
 * All that was pushed and is not yet acknowledged, sent or not: windows on the application's frames, in order.
 *
 * <pre>
 *             sndUna          sndNxt            sndEnd
 *               v               v                 v
 *   ...|--------|------|--------|------|----------|
 *        freed   head entry ...   ...    last entry      each entry: a frame, one hold on it, a record
 *
 *   record   | offset | length | sequence | flags |   four ints, so that one miss of the caches brings all of it
 * </pre>
 *
 * <p>A ring of two arrays that double when they must. Positions count up for ever; their low bits are the index. An entry goes
 * when its last byte is acknowledged, and the whole when it is empty: a connection with nothing pushed shares {@link #NONE}.
 * Of what was transmitted, and when, {@link SendMap} knows.
 */
public final class SendBuffer {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** The bytes in front of the payload are this entry's alone: headers go there, in place. */
    public static final int OWNS_HEADROOM = 1;
    /** The last frame of a push. */
    public static final int END_OF_PUSH = 2;

    /** The frame lies where the device can send from. */
    public static final int REACHABLE = 4;
    /** A part of it went out from where it lies, behind headers in another frame: the device may hold it for that. */
    private static final int SENT_GATHERED = 8;
    /** It is one of the pool's frames, which reception needs as well. */
    public static final int POOLED = 16;

    /** What is shorter than this is copied rather than sent as a second piece, which costs the device more. */
    private static final int SMALL_BYTES = 512;

    /**
     * How many bytes may be copied to save a packet: a copy of 8 KiB takes some 200 ns out of the cache and less than a
     * microsecond from memory, which is about what a packet costs both sides and the wire.
     */
    private static final int COPY_BYTES_PER_PACKET = 8_192;
    /** How far it is looked ahead for that. */
    private static final int MAX_ENTRIES_SCANNED = 16;

    private static final int INITIAL_CAPACITY = 4;
    /** Arrays up to this length are used again for other connections. */
    private static final int KEPT_CAPACITY = 256;

    /** A record's length, and where its fields are. */
    private static final int RECORD = 4;

    private static final int OFFSET = 0;
    private static final int LENGTH = 1;
    private static final int SEQUENCE = 2;
    private static final int FLAGS = 3;

    /** Nothing was pushed: connections without anything share it. */
    public static final SendBuffer NONE = new SendBuffer();

    private Buffer[] frames = new Buffer[INITIAL_CAPACITY];
    private int[] records = new int[INITIAL_CAPACITY * RECORD];
    private int mask = INITIAL_CAPACITY - 1;
    private int head;
    private int tail;
    /** How many entries lie in the pool's frames. */
    private int pooled;
    /** Where the last search ended: sending goes on from there. */
    private int hint;

    public boolean isEmpty() {
        return head == tail;
    }

    public int entries() {
        return tail - head;
    }

    /** How many of the pool's frames it holds; one that several entries share counts for each. */
    public int pooledFrames() {
        return pooled;
    }

    /** Takes a hold on a buffer's frame, and notes where in the frame its bytes lie. */
    public void add(Buffer buffer, int offset, int length, int sequence, int entryFlags) {
        if (tail - head > mask) {
            grow();
        }
        // A slice's object may be used anew once it is released, so the frame's own stands for it.
        Buffer frame = ACCESS.frameOf(buffer);
        ACCESS.hold(frame);
        pooled += pooledAs(entryFlags);
        int record = record(tail);
        frames[tail++ & mask] = frame;
        records[record + OFFSET] = offset;
        records[record + LENGTH] = length;
        records[record + SEQUENCE] = sequence;
        records[record + FLAGS] = entryFlags;
    }

    /** Where a position's record begins. */
    private int record(int position) {
        return (position & mask) * RECORD;
    }

    private int length(int position) {
        return records[record(position) + LENGTH];
    }

    /** The number of an entry's first byte. */
    private int sequence(int position) {
        return records[record(position) + SEQUENCE];
    }

    private boolean has(int position, int flags) {
        return (records[record(position) + FLAGS] & flags) != 0;
    }

    private static int pooledAs(int entryFlags) {
        return entryFlags >> 4 & 1;
    }

    private void grow() {
        int count = tail - head;
        int capacity = 2 * (mask + 1);
        Buffer[] newFrames = new Buffer[capacity];
        int[] newRecords = new int[capacity * RECORD];
        for (int n = 0; n < count; n++) {
            newFrames[n] = frames[(head + n) & mask];
            System.arraycopy(records, record(head + n), newRecords, n * RECORD, RECORD);
        }
        hint = Math.max(hint - head, 0);
        frames = newFrames;
        records = newRecords;
        mask = capacity - 1;
        head = 0;
        tail = count;
    }

    /** Lets go of every entry whose last byte lies before {@code una}. */
    public void acknowledge(int una) {
        while (head != tail) {
            int record = record(head);
            if (Sequence.gt(records[record + SEQUENCE] + records[record + LENGTH], una)) {
                return;
            }
            pooled -= pooledAs(records[record + FLAGS]);
            int i = head++ & mask;
            ACCESS.unhold(frames[i]);
            frames[i] = null;
        }
    }

    /** Lets go of everything. */
    public void clear() {
        while (head != tail) {
            int i = head++ & mask;
            ACCESS.unhold(frames[i]);
            frames[i] = null;
        }
    }

    /** The position of the entry that holds a sequence number; there must be one. */
    public int find(int sequence) {
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
            if (Sequence.leq(sequence(middle), sequence)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        hint = low;
        return low;
    }

    private boolean contains(int position, int sequence) {
        int into = sequence - sequence(position);
        return into >= 0 && into < length(position);
    }

    /**
     * How many bytes from {@code sequence} on should travel in one segment: full segments first (RFC 9293, section 3.8.6.2.1
     * and SHLD-28). What cannot go in place goes together with what follows until the segment is full, as it is copied
     * anyway. What can goes alone if it is an entry that nearly fills a segment, or if a copy would not save packets enough.
     *
     * @param bodies whether what is reachable goes in place wherever in the entry it begins
     * @param wholeFromBytes from which length on an entry with room for headers is better left whole, as the device cuts it
     */
    public int segmentLength(int position, int sequence, int maxBytes, boolean bodies, int wholeFromBytes) {
        int left = left(position, sequence);
        if (left >= maxBytes) {
            return maxBytes;
        }
        if (position + 1 == tail) {
            return left;
        }
        boolean inPlace = startsInPlace(position, sequence) || (bodies && isReachable(position));
        boolean nearlyFull = left >= maxBytes - (maxBytes >> 3) && sequence(position) == sequence;
        if (inPlace && (nearlyFull || !isWorthCopying(position, left, maxBytes, bodies))) {
            return left;
        }
        int sum = left;
        for (int p = position + 1; p != tail && sum < maxBytes; p++) {
            int length = length(p);
            if (length >= wholeFromBytes && has(p, OWNS_HEADROOM)) {
                break;
            }
            sum += length;
        }
        return Math.min(sum, maxBytes);
    }

    /** Whether so few packets carry what waits here, if it is copied together, that each one saved pays for its copies. */
    private boolean isWorthCopying(int position, int firstBytes, int maxBytes, boolean bodies) {
        int sum = firstBytes;
        int copied = firstBytes;
        int packetsApart = 1;
        int end = Math.min(tail - position, MAX_ENTRIES_SCANNED) + position;
        for (int p = position + 1; p != end; p++) {
            int length = length(p);
            sum += length;
            copied += bodies && length >= SMALL_BYTES && isReachable(p) ? 0 : length;
            packetsApart += length <= maxBytes ? 1 : packets(length, maxBytes);
        }
        int saved = packetsApart - packets(sum, maxBytes);
        return saved > 0 && copied / COPY_BYTES_PER_PACKET < saved;
    }

    private static int packets(int length, int maxBytes) {
        return (length - 1) / maxBytes + 1;
    }

    /** How many bytes of the entry there are from {@code sequence} on. */
    public int left(int position, int sequence) {
        return length(position) - (sequence - sequence(position));
    }

    private boolean isReachable(int position) {
        return has(position, REACHABLE);
    }

    /** Whether these bytes can be sent from where they lie, behind headers in another frame, and are worth it. */
    public boolean canGather(int position, int sequence, int length) {
        return isReachable(position) && length >= SMALL_BYTES && length <= left(position, sequence);
    }

    /** The position of the entry that holds the last of these bytes. */
    public int lastOf(int position, int sequence, int length) {
        int p = position;
        for (int left = length - left(p, sequence); left > 0; left -= length(p)) {
            p++;
        }
        return p;
    }

    /** How many of the bytes from {@code sequence} on lie before the entry at this later position. */
    public int bytesBefore(int position, int sequence) {
        return Math.max(0, sequence(position) - sequence);
    }

    /** They have gone so. */
    public void wasGathered(int position) {
        records[record(position) + FLAGS] |= SENT_GATHERED;
    }

    /** Whether a segment of this length can be sent from the application's own frame. */
    public boolean isInPlace(int position, int sequence, int length) {
        return startsInPlace(position, sequence) && length <= length(position);
    }

    private boolean startsInPlace(int position, int sequence) {
        return sequence(position) == sequence && has(position, OWNS_HEADROOM);
    }

    public Buffer frame(int position) {
        return frames[position & mask];
    }

    /** Where the payload begins in the frame. */
    public int offset(int position) {
        return records[record(position) + OFFSET];
    }

    /** Where a byte lies in the frame. */
    public int offsetOf(int position, int sequence) {
        return offset(position) + (sequence - sequence(position));
    }

    /** Whether a segment that ends before {@code end} ends a push. The entry at {@code position} is where it begins. */
    public boolean endsPush(int position, int end) {
        int p = position;
        while (p != tail) {
            int entryEnd = sequence(p) + length(p);
            if (Sequence.geq(entryEnd, end)) {
                return entryEnd == end && has(p, END_OF_PUSH);
            }
            p++;
        }
        return false;
    }

    /** Whether the first entry's frame lies in the device's ring, too: its bytes are about to be sent already. */
    public boolean headIsHeldElsewhere() {
        return head != tail && has(head, OWNS_HEADROOM | SENT_GATHERED) && ACCESS.holds(frame(head)) > 1;
    }

    /** Copies {@code length} bytes from {@code sequence} on, over as many entries as they span. */
    public void copy(int position, int sequence, int length, long target) {
        int p = position;
        int skip = sequence - sequence(p);
        long to = target;
        int left = length;
        while (true) {
            int bytes = Math.min(left, length(p) - skip);
            RawMemory.copy(frame(p).frameAddress() + offset(p) + skip, to, bytes);
            left -= bytes;
            if (left == 0) {
                return;
            }
            to += bytes;
            skip = 0;
            p++;
        }
    }

    /** As new, for another connection; arrays that grew large are given back. It is empty. */
    public void reset() {
        if (mask >= KEPT_CAPACITY) {
            frames = new Buffer[INITIAL_CAPACITY];
            records = new int[INITIAL_CAPACITY * RECORD];
            mask = INITIAL_CAPACITY - 1;
        }
        head = 0;
        tail = 0;
        hint = 0;
        pooled = 0;
    }
}
