package io.penstock.libos.tcp.stream;

import io.penstock.libos.tcp.congestion.AckSample;

/**
 * What of a connection is under way: one entry for each packet that was given down, oldest first, with what recovery, RTT
 * and rate need to know of it. {@link SendBuffer} has the bytes; this knows when they went, how often, and whether they are
 * taken for lost. The idea is that of FreeBSD's RACK stack (its send map) and of draft-cheng-iccrg-delivery-rate-estimation.
 *
 * <pre>
 *   entries     SND.UNA ... | seq, end | seq, end | seq, end | ... SND.NXT     contiguous; the FIN counts one
 *
 *   record      | seq, end | sent | firstSent | delivered | deliveredAt | flags, times sent |    six longs
 * </pre>
 *
 * <p>A ring that doubles when it must. Made when something is sent and gone when all of it is acknowledged: a connection
 * with nothing under way shares {@link #NONE}. Owner's thread.
 */
public final class SendMap {
    /** Nothing is under way. Shared by all stacks, and therefore never written. */
    public static final SendMap NONE = new SendMap(0);

    private static final int INITIAL_CAPACITY = 4;
    /** A ring up to this length is used again for other connections. */
    private static final int KEPT_CAPACITY = 256;

    /** A record's length, and where its fields are. */
    private static final int RECORD = 6;

    /** First number in the upper half, the one behind the last in the lower. */
    private static final int RANGE = 0;
    /** When it went last. */
    private static final int SENT_NANOS = 1;
    /** When the first packet of its flight went; how much had been delivered when it went, and when the last of that. */
    private static final int FIRST_SENT_NANOS = 2;

    private static final int DELIVERED = 3;
    private static final int DELIVERED_NANOS = 4;
    private static final int FLAGS = 5;

    private static final long LOST = 1;
    private static final long RETRANSMITTED = 1 << 1;
    private static final long APP_LIMITED = 1 << 2;
    /** How often it went, above the flags. */
    private static final int TIMES_SHIFT = 8;

    private long[] records;
    private int mask;
    /** Positions count up for ever; their low bits are the index. */
    private int head;

    private int tail;
    /** No entry before this position is lost; it may lie before {@link #head}. */
    private int lostHint;
    /** How many bytes are taken for lost, and have not gone again. */
    private int lostBytes;

    public SendMap() {
        this(INITIAL_CAPACITY);
    }

    private SendMap(int capacity) {
        records = new long[capacity * RECORD];
        mask = capacity - 1;
    }

    public boolean isEmpty() {
        return head == tail;
    }

    /** How many entries there are. */
    public int size() {
        return tail - head;
    }

    private int record(int position) {
        return (position & mask) * RECORD;
    }

    private static int first(long range) {
        return (int) (range >>> 32);
    }

    private static int end(long range) {
        return (int) range;
    }

    private static long range(int sequence, int end) {
        return ((long) sequence << 32) | (end & 0xffff_ffffL);
    }

    /** A packet went for the first time. */
    public void sent(int sequence, int end, long nowNanos, Delivery delivery) {
        if (tail - head > mask) {
            grow();
        }
        int r = record(tail++);
        records[r + RANGE] = range(sequence, end);
        records[r + FLAGS] = 1 << TIMES_SHIFT;
        stamp(r, nowNanos, delivery);
    }

    private void grow() {
        int count = tail - head;
        int capacity = Math.max(INITIAL_CAPACITY, 2 * (mask + 1));
        long[] larger = new long[capacity * RECORD];
        for (int n = 0; n < count; n++) {
            System.arraycopy(records, record(head + n), larger, n * RECORD, RECORD);
        }
        lostHint = Math.max(0, lostHint - head);
        records = larger;
        mask = capacity - 1;
        head = 0;
        tail = count;
    }

    /**
     * All before {@code una} has arrived; tells the sample of what that teaches.
     *
     * @param sample its acknowledged bytes, round trip and rate are set from the newest of these that went once
     */
    public void acknowledge(int una, AckSample sample) {
        while (head != tail) {
            int r = record(head);
            long range = records[r + RANGE];
            if (Sequence.geq(first(range), una)) {
                return;
            }
            long flags = records[r + FLAGS];
            boolean whole = Sequence.leq(end(range), una);
            int bytes = (whole ? end(range) : una) - first(range);
            if ((flags & LOST) != 0) {
                lostBytes -= bytes;
            }
            sample.arrived(
                    records[r + SENT_NANOS],
                    records[r + FIRST_SENT_NANOS],
                    records[r + DELIVERED],
                    records[r + DELIVERED_NANOS],
                    (flags & RETRANSMITTED) != 0,
                    (flags & APP_LIMITED) != 0);
            if (!whole) {
                records[r + RANGE] = range(una, end(range));
                return;
            }
            head++;
        }
    }

