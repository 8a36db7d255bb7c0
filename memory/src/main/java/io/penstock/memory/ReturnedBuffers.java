package io.penstock.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * What other threads have released, on its way to the owner: a ring, and behind it a stack through the buffers themselves,
 * which never overflows.
 *
 * <p>The ring alone would do but for its size. The stack alone would too, but every entry writes into the buffer: with the
 * ring that line stays readable in both cores' caches, and sixteen entries share one line between them.
 */
final class ReturnedBuffers {
    private static final VarHandle OVERFLOW;

    static {
        try {
            OVERFLOW = MethodHandles.lookup().findVarHandle(ReturnedBuffers.class, "overflow", CountedBlock.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ManyToOneConcurrentArrayQueue<CountedBlock> ring;

    /** A stack that only grows until the owner takes all of it. */
    @SuppressWarnings("unused") // through OVERFLOW
    private CountedBlock overflow;
    /** What was taken off that stack and not looked at yet; the owner's. */
    private CountedBlock pending;

    ReturnedBuffers(int ringEntries) {
        ring = new ManyToOneConcurrentArrayQueue<>(ringEntries);
    }

    /** Any thread. A buffer stands here once at most. */
    void put(CountedBlock b) {
        if (!ring.offer(b)) {
            putBehind(b);
        }
    }

    private void putBehind(CountedBlock b) {
        CountedBlock head = (CountedBlock) OVERFLOW.getAcquire(this);
        while (true) {
            b.nextReturned = head;
            CountedBlock seen = (CountedBlock) OVERFLOW.compareAndExchangeRelease(this, head, b);
            if (seen == head) {
                return;
            }
            head = seen;
            Thread.onSpinWait();
        }
    }

    /** The owner. Returns null if there is none, or the next one is being put at this moment. */
    CountedBlock poll() {
        CountedBlock b = ring.poll();
        return b != null ? b : pollBehind();
    }

    private CountedBlock pollBehind() {
        if (pending == null) {
            if ((CountedBlock) OVERFLOW.getOpaque(this) == null) {
                return null;
            }
            pending = (CountedBlock) OVERFLOW.getAndSetAcquire(this, null);
        }
        CountedBlock b = pending;
        pending = b.nextReturned;
        b.nextReturned = null; // or the blocks of spans that are no more would keep each other alive
        return b;
    }
}
