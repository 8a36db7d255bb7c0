package io.penstock.benchmarks.soak;

import io.penstock.memory.Buffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

/** The way from the owner to the thread that releases what another allocated: batches, which come back empty. */
final class HandOff {
    private static final int BATCHES = 16;
    private static final int BATCH = 32;

    private static final int SPINS = 1_000;
    private static final int YIELDS = 10;
    private static final long MIN_PARK_NANOS = 1_000;
    private static final long MAX_PARK_NANOS = 100_000;

    /** Buffers, and what must be written in each. */
    static final class Batch {
        private final Buffer[] buffers = new Buffer[BATCH];
        private final long[] serials = new long[BATCH];
        private int size;

        void add(Buffer buffer, long serial) {
            buffers[size] = buffer;
            serials[size++] = serial;
        }

        boolean isFull() {
            return size == BATCH;
        }

        int size() {
            return size;
        }

        Buffer buffer(int index) {
            return buffers[index];
        }

        long serial(int index) {
            return serials[index];
        }

        void clear() {
            size = 0;
        }
    }

    private final OneToOneConcurrentArrayQueue<Batch> full = new OneToOneConcurrentArrayQueue<>(BATCHES);
    private final OneToOneConcurrentArrayQueue<Batch> empty = new OneToOneConcurrentArrayQueue<>(BATCHES);
    private volatile boolean closed;

    /** For who waits for the other: where others need the cores too, spinning would only keep it from coming. */
    static IdleStrategy idle() {
        return new BackoffIdleStrategy(SPINS, YIELDS, MIN_PARK_NANOS, MAX_PARK_NANOS);
    }

    HandOff() {
        for (int i = 0; i < BATCHES; i++) {
            empty.add(new Batch());
        }
    }

    /** The owner: a batch to fill, or null if the other thread has all. */
    Batch takeEmpty() {
        return empty.poll();
    }

    /** The owner; never refused, as there are no more batches than places. */
    void putFull(Batch batch) {
        full.add(batch);
    }

    /** The owner: whether the other thread has released all that it was handed; the owner must hold no batch. */
    boolean isSettled() {
        return empty.size() == BATCHES;
    }

    /** The other thread: a batch to release, or null if there is none now. */
    Batch takeFull() {
        return full.poll();
    }

    /** The other thread. */
    void putEmpty(Batch batch) {
        batch.clear();
        empty.add(batch);
    }

    /** The owner: no more will come. */
    void close() {
        closed = true;
    }

    /** The other thread: whether no more will come; ask before the last look into the queue. */
    boolean isClosed() {
        return closed;
    }
}