    // ---- what is lost

    /** How many bytes are taken for lost, and have not gone again. */
    public int lostBytes() {
        return lostBytes;
    }

    public boolean hasLost() {
        return lostBytes != 0;
    }

    /** What one segment from the oldest byte on would carry is lost. */
    public void firstIsLost(int segmentBytes) {
        if (head == tail) {
            return;
        }
        int left = segmentBytes;
        for (int p = head; p != tail && left > 0; p++) {
            int into = p - head;
            if (end(p) - sequence(p) > left) {
                split(p, sequence(p) + left);
                p = head + into;
            }
            left -= end(p) - sequence(p);
            markLost(p);
        }
        lostHint = head;
    }

    /** All that is under way is lost. */
    public void allIsLost() {
        if (head == tail) {
            return;
        }
        for (int p = head; p != tail; p++) {
            markLost(p);
        }
        lostHint = head;
    }

    private void markLost(int position) {
        int r = record(position);
        if ((records[r + FLAGS] & LOST) == 0) {
            records[r + FLAGS] |= LOST;
            long range = records[r + RANGE];
            lostBytes += end(range) - first(range);
        }
    }

    /** The position of the first entry that is lost. There is one. */
    public int firstLost() {
        int p = Sequence.max(lostHint, head);
        while ((records[record(p) + FLAGS] & LOST) == 0) {
            p++;
        }
        lostHint = p;
        return p;
    }

    public int sequence(int position) {
        return first(records[record(position) + RANGE]);
    }

    public int end(int position) {
        return end(records[record(position) + RANGE]);
    }

    /** Up to where all is lost that follows a lost entry without a gap. */
    public int lostUpTo(int position) {
        int p = position;
        while (p + 1 != tail && (records[record(p + 1) + FLAGS] & LOST) != 0) {
            p++;
        }
        return end(p);
    }

    /** So many bytes went again in one packet, from the beginning of a lost entry on; all of them are lost. */
    public void sentAgain(int position, int bytes, long nowNanos, Delivery delivery) {
        int left = bytes;
        for (int p = position; left > 0; ) {
            int into = p - head;
            if (end(p) - sequence(p) > left) {
                split(p, sequence(p) + left);
                p = head + into;
            }
            int r = record(p);
            left -= end(p) - sequence(p);
            records[r + FLAGS] = (Math.min(timesSent(p) + 1, 255) << TIMES_SHIFT) | RETRANSMITTED;
            stamp(r, nowNanos, delivery);
            p++;
        }
        lostBytes -= bytes;
    }

    private void stamp(int r, long nowNanos, Delivery delivery) {
        records[r + SENT_NANOS] = nowNanos;
        records[r + FIRST_SENT_NANOS] = delivery.firstSentNanos;
        records[r + DELIVERED] = delivery.bytes;
        records[r + DELIVERED_NANOS] = delivery.nanos;
        if (delivery.isAppLimited()) {
            records[r + FLAGS] |= APP_LIMITED;
        }
    }

    /** How often an entry went. */
    public long timesSent(int position) {
        return records[record(position) + FLAGS] >>> TIMES_SHIFT;
    }

    /** Some of the oldest went again beside its entry: its acknowledgement measures nothing any more (Karn). */
    public void firstIsAmbiguous() {
        if (head != tail) {
            records[record(head) + FLAGS] |= RETRANSMITTED;
        }
    }

    /** Makes two of an entry, the second of which begins at {@code sequence}. Positions before it stay as they are. */
    private void split(int position, int sequence) {
        int into = position - head;
        if (tail - head > mask) {
            grow();
        }
        int p = head + into;
        for (int from = tail++; from != p; from--) {
            System.arraycopy(records, record(from - 1), records, record(from), RECORD);
        }
        long range = records[record(p) + RANGE];
        records[record(p) + RANGE] = range(first(range), sequence);
        records[record(p + 1) + RANGE] = range(sequence, end(range));
    }

    /** As new, for another connection; a ring that grew large is given back. */
    public void reset() {
        if (mask >= KEPT_CAPACITY) {
            records = new long[INITIAL_CAPACITY * RECORD];
            mask = INITIAL_CAPACITY - 1;
        }
        head = 0;
        tail = 0;
        lostHint = 0;
        lostBytes = 0;
    }
}
