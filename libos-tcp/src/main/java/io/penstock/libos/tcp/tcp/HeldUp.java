package io.penstock.libos.tcp.tcp;

/**
 * Connections whose segments found no room, because too many packets wait already for an answer of their neighbour. They
 * are not among those that have something to send, so that they hold up nobody, and come back when the neighbour has
 * answered or was given up, or try again after a while. First in, first out.
 */
final class HeldUp {
    /** How many are looked at in a turn: peers decide how many there are, and others must not wait for them. */
    private static final int LOOKS = 64;
    /** When all try again though nothing has happened: a place among the neighbours may have become free by age. */
    private static final long RETRY_NANOS = 5_000_000L;

    private final TcpCore core;
    private Tcb first;
    private Tcb last;
    private int size;
    /** What had changed among the neighbours when all of them were to be looked at last, and how many still are. */
    private long seenChanges;

    private long retryNanos;
    private int toLookAt;

    HeldUp(TcpCore core) {
        this.core = core;
    }

    /** It waits, unless it does so already. */
    void add(Tcb t) {
        if (!t.heldUp) {
            t.heldUp = true;
            append(t);
        }
    }

    private void append(Tcb t) {
        t.previousHeldUp = last;
        if (last == null) {
            first = t;
        } else {
            last.nextHeldUp = t;
        }
        last = t;
        size++;
    }

    /** It waits no longer. */
    void remove(Tcb t) {
        if (t.heldUp) {
            t.heldUp = false;
            unlink(t);
            toLookAt = Math.min(toLookAt, size);
        }
    }

    private void unlink(Tcb t) {
        Tcb before = t.previousHeldUp;
        Tcb after = t.nextHeldUp;
        if (before == null) {
            first = after;
        } else {
            before.nextHeldUp = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previousHeldUp = before;
        }
        t.previousHeldUp = null;
        t.nextHeldUp = null;
        size--;
    }

    /** When some of them try again, unless a neighbour answers before. */
    long nextNanos() {
        return toLookAt != 0 ? retryNanos - RETRY_NANOS : size == 0 ? Long.MAX_VALUE : retryNanos;
    }

    /** Lets those try again whose neighbour has come to something. */
    void release() {
        if (size == 0) {
            return;
        }
        long changes = core.ip.neighbourChanges();
        long now = core.clock.nanos();
        if (changes != seenChanges || now >= retryNanos) {
            seenChanges = changes;
            retryNanos = now + RETRY_NANOS;
            toLookAt = size;
        }
        int looks = Math.min(LOOKS, toLookAt);
        toLookAt -= looks;
        for (int i = 0; i < looks; i++) {
            Tcb t = first;
            unlink(t);
            if (t.path.isHeldUp()) {
                append(t);
            } else {
                t.heldUp = false;
                core.markDirty(t);
            }
        }
    }
}
