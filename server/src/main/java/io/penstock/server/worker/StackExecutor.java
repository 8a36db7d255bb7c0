package io.penstock.server.worker;

import io.penstock.datapath.LibOs;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;

/**
 * A stack's thread, for other threads: all that {@link LibOs} has for its own thread alone is called by way of this.
 *
 * <pre>{@code
 * StackExecutor stack = StackExecutor.of(os);
 * stack.call(() -> os.push(queue, buffer)).whenComplete((token, failure) -> buffer.release());
 * }</pre>
 *
 * <p>Bounded: the stack's mailbox takes 1,024 tasks that have not run. One more is refused at once, unless {@link #waiting}
 * says how long its caller may wait for a place.
 *
 * <p>Any thread. On the stack's own it does no harm, but there nothing may wait: neither for a place nor for what comes of a
 * call, as that thread would have to bring it about.
 */
public final class StackExecutor implements Executor {
    private static final long MIN_PAUSE_NANOS = 1_000;
    private static final long MAX_PAUSE_NANOS = 1_000_000;

    private final LibOs os;
    private final Duration patience;

    private StackExecutor(LibOs os, Duration patience) {
        this.os = os;
        this.patience = patience;
    }

    /** Of this stack; who finds its mailbox full is refused at once. */
    public static StackExecutor of(LibOs os) {
        return new StackExecutor(os, Duration.ZERO);
    }

    /** Of the same stack; who finds its mailbox full waits for a place, so long at most. Interruption ends the wait. */
    public StackExecutor waiting(Duration atMost) {
        if (atMost.isNegative()) {
            throw new IllegalArgumentException("wait for " + atMost);
        }
        return new StackExecutor(os, atMost);
    }

    /**
     * Calls something on the stack's thread, in the next turn of its loop. What it returns or throws completes the future, on
     * the stack's thread: what depends on the future should be short there, or go to an executor ({@code thenAcceptAsync}).
     *
     * <p>A future that is cancelled before its turn has come is not called. Every future is completed: with {@link
     * MailboxFullException} if there was no place, with {@link IllegalStateException} if the stack is closed, or was closed
     * before its turn.
     */
    public <T> CompletableFuture<T> call(Callable<? extends T> work) {
        StackCall<T> call = new StackCall<>(work);
        try {
            if (!isTaken(call)) {
                call.completeExceptionally(new MailboxFullException(patience));
            }
        } catch (IllegalStateException closed) {
            call.completeExceptionally(closed);
        }
        return call;
    }

    /**
     * As {@link LibOs#execute}, in {@link Executor}'s words: such as for the next stage of a {@link CompletableFuture}. What
     * the work throws comes out of the stack's wait.
     *
     * @throws MailboxFullException if there was no place
     * @throws RejectedExecutionException if the stack is closed
     */
    @Override
    public void execute(Runnable work) {
        boolean isTaken;
        try {
            isTaken = isTaken(work);
        } catch (IllegalStateException closed) {
            throw new RejectedExecutionException(closed.getMessage(), closed);
        }
        if (!isTaken) {
            throw new MailboxFullException(patience);
        }
    }

    private boolean isTaken(Runnable work) {
        if (os.execute(work)) {
            return true;
        }
        long patienceNanos = patience.toNanos();
        if (patienceNanos == 0) {
            return false;
        }
        long begin = System.nanoTime();
        long pauseNanos = MIN_PAUSE_NANOS;
        while (System.nanoTime() - begin < patienceNanos
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(pauseNanos);
            pauseNanos = Math.min(2 * pauseNanos, MAX_PAUSE_NANOS);
            if (os.execute(work)) {
                return true;
            }
        }
        return false;
    }
}
