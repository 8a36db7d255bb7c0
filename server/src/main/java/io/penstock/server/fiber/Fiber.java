package io.penstock.server.fiber;

import io.penstock.datapath.LibOs;
import java.util.concurrent.ExecutionException;

/**
 * A fiber that was forked, for those who want to know what became of it. Nobody needs to keep it.
 *
 * @param <T> what its task returns
 */
public final class Fiber<T> {
    private final Carrier carrier;
    private final FiberThread thread;

    Fiber(Carrier carrier, FiberThread thread) {
        this.carrier = carrier;
        this.thread = thread;
    }

    /**
     * Waits for its end. In a fiber of the same loop.
     *
     * @return what its task returned
     * @throws ExecutionException its task threw what is the cause
     * @throws InterruptedException the calling fiber was told to end; this one goes on
     */
    @SuppressWarnings("unchecked") // of a task of this type
    public T join() throws ExecutionException, InterruptedException {
        FiberThread me = carrier.current();
        if (me == thread) {
            throw new IllegalStateException("fiber '" + me + "' waits for itself");
        }
        while (!thread.isEnded()) {
            thread.joining().add(me);
            try {
                boolean _ = carrier.await(me, null, LibOs.FOREVER);
            } finally {
                thread.joining().remove(me);
            }
        }
        if (thread.failure() != null) {
            throw new ExecutionException(thread.failure());
        }
        return (T) thread.outcome();
    }

    /** Whether it has ended. In a fiber of the same loop. */
    public boolean isDone() {
        return thread.isEnded();
    }

    /**
     * Tells it to end: what it waits for, or waits for next, ends with an {@link InterruptedException}. What had come by then is
     * lost to nobody. Any thread.
     */
    public void interrupt() {
        thread.thread.interrupt();
    }

    @Override
    public String toString() {
        return thread.toString();
    }
}
