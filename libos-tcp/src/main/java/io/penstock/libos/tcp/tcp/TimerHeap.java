package io.penstock.libos.tcp.tcp;

import java.util.Arrays;

/**
 * When connections want to be looked at: a heap of four children a node, with at most one entry for each connection.
 *
 * <p>An entry's moment is never later than the connection's earliest deadline, but may be earlier: a deadline that moves
 * away, as retransmission deadlines do with every acknowledgement, is only a store in the connection. When the entry's
 * moment comes, the connection is looked at and its entry put where its deadlines are by then. So a packet pays nothing
 * here, and the heap is touched some few times for each timeout.
 *
 * <pre>
 *   place    0   | 1   2   3   4 | 5 ...     children of p: 4p + 1 to 4p + 4, of which the moments lie in one cache line or two
 *   moments  ^ first               of one entry each
 *   ids      whose entry it is; places[id] is the way back, owners[id] the connection
 * </pre>
 *
 * <p>Moving entries touches these arrays alone. Were moments and places in the control blocks, each step would be a miss of
 * all caches where connections are many.
 */
final class TimerHeap {
    private static final int INITIAL_CAPACITY = 64;
    private static final int NOWHERE = -1;

    private long[] moments = new long[INITIAL_CAPACITY];
    private int[] ids = new int[INITIAL_CAPACITY];
    private int size;

    private TcpConnection[] owners = new TcpConnection[INITIAL_CAPACITY];
    private int[] places = new int[INITIAL_CAPACITY];
    private int known;

    /** The first entry's moment, or {@link Long#MAX_VALUE}. */
    long nextNanos() {
        return size == 0 ? Long.MAX_VALUE : moments[0];
    }

    /** The connection whose entry is the first. */
    TcpConnection first() {
        return owners[ids[0]];
    }

    /** The moment of a connection's entry, or {@link Long#MAX_VALUE} if it has none. */
    long momentNanos(TcpConnection c) {
        int place = place(c);
        return place == NOWHERE ? Long.MAX_VALUE : moments[place];
    }

    /** Makes sure that the connection is looked at not later than at this moment. */
    void arm(TcpConnection c, long momentNanos) {
        if (c.timers.id < 0) {
            introduce(c);
        }
        int place = places[c.timers.id];
        if (place == NOWHERE) {
            if (size == moments.length) {
                moments = Arrays.copyOf(moments, 2 * size);
                ids = Arrays.copyOf(ids, 2 * size);
            }
            siftUp(c.timers.id, momentNanos, size++);
        } else if (momentNanos < moments[place]) {
            siftUp(c.timers.id, momentNanos, place);
        }
    }

    /** Gives a control block its number, for good: they are used again and again. */
    private void introduce(TcpConnection c) {
        if (known == owners.length) {
            owners = Arrays.copyOf(owners, 2 * known);
            places = Arrays.copyOf(places, 2 * known);
        }
        owners[known] = c;
        places[known] = NOWHERE;
        c.timers.id = known++;
    }

    private int place(TcpConnection c) {
        return c.timers.id < 0 ? NOWHERE : places[c.timers.id];
    }

    /** Moves the entry to this moment, which may be later. */
    void rearm(TcpConnection c, long momentNanos) {
        c.timers.armed = momentNanos;
        move(c.timers.id, momentNanos, places[c.timers.id]);
    }

    void remove(TcpConnection c) {
        int place = place(c);
        if (place == NOWHERE) {
            return;
        }
        places[c.timers.id] = NOWHERE;
        c.timers.armed = Timers.NEVER;
        size--;
        if (place != size) {
            move(ids[size], moments[size], place);
        }
    }

    private void move(int id, long momentNanos, int place) {
        if (place > 0 && momentNanos < moments[parent(place)]) {
            siftUp(id, momentNanos, place);
        } else {
            siftDown(id, momentNanos, place);
        }
    }

    private static int parent(int place) {
        return (place - 1) >> 2;
    }

    private void siftUp(int id, long momentNanos, int from) {
        int i = from;
        while (i > 0) {
            int parent = parent(i);
            if (moments[parent] <= momentNanos) {
                break;
            }
            put(i, ids[parent], moments[parent]);
            i = parent;
        }
        put(i, id, momentNanos);
    }

    private void siftDown(int id, long momentNanos, int from) {
        int i = from;
        for (int child = 4 * i + 1; child < size; child = 4 * i + 1) {
            int least = child;
            int end = Math.min(child + 4, size);
            for (int c = child + 1; c < end; c++) {
                least = moments[c] < moments[least] ? c : least;
            }
            if (moments[least] >= momentNanos) {
                break;
            }
            put(i, ids[least], moments[least]);
            i = least;
        }
        put(i, id, momentNanos);
    }

    private void put(int place, int id, long momentNanos) {
        moments[place] = momentNanos;
        ids[place] = id;
        places[id] = place;
    }
}
