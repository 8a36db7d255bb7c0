package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.tcp.Reassembly.Added;
import io.penstock.memory.Buffer;

/**
 * What lies behind gaps, of all connections together, and how they share the frames for it.
 *
 * <p>It is the one thing that a receiver may throw away again: nothing of it was acknowledged, and it comes once more (RFC
 * 9293, section 3.10.7.4, asks to queue it: SHLD-31). So when it is too much, whoever got nothing in order for the longest
 * time loses what it has: a peer whose gaps are never filled must not take the room of one that lost a segment.
 */
final class BehindGaps {
    /** Nobody repeats a segment for so long without any progress and is still there. */
    static final long MAX_AGE_NANOS = 30_000_000_000L;
    /** What a connection may have, as a part of what all may have, however many there are. */
    private static final int LEAST_PART = 32;

    private static final int LEAST_FRAMES = 16;

    private final TcpCore core;
    private final FrameBudget budget;
    private final int maxOfOne;

    /** Those that have something behind a gap, by their last progress. */
    private Tcb oldest;

    private Tcb newest;
    private int connections;
    private int frames;

    BehindGaps(TcpCore core) {
        this.core = core;
        budget = core.budget;
        maxOfOne = core.config.maxOutOfOrderFrames();
    }

    /** How many frames there are. */
    int frames() {
        return frames;
    }

    /** Keeps a payload if there is room for it or others have to make some. Takes over the reference. */
    Added keep(Tcb t, Buffer payload, int sequence) {
        long now = core.clock.nanos();
        while (oldest != null && oldest != t && now - oldest.gapProgressNanos > MAX_AGE_NANOS) {
            evict(oldest);
        }
        int limit = budget.behindGapsFrames();
        int share = share(limit);
        if (frames >= limit && t.reassembly.frames() < share) {
            makeRoom(t, limit);
        }
        int ofOne = Math.min(share, t.reassembly.frames() + Math.max(0, limit - frames));
        int before = t.reassembly.frames();
        Added added = t.reassembly.add(payload, sequence, maxOfOne, ofOne);
        account(t.reassembly.frames() - before);
        if (!t.behindGap && !t.reassembly.isEmpty()) {
            t.gapProgressNanos = now;
            append(t);
        }
        return added;
    }

    /** How many frames one connection may have: as many as it likes as long as half of them are free. */
    private int share(int limit) {
        if (2 * frames < limit) {
            return maxOfOne;
        }
        int least = Math.max(LEAST_FRAMES, limit / LEAST_PART);
        return Math.min(Math.min(maxOfOne, limit), Math.max(least, limit / Math.max(1, connections)));
    }

    /** Throws away what others have, those first that got nothing in order for the longest time. */
    private void makeRoom(Tcb forWhom, int limit) {
        while (frames >= limit) {
            Tcb victim = oldest == forWhom ? oldest.nextBehindGap : oldest;
            if (victim == null) {
                return;
            }
            evict(victim);
        }
    }

    /** Frames are short for something better: the connection's own go, and those of others beyond what there may be now. */
    void makeRoomInOrder(Tcb t) {
        if (t.behindGap) {
            evict(t);
        }
        makeRoom(null, budget.behindGapsFrames() + 1);
    }

    private void evict(Tcb t) {
        core.counters.rxEvicted.add(t.reassembly.frames());
        clear(t);
    }

    /** Lets all go that the connection has behind gaps. */
    void clear(Tcb t) {
        if (t.behindGap) {
            int before = t.reassembly.frames();
            t.reassembly.clear();
            account(-before);
            remove(t);
        }
    }

    /** A gap was filled, in part or in full, and so many frames were taken out. */
    void filled(Tcb t, int framesTaken) {
        account(-framesTaken);
        remove(t);
        if (!t.reassembly.isEmpty()) {
            t.gapProgressNanos = core.clock.nanos();
            append(t);
        }
    }

    private void account(int change) {
        frames += change;
        budget.receiveFrames += change;
    }

    private void append(Tcb t) {
        t.behindGap = true;
        t.previousBehindGap = newest;
        if (newest == null) {
            oldest = t;
        } else {
            newest.nextBehindGap = t;
        }
        newest = t;
        connections++;
    }

    private void remove(Tcb t) {
        Tcb before = t.previousBehindGap;
        Tcb after = t.nextBehindGap;
        if (before == null) {
            oldest = after;
        } else {
            before.nextBehindGap = after;
        }
        if (after == null) {
            newest = before;
        } else {
            after.previousBehindGap = before;
        }
        t.previousBehindGap = null;
        t.nextBehindGap = null;
        t.behindGap = false;
        connections--;
    }
}
