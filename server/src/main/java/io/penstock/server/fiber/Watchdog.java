package io.penstock.server.fiber;

import io.penstock.datapath.counters.Counter;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds fibers that hold up their loop, from a thread of its own: the loop pays two stores for each fiber that it runs, and reads no
 * clock.
 *
 * <p>It looks twice in the time that is allowed. A fiber that was on the loop, the same run of it, at three looks in a row has
 * been there for at least that time. Looks that come late do not count: the whole process stood still, for a
 * garbage collection or for want of a core, and the fiber with it.
 *
 * <p>A fiber that waits for what only the loop can bring, on the loop's own thread, as it cannot leave it (Java calls it pinned), would
 * stop the loop for ever: it is woken, and gets an exception.
 */
final class Watchdog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    private static final int LOOKS = 2;
    private static final long QUIET_NANOS = 10_000_000_000L;

    private final RunQueue queue;
    private final long limitNanos;
    private final long periodNanos;
    private final Counter blocked;
    private final Thread thread;
    private volatile boolean isClosed;

    private long lookNanos;
    private long seenStarts = -1;
    private int looks;
    private long loggedNanos = System.nanoTime() - QUIET_NANOS;
    private int unlogged;

    /** Watches from now on. */
    Watchdog(RunQueue queue, long limitNanos, Counter blocked) {
        this.queue = queue;
        this.limitNanos = limitNanos;
        this.periodNanos = limitNanos / LOOKS;
        this.blocked = blocked;
        this.thread = Thread.ofPlatform().daemon().name("fiber-watchdog").unstarted(this::watch);
        this.thread.start();
    }

    private void watch() {
        lookNanos = System.nanoTime();
        while (!isClosed) {
            LockSupport.parkNanos(this, periodNanos);
            long now = System.nanoTime();
            look(now - lookNanos < 2 * periodNanos);
            lookNanos = now;
        }
    }

    private void look(boolean isInTime) {
        long starts = queue.starts();
        RunTask task = queue.running();
        if (task == null || starts != seenStarts) {
            seenStarts = starts;
            looks = 0;
        } else if (isInTime) {
            looks++;
            if (looks == LOOKS) {
                report(task);
            }
        }
    }

    private void report(RunTask task) {
        Thread of = task.thread == null ? queue.pollThread() : task.thread;
        StackTraceElement[] stack = of.getStackTrace();
        Thread.State state = of.getState();
        if (queue.starts() != seenStarts || queue.running() != task) {
            return; // it has gone on meanwhile, and the stack is of what follows
        }
        blocked.increment();
        Throwable where = new Throwable("it is here");
        where.setStackTrace(stack);
        record(task, state, stack);
        log(task, state, where);
        if (task instanceof FiberThread fiber && state != Thread.State.RUNNABLE) {
            fiber.isPinned = true;
            LockSupport.unpark(fiber.thread); // one that waits for something else looks, and waits on
        }
    }

    private void record(RunTask task, Thread.State state, StackTraceElement[] stack) {
        FiberBlockedEvent event = new FiberBlockedEvent();
        if (event.shouldCommit()) {
            StringBuilder lines = new StringBuilder();
            for (StackTraceElement element : stack) {
                lines.append(element).append('\n');
            }
            event.fiber = task.toString();
            event.state = state.toString();
            event.heldNanos = limitNanos;
            event.stack = lines.toString();
            event.commit();
        }
    }

    private void log(RunTask task, Thread.State state, Throwable where) {
        long now = System.nanoTime();
        if (now - loggedNanos < QUIET_NANOS) {
            unlogged++;
            return;
        }
        loggedNanos = now;
        LOG.warn(
                "fiber '{}' has held up its loop for more than {} ms: it {}; packets and all other fibers wait ({} more were not told)",
                task,
                limitNanos / 1_000_000,
                state == Thread.State.RUNNABLE
                        ? "runs, blocks in a system call, or its core was given to others"
                        : "waits (" + state
                                + ") below a native method or a class initializer, where it cannot leave the loop",
                unlogged,
                where);
        unlogged = 0;
    }

    @Override
    public void close() {
        isClosed = true;
        LockSupport.unpark(thread);
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
