package io.penstock.server.fiber;

import java.util.concurrent.Executor;

/**
 * One fiber: a virtual thread whose scheduler is this object, and what it waits for.
 *
 * <p>That each has a scheduler of its own says which thread is about to run, and lets the fiber itself stand in the queue. A virtual
 * thread that a fiber starts by Java's own means inherits it, and runs on the loop as well: a guest, of which no more is known.
 */
abstract class FiberThread extends RunTask implements Executor, Runnable {
    /** No entry among the timers. */
    static final int NO_TIMER = -1;

    private final RunQueue queue;
    private final End end;
    /** What it has returned or thrown. */
    private Object outcome;
    /** How Java continues this thread: what is submitted first, by its start. */
    private Runnable continuation;

    private boolean isEnded;
    private boolean hasFailed;
    private WaitList joining;

    /** Among the timers. */
    int timerId = NO_TIMER;
    /** When its wait is over at the latest; {@link Long#MAX_VALUE}: never. */
    long deadlineNanos = Long.MAX_VALUE;

    boolean hasTimedOut;
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

    /**
     * Its whole life is {@code run()}, which ends with {@link #ended}. Each kind of fiber is a class, and its work no object that it
     * calls: every frame between the thread and the wait is kept on the heap by each fiber that waits.
     *
     * @param end is told when it has ended
     */
    FiberThread(RunQueue queue, String name, End end) {
        this.queue = queue;
        this.end = end;
        this.thread = VirtualThreads.unstarted(this, name, this);
    }

    /** Java has a thread to run. Any thread. */
    @Override
    public final void execute(Runnable command) {
        if (continuation == null) {
            continuation = command;
        }
        queue.submit(command == continuation ? this : new Guest(command));
    }

    @Override
    final void proceed() {
        continuation.run();
    }

    /** The last thing that it does. In the fiber. */
    final void ended(Object returned, Throwable thrown) {
        outcome = thrown == null ? returned : thrown;
        hasFailed = thrown != null;
        isEnded = true;
        if (joining != null) {
            joining.wakeAll();
        }
        end.ended(this);
    }

    final boolean isEnded() {
        return isEnded;
    }

    /** What its body returned. */
    final Object outcome() {
        return outcome;
    }

    /** What its body threw, or null. */
    final Throwable failure() {
        return hasFailed ? (Throwable) outcome : null;
    }

    /** Those who wait for its end. */
    final WaitList joining() {
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
