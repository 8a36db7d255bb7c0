package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.wire.TcpOptions;
import io.penstock.libos.tcp.ip.FlowKey;
import java.util.Arrays;

/**
 * Connections that a peer has begun and not finished: SYN-RECEIVED of a passive open (RFC 9293, section 3.3.2), as some
 * 100 bytes in arrays each. Anybody can make one with a single packet from an address that is not his, so it takes no
 * control block, no socket and no frame, and when there are too many the oldest is forgotten (RFC 4987, section 3.4).
 *
 * <pre>
 *   by tuple      buckets -&gt; entry -&gt; entry                  chains
 *   by deadline   level 0: oldest ... newest                 a list for each number of SYN-ACKs that went again:
 *                 level 1: oldest ... newest                 all of a level wait equally long, so the order of
 *                 ...                                        entering is the order of their deadlines
 *   by listener   oldest ... newest                          whom its listener forgets first, or resets at its end
 *   owed          ring of entries                            whose SYN-ACK is to go in this turn
 *   held up       ring of entries                            whose neighbour had no place for it: tries again soon
 * </pre>
 *
 * <p>One listener gets at most three quarters, so that a flood of one port leaves room for others.
 */
final class HalfOpenTable {
    /** No entry. */
    static final int NONE = -1;

    private static final byte OWED = 1;
    private static final byte REPEATED = 2;
    private static final byte HELD_UP = 4;

    private final long[] localHigh;
    private final long[] localLow;
    private final long[] remoteHigh;
    private final long[] remoteLow;
    private final int[] ports;
    private final int[] hash;
    private final int[] iss;
    private final int[] irs;
    /** The peer's MSS in the lower half; above it the shift of its window and one more, or 0 if it does not scale. */
    private final int[] options;
    /** The peer's window in the upper half, this side's in the lower one: those of SYNs are not scaled. */
    private final int[] windows;

    private final long[] deadlineNanos;
    private final TcpListener[] listener;
    private final byte[] level;
    private final byte[] flags;
    private final byte[] answers;
    /** Next in the hash chain, or in the free list. */
    private final int[] chain;

    private final int[] olderOnLevel;
    private final int[] newerOnLevel;
    private final int[] olderOfListener;
    private final int[] newerOfListener;

    private final int[] buckets;
    private final int[] oldestOnLevel;
    private final int[] newestOnLevel;
    private final int[] owed;
    private int owedHead;
    private int owedTail;
    private final int[] heldUp;
    private int heldUpHead;
    private int heldUpTail;
    private int free;
    private int size;
    private long soonestNanos = Long.MAX_VALUE;

    /**
     * @param levels how often an entry can be put on the next level
     */
    HalfOpenTable(int capacity, int levels) {
        localHigh = new long[capacity];
        localLow = new long[capacity];
        remoteHigh = new long[capacity];
        remoteLow = new long[capacity];
        ports = new int[capacity];
        hash = new int[capacity];
        iss = new int[capacity];
        irs = new int[capacity];
        options = new int[capacity];
        windows = new int[capacity];
        deadlineNanos = new long[capacity];
        listener = new TcpListener[capacity];
        level = new byte[capacity];
        flags = new byte[capacity];
        answers = new byte[capacity];
        chain = new int[capacity];
        olderOnLevel = new int[capacity];
        newerOnLevel = new int[capacity];
        olderOfListener = new int[capacity];
        newerOfListener = new int[capacity];
        int powerOfTwo = Integer.highestOneBit(Math.max(8, 2 * capacity - 1));
        buckets = new int[2 * powerOfTwo];
        owed = new int[powerOfTwo];
        heldUp = new int[powerOfTwo];
        oldestOnLevel = new int[levels + 1];
        newestOnLevel = new int[levels + 1];
        Arrays.fill(buckets, NONE);
        Arrays.fill(oldestOnLevel, NONE);
        Arrays.fill(newestOnLevel, NONE);
        Arrays.setAll(chain, i -> i + 1 < capacity ? i + 1 : NONE);
    }

    int size() {
        return size;
    }

