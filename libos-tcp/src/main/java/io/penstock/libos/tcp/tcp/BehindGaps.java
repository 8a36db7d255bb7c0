package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.stream.Reassembly.Added;
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
    private static final int MIN_PART = 32;

    private static final int MIN_FRAMES = 16;

    private final TcpContext context;
    private final FrameBudget budget;
    private final int maxOfOne;

    /** Those that have something behind a gap, by their last progress. */
    private final TcpConnection.List byProgress = new TcpConnection.List(TcpConnection.List.BEHIND_GAP);

    private int frames;

    BehindGaps(TcpContext context) {
        this.context = context;
        budget = context.budget;
        maxOfOne = context.config.maxOutOfOrderFrames();
    }

    /** How many frames there are. */
    int frames() {
        return frames;
    }

    /** Keeps a payload if there is room for it or others have to make some. Takes over the reference. */
    Added keep(TcpConnection c, Buffer payload, int sequence) {
        long now = context.clock.nanos();
        TcpConnection oldest = byProgress.first();
        while (oldest != null && oldest != c && now - oldest.receive.gapProgressNanos > MAX_AGE_NANOS) {
            evict(oldest);
            oldest = byProgress.first();
        }
        int limit = budget.behindGapsFrames();
        int share = share(limit);
        if (frames >= limit && c.receive.reassembly.frames() < share) {
            makeRoom(c, limit);
        }
        int ofOne = Math.min(share, c.receive.reassembly.frames() + Math.max(0, limit - frames));
        int before = c.receive.reassembly.frames();
        Added added = context.reassembly(c).add(payload, sequence, maxOfOne, ofOne);
        account(c.receive.reassembly.frames() - before);
        if (c.receive.reassembly.isEmpty()) {
            context.giveBackIdle(c.receive);
        } else if (!c.receive.behindGap) {
            c.receive.gapProgressNanos = now;
            append(c);
        }
        return added;
    }

    /** How many frames one connection may have: as many as it likes as long as half of them are free. */
    private int share(int limit) {
        if (2 * frames < limit) {
            return maxOfOne;
        }
        int min = Math.max(MIN_FRAMES, limit / MIN_PART);
        return Math.min(Math.min(maxOfOne, limit), Math.max(min, limit / Math.max(1, byProgress.size())));
    }

    /** Throws away what others have, those first that got nothing in order for the longest time. */
    private void makeRoom(TcpConnection forWhom, int limit) {
        while (frames >= limit) {
            TcpConnection victim = byProgress.first();
            if (victim == forWhom && victim != null) {
                victim = victim.next(TcpConnection.List.BEHIND_GAP);
            }
            if (victim == null) {
                return;
            }
            evict(victim);
        }
    }

    /** Frames are short for something better: the connection's own go, and those of others beyond what there may be now. */
    void makeRoomInOrder(TcpConnection c) {
        if (c.receive.behindGap) {
            evict(c);
        }
        makeRoom(null, budget.behindGapsFrames() + 1);
    }

    private void evict(TcpConnection c) {
        context.counters.rxEvicted.add(c.receive.reassembly.frames());
        clear(c);
    }

    /** Lets all go that the connection has behind gaps. */
    void clear(TcpConnection c) {
        if (c.receive.behindGap) {
            int before = c.receive.reassembly.frames();
            c.receive.reassembly.clear();
            account(-before);
            remove(c);
            context.giveBackIdle(c.receive);
        }
    }

    /** A gap was filled, in part or in full, and so many frames were taken out. */
    void filled(TcpConnection c, int framesTaken) {
        account(-framesTaken);
        remove(c);
        if (!c.receive.reassembly.isEmpty()) {
            c.receive.gapProgressNanos = context.clock.nanos();
            append(c);
        } else {
            context.giveBackIdle(c.receive);
        }
    }

    private void account(int change) {
        frames += change;
        budget.receiveFrames += change;
    }

    private void append(TcpConnection c) {
        c.receive.behindGap = true;
        byProgress.add(c);
    }

    private static void remove(TcpConnection c) {
        c.receive.behindGap = false;
        c.leave(TcpConnection.List.BEHIND_GAP);
    }
}
