package io.penstock.libos.tcp.tcp;

import java.util.Arrays;

/**
 * When connections want to be looked at: a binary heap with at most one entry for each.
 *
 * <p>An entry's moment is never later than the connection's earliest deadline, but may be earlier: a deadline that moves
 * away, as retransmission deadlines do with every acknowledgement, is only a store in the connection. When the entry's
 * moment comes, the connection is looked at and its entry put where its deadlines are by then. So a packet pays nothing
 * here, and the heap is touched some few times for each timeout.
 */
final class TimerHeap {
    private Tcb[] heap = new Tcb[64];
    private int size;

    /** The first entry's moment, or {@link Long#MAX_VALUE}. */
    long nextNanos() {
        return size == 0 ? Long.MAX_VALUE : heap[0].timerNanos;
    }

    /** The connection whose entry is the first. */
    Tcb first() {
        return heap[0];
    }

    /** Makes sure that the connection is looked at not later than at this moment. */
    void arm(Tcb t, long momentNanos) {
        if (t.timerIndex < 0) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, 2 * size);
            }
            t.timerNanos = momentNanos;
            siftUp(t, size++);
        } else if (momentNanos < t.timerNanos) {
            t.timerNanos = momentNanos;
            siftUp(t, t.timerIndex);
        }
    }

    /** Moves the entry to this moment, which may be later. */
    void rearm(Tcb t, long momentNanos) {
        long before = t.timerNanos;
        t.timerNanos = momentNanos;
        if (momentNanos < before) {
            siftUp(t, t.timerIndex);
        } else {
            siftDown(t, t.timerIndex);
        }
    }

    void remove(Tcb t) {
        int i = t.timerIndex;
        if (i < 0) {
            return;
        }
        t.timerIndex = -1;
        Tcb last = heap[--size];
        heap[size] = null;
        if (last != t) {
            if (i > 0 && last.timerNanos < heap[(i - 1) >> 1].timerNanos) {
                siftUp(last, i);
            } else {
                siftDown(last, i);
            }
        }
    }

    private void siftUp(Tcb t, int from) {
        int i = from;
        while (i > 0) {
            int parent = (i - 1) >> 1;
            Tcb p = heap[parent];
            if (p.timerNanos <= t.timerNanos) {
                break;
            }
            heap[i] = p;
            p.timerIndex = i;
            i = parent;
        }
        heap[i] = t;
        t.timerIndex = i;
    }

    private void siftDown(Tcb t, int from) {
        int i = from;
        while (true) {
            int child = 2 * i + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && heap[child + 1].timerNanos < heap[child].timerNanos) {
                child++;
            }
            Tcb c = heap[child];
            if (c.timerNanos >= t.timerNanos) {
                break;
            }
            heap[i] = c;
            c.timerIndex = i;
            i = child;
        }
        heap[i] = t;
        t.timerIndex = i;
    }
}