    /** Whether SYNs come faster than handshakes end. */
    boolean isCrowded() {
        return size > chain.length / 2;
    }

    /** Who has to go before this listener can have one more: {@link #NONE} if there is room. */
    int victimFor(TcpListener l) {
        if (l.halfOpen >= Math.max(1, chain.length / 4 * 3)) {
            return l.oldestHalfOpen;
        }
        if (free != NONE) {
            return NONE;
        }
        int highest = oldestOnLevel.length - 1;
        while (oldestOnLevel[highest] == NONE) {
            highest--;
        }
        return oldestOnLevel[highest];
    }

    /** A SYN came. There is room. Returns the entry. */
    int add(TcpListener l, FlowKey flow, int peerSequence, int initialSequence, long deadline) {
        int e = free;
        free = chain[e];
        localHigh[e] = flow.localHigh;
        localLow[e] = flow.localLow;
        remoteHigh[e] = flow.remoteHigh;
        remoteLow[e] = flow.remoteLow;
        ports[e] = flow.ports;
        hash[e] = flow.hash;
        iss[e] = initialSequence;
        irs[e] = peerSequence;
        level[e] = 0;
        flags[e] = 0;
        answers[e] = 0;
        int bucket = flow.hash & (buckets.length - 1);
        chain[e] = buckets[bucket];
        buckets[bucket] = e;
        append(e, deadline);
        appendTo(l, e);
        size++;
        return e;
    }

    void negotiated(int e, int peerMss, int windowShiftOrNone, int peerWindow, int ownWindow) {
        options[e] = (windowShiftOrNone + 1) << 16 | peerMss;
        windows[e] = peerWindow << 16 | ownWindow;
    }

    private void append(int e, long deadline) {
        int on = level[e];
        deadlineNanos[e] = deadline;
        int newest = newestOnLevel[on];
        olderOnLevel[e] = newest;
        newerOnLevel[e] = NONE;
        if (newest == NONE) {
            oldestOnLevel[on] = e;
        } else {
            newerOnLevel[newest] = e;
        }
        newestOnLevel[on] = e;
        soonestNanos = Math.min(soonestNanos, deadline);
    }

    private void unlink(int e) {
        int on = level[e];
        int older = olderOnLevel[e];
        int newer = newerOnLevel[e];
        if (older == NONE) {
            oldestOnLevel[on] = newer;
        } else {
            newerOnLevel[older] = newer;
        }
        if (newer == NONE) {
            newestOnLevel[on] = older;
        } else {
            olderOnLevel[newer] = older;
        }
    }

    private void appendTo(TcpListener l, int e) {
        listener[e] = l;
        int newest = l.newestHalfOpen;
        olderOfListener[e] = newest;
        newerOfListener[e] = NONE;
        if (newest == NONE) {
            l.oldestHalfOpen = e;
        } else {
            newerOfListener[newest] = e;
        }
        l.newestHalfOpen = e;
        l.halfOpen++;
    }

    private void removeFromListener(int e) {
        TcpListener l = listener[e];
        listener[e] = null;
        int older = olderOfListener[e];
        int newer = newerOfListener[e];
        if (older == NONE) {
            l.oldestHalfOpen = newer;
        } else {
            newerOfListener[older] = newer;
        }
        if (newer == NONE) {
            l.newestHalfOpen = older;
        } else {
            olderOfListener[newer] = older;
        }
        l.halfOpen--;
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
        removeFromListener(e);
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
        flags[e] = 0;
        chain[e] = free;
        free = e;
        size--;
    }

    // ---- when the SYN-ACK goes again

    /** No entry is due before this moment; {@link Long#MAX_VALUE} if there is none. */
    long nextDeadlineNanos() {
        return size == 0 ? Long.MAX_VALUE : soonestNanos;
    }

    /** An entry whose deadline has come, or {@link #NONE}: then {@link #nextDeadlineNanos} is exact. */
    int due(long nowNanos) {
        long soonest = Long.MAX_VALUE;
        for (int oldest : oldestOnLevel) {
            if (oldest != NONE) {
                if (deadlineNanos[oldest] <= nowNanos) {
                    return oldest;
                }
                soonest = Math.min(soonest, deadlineNanos[oldest]);
            }
        }
        soonestNanos = soonest;
        return NONE;
    }

