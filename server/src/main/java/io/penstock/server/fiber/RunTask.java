package io.penstock.server.fiber;

import java.util.concurrent.locks.LockSupport;

/**
 * Something that runs on the loop until it waits. It stands in one queue at a time, so it is its own link there: being made
 * ready allocates nothing.
 */
abstract class RunTask {
    /** In the {@link RunQueue}. */
    RunTask next;

    /** In a {@link WaitList}. */
    RunTask nextWaiting;

    /** The virtual thread; null if only Java knows which it is. */
    Thread thread;

    /** What the loop is to begin once this has yielded. */
    LoopOperation request;

    /** How often it was run: one that is the same before and after a wait has not left the thread. */
    int runs;

    /** Whether it waits for {@link #wake}, and not in a lock or another library's wait. */
    boolean waits;

    /** Runs until it waits or ends. */
    abstract void proceed();

    /** Ends its wait. On the loop's thread or in one of its fibers. */
    final void wake() {
        if (waits) {
            waits = false;
            LockSupport.unpark(thread);
        }
    }
}
