package io.penstock.server.fiber;

import java.util.concurrent.Callable;
import java.util.concurrent.Executor;

/**
 * One fiber: a virtual thread whose scheduler is this object, and what it waits for.
 *
 * <p>That each has a scheduler of its own says which thread is about to run, and lets the fiber itself stand in the queue. A virtual
 * thread that a fiber starts by Java's own means inherits it, and runs on the loop as well: a guest, of which no more is known.
 */
final class FiberThread extends RunTask implements Executor, Runnable {
    /** No entry among the timers. */
    static final int NO_TIMER = -1;

    private final RunQueue queue;
    private final End end;
    /** What it runs, and then what that has returned. */
    private Object work;
    /** How Java continues this thread: what is submitted first, by its start. */
    private Runnable continuation;

    private Throwable failure;
    private boolean isEnded;
    private WaitList joining;

    /** Among the timers. */
    int timerId = NO_TIMER;
    /** When its wait is over at the latest; {@link Long#MAX_VALUE}: never. */
    long deadlineNanos = Long.MAX_VALUE;

    boolean hasTimedOut;
    /** {@link #runs} when its wait began. */
    int runsBefore;
    /** Whether it has been told to end, which a scope inside of it must not forget. */
    boolean isCancelled;
    /** The watchdog has found it waiting on the thread itself, for what only the loop can bring. */
    volatile boolean isPinned;

    /** The other fibers of its scope. */
    FiberThread nextOfScope;

    FiberThread previousOfScope;
    /** All fibers of the loop. */
    FiberThread nextOfLoop;

    FiberThread previousOfLoop;

    /** Who is told that a fiber has ended, in that fiber. */
    interface End {
        /** Its outcome is known. */
        void ended(FiberThread fiber);
    }

    FiberThread(RunQueue queue, String name, Callable<?> body, End end) {
        this.queue = queue;
        this.work = body;
        this.end = end;
        this.thread = VirtualThreads.unstarted(this, name, this);
    }

    /** Java has a thread to run. Any thread. */
    @Override
    public void execute(Runnable command) {
        if (continuation == null) {
            continuation = command;
        }
        queue.submit(command == continuation ? this : new Guest(command));
    }

    @Override
    void proceed() {
        continuation.run();
    }

    /** The fiber's whole life. */
    @Override
    public void run() {
        Object outcome = null;
        try {
            outcome = ((Callable<?>) work).call();
        } catch (Throwable e) {
            failure = e;
        }
        work = outcome;
        isEnded = true;
        if (joining != null) {
            joining.wakeAll();
        }
        end.ended(this);
    }

    boolean isEnded() {
        return isEnded;
    }

    /** What its body returned. */
    Object outcome() {
        return work;
    }

    /** What its body threw, or null. */
    Throwable failure() {
        return failure;
    }

    /** Those who wait for its end. */
    WaitList joining() {
        if (joining == null) {
            joining = new WaitList();
        }
        return joining;
    }

    @Override
    public String toString() {
        return thread.getName();
    }

    /** A virtual thread that was started by a fiber without its scope. */
    private static final class Guest extends RunTask {
        private final Runnable command;

        Guest(Runnable command) {
            this.command = command;
        }

        @Override
        void proceed() {
            command.run();
        }

        @Override
        public String toString() {
            return "a virtual thread that a fiber has started";
        }
    }
}