    /** Puts an entry on the next level, where it waits until this moment. */
    void nextLevel(int e, long deadline) {
        unlink(e);
        level[e]++;
        answers[e] = 0;
        append(e, deadline);
    }

    /** How often its deadline has come. */
    int level(int e) {
        return level[e];
    }

    // ---- what is to go

    /** The SYN-ACK goes when this turn transmits. If so many are owed that one more cannot be noted, its deadline will do. */
    void owe(int e) {
        if ((flags[e] & OWED) == 0 && owedTail - owedHead < owed.length) {
            flags[e] |= OWED;
            owed[owedTail++ & (owed.length - 1)] = e;
        }
    }

    boolean isOwed(int e) {
        return (flags[e] & OWED) != 0;
    }

    /** Whose SYN-ACK is owed for the longest time, or {@link #NONE}. */
    int firstOwed() {
        while (owedHead != owedTail) {
            int e = owed[owedHead & (owed.length - 1)];
            if ((flags[e] & OWED) != 0) {
                return e;
            }
            owedHead++; // it is gone meanwhile
        }
        return NONE;
    }

    /** The first one's SYN-ACK went, or has no way to go. */
    void pollOwed() {
        flags[owed[owedHead++ & (owed.length - 1)]] &= ~OWED;
    }

    /** Its SYN-ACK found no place among those that wait for their neighbour; if that cannot be noted, its deadline will do. */
    void holdUp(int e) {
        if ((flags[e] & HELD_UP) == 0 && heldUpTail - heldUpHead < heldUp.length) {
            flags[e] |= HELD_UP;
            heldUp[heldUpTail++ & (heldUp.length - 1)] = e;
        }
    }

    boolean hasHeldUp() {
        return heldUpHead != heldUpTail;
    }

    /** How many are held up, those counted that are gone meanwhile. */
    int heldUp() {
        return heldUpTail - heldUpHead;
    }

    /** Lets those that were held up first try again. */
    void releaseHeldUp(int count) {
        for (int i = 0; i < count && hasHeldUp(); i++) {
            int e = heldUp[heldUpHead++ & (heldUp.length - 1)];
            if ((flags[e] & HELD_UP) != 0) {
                flags[e] &= ~HELD_UP;
                owe(e);
            }
        }
    }

    /** The SYN-ACK goes, or may go, more than once: no round trip can be measured by it (Karn). */
    void repeated(int e) {
        flags[e] |= REPEATED;
    }

    boolean isRepeated(int e) {
        return (flags[e] & REPEATED) != 0;
    }

    /** Whether one more segment that is out of the window may be answered before the next SYN-ACK. */
    boolean mayAnswer(int e, int limit) {
        if (answers[e] >= limit) {
            return false;
        }
        answers[e]++;
        return true;
    }

    // ---- what is known of an entry

    TcpListener listener(int e) {
        return listener[e];
    }

    /** Sets between whom it is. */
    void flow(int e, FlowKey out) {
        out.localHigh = localHigh[e];
        out.localLow = localLow[e];
        out.remoteHigh = remoteHigh[e];
        out.remoteLow = remoteLow[e];
        out.ports = ports[e];
        out.hash = hash[e];
    }

    int ports(int e) {
        return ports[e];
    }

    int iss(int e) {
        return iss[e];
    }

    int irs(int e) {
        return irs[e];
    }

    int peerMss(int e) {
        return options[e] & 0xffff;
    }

    /** The shift of the peer's window, or {@link TcpOptions#NONE}. */
    int windowShift(int e) {
        return (options[e] >>> 16) - 1;
    }

    int peerWindow(int e) {
        return windows[e] >>> 16;
    }

    /** The window that the SYN-ACK offers. */
    int ownWindow(int e) {
        return windows[e] & 0xffff;
    }

    long deadlineNanos(int e) {
        return deadlineNanos[e];
    }
}
