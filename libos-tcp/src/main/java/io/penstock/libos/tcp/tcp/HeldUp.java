package io.penstock.libos.tcp.tcp;

/**
 * Connections whose segments found no room, because too many packets wait already for an answer of their neighbour. They
 * are not among those that have something to send, so that they hold up nobody, and come back when the neighbour has
 * answered or was given up, or try again after a while. First in, first out.
 */
final class HeldUp {
    /** How many try again in a turn: peers decide how many there are, and others must not wait for them. */
    private static final int MAX_RETRIES = 64;
    /** When all try again though nothing has happened: a place among the neighbours may have become free by age. */
    private static final long RETRY_NANOS = 5_000_000L;

    private final TcpContext context;
    private final TcpConnection.List list = new TcpConnection.List(TcpConnection.List.HELD_UP);
    /** What had changed among the neighbours when all of them were to be looked at last, and how many still are. */
    private long seenChanges;

    private long retryNanos;
    private int toRetry;

    HeldUp(TcpContext context) {
        this.context = context;
    }

    /** It waits, unless it does so already. */
    void add(TcpConnection c) {
        if (!c.isIn(TcpConnection.List.HELD_UP)) {
            list.add(c);
        }
    }

    /** When some of them try again, unless a neighbour answers before. */
    long nextNanos() {
        if (list.size() == 0) {
            return Long.MAX_VALUE;
        }
        return toRetry != 0 ? retryNanos - RETRY_NANOS : retryNanos;
    }

    /** Lets those try again whose neighbour has come to something. */
    void release() {
        if (list.size() == 0) {
            return;
        }
        long changes = context.ip.neighbourChanges();
        long now = context.clock.nanos();
        if (changes != seenChanges || now >= retryNanos) {
            seenChanges = changes;
            retryNanos = now + RETRY_NANOS;
            toRetry = list.size();
        }
        toRetry = Math.min(toRetry, list.size()); // some may be gone
        int retries = Math.min(MAX_RETRIES, toRetry);
        toRetry -= retries;
        for (int i = 0; i < retries; i++) {
            TcpConnection c = list.first();
            c.leave(TcpConnection.List.HELD_UP);
            if (c.path.isHeldUp()) {
                list.add(c);
            } else {
                context.markReady(c);
            }
        }
    }
}
