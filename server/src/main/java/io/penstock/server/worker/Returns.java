package io.penstock.server.worker;

import io.penstock.datapath.LibOs;
import io.penstock.datapath.StackTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * The way back to the stack's thread: a ring that many fill and the stack empties, told of it once for all that came since it
 * looked last.
 *
 * <pre>
 *   worker --&gt;
 *   worker --&gt; ring --&gt; the stack's thread, whose mailbox has one task for the whole ring
 *   worker --&gt;
 * </pre>
 */
final class Returns<T> implements StackTask {
    /** So many are taken in one turn of the loop: packets do not wait for the rest. */
    private static final int BATCH = 64;

    private static final long MIN_PAUSE_NANOS = 1_000;
    private static final long MAX_PAUSE_NANOS = 1_000_000;

    private final LibOs os;
    private final ManyToOneConcurrentArrayQueue<T> ring;
    private final Consumer<T> taker;
    /** Whether the stack is to look: this stands in its mailbox, or is about to. */
    private final AtomicBoolean isDue = new AtomicBoolean();

    private volatile boolean isOver;

    /**
     * @param capacity at least as many as there are to return
     * @param taker is given each, on the stack's thread; does not throw
     */
    Returns(LibOs os, int capacity, Consumer<T> taker) {
        this.os = os;
        this.ring = new ManyToOneConcurrentArrayQueue<>(capacity);
        this.taker = taker;
    }

    /** Any thread. */
    void add(T item) {
        while (!ring.offer(item)) {
            Thread.onSpinWait(); // another one is just being put there
        }
        if (!isDue.getAndSet(true)) {
            tell();
        }
    }

    private void tell() {
        long pauseNanos = MIN_PAUSE_NANOS;
        try {
            while (!isOver && !os.execute(this)) {
                LockSupport.parkNanos(pauseNanos); // the stack's mailbox is full of others' tasks
                pauseNanos = Math.min(2 * pauseNanos, MAX_PAUSE_NANOS);
            }
        } catch (IllegalStateException _) {
            // The stack is closed: nobody waits for an answer any more.
        }
    }

    /** On the stack's thread, out of its mailbox. */
    @Override
    public void run() {
        while (true) {
            isDue.getAndSet(false); // before the ring is looked at: what comes later tells anew
            if (take(BATCH) < BATCH || ring.isEmpty() || isDue.getAndSet(true)) {
                return;
            }
            if (!isOver && os.execute(this)) {
                return;
            }
        }
    }

    /** Takes what is there, on the stack's thread. Returns how many. */
    int take(int max) {
        int count = 0;
        while (count < max) {
            T item = ring.poll();
            if (item == null) {
                return count;
            }
            taker.accept(item);
            count++;
        }
        return count;
    }

    @Override
    public void abandoned() {
        // What is in the ring is taken by who ends this.
    }

    /** The stack's thread looks no more. */
    void end() {
        isOver = true;
    }
}
