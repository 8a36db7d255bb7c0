package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.ip.FlowKey;
import java.util.Arrays;

/**
 * Connections in TIME-WAIT (RFC 9293, section 3.3.2): what is left of each is some 80 bytes in arrays.
 *
 * <p>All wait equally long, so the order of entering is the order of expiring: a doubly linked list, oldest first. When
 * the table is full the oldest is forgotten.
 */
final class TimeWaitTable {
    /** No entry. */
    static final int NONE = -1;

    private final long[] localHigh;
    private final long[] localLow;
    private final long[] remoteHigh;
    private final long[] remoteLow;
    private final int[] ports;
    private final int[] sndNxt;
    private final int[] rcvNxt;
    private final long[] expiryNanos;
    /** The window as it was advertised last: RCV.WND in bytes, and how many bits of it the field leaves out. */
    private final int[] windowBytes;

    private final byte[] windowShift;
    /** The answers of an interval (RFC 5961, section 7): when it ends, and how many there were. */
    private final long[] answersEndNanos;

    private final int[] answers;
    private final int[] hash;
    /** Next in the hash chain, or in the free list. */
    private final int[] chain;

    private final int[] older;
    private final int[] newer;
    private final int[] buckets;
    private int free;
    private int oldest = NONE;
    private int newest = NONE;
    private int size;

    TimeWaitTable(int capacity) {
        localHigh = new long[capacity];
        localLow = new long[capacity];
        remoteHigh = new long[capacity];
        remoteLow = new long[capacity];
        ports = new int[capacity];
        sndNxt = new int[capacity];
        rcvNxt = new int[capacity];
        expiryNanos = new long[capacity];
        windowBytes = new int[capacity];
        windowShift = new byte[capacity];
        answersEndNanos = new long[capacity];
        answers = new int[capacity];
        hash = new int[capacity];
        chain = new int[capacity];
        older = new int[capacity];
        newer = new int[capacity];
        buckets = new int[Integer.highestOneBit(Math.max(8, 2 * capacity - 1)) << 1];
        Arrays.fill(buckets, NONE);
        Arrays.setAll(chain, i -> i + 1 < capacity ? i + 1 : NONE);
    }

    int size() {
        return size;
    }

    /**
     * Remembers a connection.
     *
     * @return whether the oldest had to be forgotten for it
     */
    boolean add(TcpConnection c, long expiry) {
        boolean full = free == NONE;
        if (full) {
            remove(oldest);
        }
        int e = free;
        free = chain[e];
        localHigh[e] = c.localHigh;
        localLow[e] = c.localLow;
        remoteHigh[e] = c.remoteHigh;
        remoteLow[e] = c.remoteLow;
        ports[e] = c.ports;
        sndNxt[e] = c.send.nxt;
        rcvNxt[e] = c.receive.nxt;
        windowBytes[e] = c.receive.wnd();
        windowShift[e] = (byte) c.receive.wndShift;
        answersEndNanos[e] = Long.MIN_VALUE;
        answers[e] = 0;
        hash[e] = c.hash;
        int bucket = c.hash & (buckets.length - 1);
        chain[e] = buckets[bucket];
        buckets[bucket] = e;
        append(e, expiry);
        size++;
        return full;
    }

    private void append(int e, long expiry) {
        expiryNanos[e] = expiry;
        older[e] = newest;
        newer[e] = NONE;
        if (newest == NONE) {
            oldest = e;
        } else {
            newer[newest] = e;
        }
        newest = e;
    }

    private void unlink(int e) {
        if (older[e] == NONE) {
            oldest = newer[e];
        } else {
            newer[older[e]] = newer[e];
        }
        if (newer[e] == NONE) {
            newest = older[e];
        } else {
            older[newer[e]] = older[e];
        }
    }

    /** The entry, or {@link #NONE}. */
    int find(FlowKey flow) {
        int e = buckets[flow.hash & (buckets.length - 1)];
        while (e != NONE
                && (ports[e] != flow.ports
                        || remoteLow[e] != flow.remoteLow
                        || localLow[e] != flow.localLow
                        || remoteHigh[e] != flow.remoteHigh
                        || localHigh[e] != flow.localHigh)) {
            e = chain[e];
        }
        return e;
    }

    void remove(int e) {
        unlink(e);
        int bucket = hash[e] & (buckets.length - 1);
        int i = buckets[bucket];
        if (i == e) {
            buckets[bucket] = chain[e];
        } else {
            while (chain[i] != e) {
                i = chain[i];
            }
            chain[i] = chain[e];
        }
        chain[e] = free;
        free = e;
        size--;
    }

    /** Lets the wait begin anew: the peer's FIN came again. */
    void restart(int e, long expiry) {
        unlink(e);
        append(e, expiry);
    }

    int sndNxt(int e) {
        return sndNxt[e];
    }

    int rcvNxt(int e) {
        return rcvNxt[e];
    }

    /** Whether a number lies in the window that was advertised last. */
    boolean isInWindow(int e, int sequence) {
        int into = sequence - rcvNxt[e];
        return into >= 0 && into < windowBytes[e];
    }

    /** The window field of an answer. */
    int windowField(int e) {
        return windowBytes[e] >> windowShift[e];
    }

    /** Whether one more answer may go: so many in an interval, for each entry alone. */
    boolean mayAnswer(int e, long nowNanos, int max, long intervalNanos) {
        if (nowNanos >= answersEndNanos[e]) {
            answersEndNanos[e] = nowNanos + intervalNanos;
            answers[e] = 0;
        }
        return answers[e]++ < max;
    }

    /** When the first entry expires, or {@link Long#MAX_VALUE}. */
    long nextExpiryNanos() {
        return oldest == NONE ? Long.MAX_VALUE : expiryNanos[oldest];
    }

    /** Forgets what has waited long enough. Returns how many. */
    int expire(long nowNanos) {
        int count = 0;
        while (oldest != NONE && expiryNanos[oldest] <= nowNanos) {
            remove(oldest);
            count++;
        }
        return count;
    }
}
