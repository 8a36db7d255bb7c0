package io.penstock.libos.tcp.ipv4;

import io.penstock.libos.tcp.ip.Secret;

/**
 * The paths by their peers: an open table with a keyed hash, so that nobody outside can choose peers that meet in it.
 *
 * <p>A path that somebody keeps stays, with all that it has learnt, and there are as many as there are connections. The
 * others are bounded: when there are too many, one gives way that was not asked for since the clock's hand passed it last
 * (Corbató, 1968), and serves the newcomer. So peers that send one packet each, however many, push out each other and not
 * those that stay in touch, and nothing is allocated once as many paths were kept at the same time as ever will be.
 */
final class DestinationTable {
    /** How many paths there may be that nobody keeps. */
    static final int IDLE = 4096;

    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;
    /** How far the hand goes at most for one newcomer. */
    private static final int STEPS = 16;

    private final long key;
    private final Destination[] idle;
    private int idleCount;
    private int hand;
    /** At most half of them are in use. */
    private Destination[] slots;

    private int shift;
    private int size;
    /** Those that gave way and serve nobody now. */
    private Destination spare;

    DestinationTable(int idlePaths, Secret secret) {
        key = secret.high() ^ Long.rotateLeft(secret.low(), 32);
        idle = new Destination[idlePaths];
        shift = 62 - (31 - Integer.numberOfLeadingZeros(Math.max(2, idlePaths)));
        slots = new Destination[1 << (64 - shift)];
    }

    private int home(int remote) {
        return (int) (((remote ^ key) * GOLDEN) >>> shift);
    }

    /** The path to a peer with whom somebody is in touch; null if there is none. */
    Destination find(int remote) {
        Destination found = peek(remote);
        if (found != null && !found.wanted) {
            found.wanted = true;
        }
        return found;
    }

    /** As {@link #find}, and it does not count. */
    Destination peek(int remote) {
        Destination[] all = slots;
        int mask = all.length - 1;
        int i = home(remote);
        Destination p = all[i];
        while (p != null && p.remote() != remote) {
            i = (i + 1) & mask;
            p = all[i];
        }
        return p;
    }

    /** A path that may be led elsewhere and added; null if a new one is to be made. */
    Destination takeSpare() {
        if (spare == null && idleCount == idle.length) {
            giveWay();
        }
        Destination taken = spare;
        if (taken != null) {
            spare = taken.nextSpare;
            taken.nextSpare = null;
        }
        return taken;
    }

    /** Adds a path that nobody keeps yet. */
    void add(Destination path) {
        if (2 * (size + 1) > slots.length) {
            grow();
        }
        put(path);
        size++;
        path.wanted = false; // not before it is asked for again
        becomeIdle(path);
    }

    private void put(Destination path) {
        int mask = slots.length - 1;
        int i = home(path.remote());
        while (slots[i] != null) {
            i = (i + 1) & mask;
        }
        slots[i] = path;
    }

    private void grow() {
        Destination[] old = slots;
        slots = new Destination[2 * old.length];
        shift--;
        for (Destination p : old) {
            if (p != null) {
                put(p);
            }
        }
    }

    /** Somebody keeps it from now on. */
    void kept(Destination path) {
        Destination last = idle[--idleCount];
        idle[path.idleIndex] = last;
        last.idleIndex = path.idleIndex;
        idle[idleCount] = null;
    }

    /** Nobody keeps it any longer. */
    void becomeIdle(Destination path) {
        if (idleCount == idle.length) {
            giveWay();
        }
        path.idleIndex = idleCount;
        idle[idleCount++] = path;
    }

    private void giveWay() {
        Destination p = null;
        for (int i = 0; i < STEPS; i++) {
            hand = hand + 1 < idleCount ? hand + 1 : 0;
            p = idle[hand];
            if (!p.wanted) {
                break;
            }
            p.wanted = false;
        }
        kept(p); // out of those that nobody keeps
        remove(p);
        p.nextSpare = spare;
        spare = p;
    }

    /** Closes the gap, so that no search ends before what it looks for. */
    private void remove(Destination path) {
        int mask = slots.length - 1;
        int gap = home(path.remote());
        while (slots[gap] != path) {
            gap = (gap + 1) & mask;
        }
        slots[gap] = null;
        size--;
        for (int i = (gap + 1) & mask; slots[i] != null; i = (i + 1) & mask) {
            int distance = (i - home(slots[i].remote())) & mask;
            if (distance >= ((i - gap) & mask)) {
                slots[gap] = slots[i];
                slots[i] = null;
                gap = i;
            }
        }
    }

    /** How many there are, kept or not. */
    int size() {
        return size;
    }
}
