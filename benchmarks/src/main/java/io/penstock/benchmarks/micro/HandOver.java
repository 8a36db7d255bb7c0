package io.penstock.benchmarks.micro;

import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.openjdk.jmh.infra.Control;

/**
 * From one thread to another, in batches, so that the queue costs next to nothing and what is measured is the
 * allocators' own. The same for all.
 *
 * <p>What is under way at once is bounded: the batches in the queue, the one being filled and the one being emptied, 192
 * in all. That fits into the cache of 256 entries that Netty keeps for each size, so that it is measured at its best.
 */
final class HandOver<T> extends HandOverGiverPadding<T> {
    static final int BATCH = 32;
    /** How many batches the queue holds; two more are in the threads' hands. */
    private static final int QUEUED = 4;

    static final int BATCHES = QUEUED + 2;

    private final OneToOneConcurrentArrayQueue<T[]> queue = new OneToOneConcurrentArrayQueue<>(QUEUED);
    private final T[][] batches;

    /** @param batches {@link #BATCHES} arrays of {@link #BATCH} */
    HandOver(T[][] batches) {
        this.batches = batches;
    }

    /** The giver's thread: an array to fill. Nobody reads it any more: the queue is too short for that. */
    T[] batch() {
        T[] batch = batches[next];
        next = next + 1 == batches.length ? 0 : next + 1;
        return batch;
    }

    /** The giver's thread: passes the batch on as soon as there is room. */
    void give(T[] batch, Control control) {
        pending = batch;
        boolean _ = flush(control);
    }

    /** The giver's thread: returns false if the iteration ended while a batch still waits for room. */
    boolean flush(Control control) {
        while (pending != null) {
            if (queue.offer(pending)) {
                pending = null;
            } else if (control.stopMeasurement) {
                return false;
            } else {
                Thread.onSpinWait();
            }
        }
        return true;
    }

    /** The taker's thread: the next batch, or null if the iteration ended before there was one. */
    T[] take(Control control) {
        T[] batch = queue.poll();
        while (batch == null && !control.stopMeasurement) {
            Thread.onSpinWait();
            batch = queue.poll();
        }
        return batch;
    }
}

/** Keeps what the giver writes away from the lines that lie in front. */
@SuppressWarnings("unused")
abstract class HandOverFrontPadding {
    private long f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15;
}

/** What only the giver touches. */
abstract class HandOverGiver<T> extends HandOverFrontPadding {
    T[] pending;
    int next;
}

/** Keeps what the giver writes away from what the taker reads. */
@SuppressWarnings("unused")
abstract class HandOverGiverPadding<T> extends HandOverGiver<T> {
    private long b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15;
}
