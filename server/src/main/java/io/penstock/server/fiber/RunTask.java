package io.penstock.server.fiber;

import java.util.concurrent.locks.LockSupport;

/** Something that runs on the loop until it waits. Its own link in the queue: being made ready allocates nothing. */
abstract class RunTask {
    /** In the {@link RunQueue}, of the loop's thread. */
    RunTask next;

    boolean isQueued;

    /** What stands for it among those that other threads have made ready; made when the first one does. */
    volatile FromOutside fromOutside;

    /** In a {@link WaitList}. */
    RunTask nextWaiting;

    /** The virtual thread; null if only Java knows which it is. */
    Thread thread;

    /** What the loop is to begin once this has yielded; it takes it then, so that a wait which still has it has not left the thread. */
    LoopOperation request;

    /** Whether it waits for {@link #wake}, and not in a lock or another library's wait. */
    boolean waits;

    /** A task that another thread has made ready. It stands among those once, however often. */
    static final class FromOutside {
        final RunTask task;
        FromOutside next;
        volatile boolean isQueued;

        FromOutside(RunTask task) {
            this.task = task;
        }
    }

    /** Runs until it waits or ends; does nothing if it has been made ready for nothing. */
    abstract void proceed();

    /** Ends its wait. On the loop's thread or in one of its fibers. */
    final void wake() {
        if (waits) {
            waits = false;
            LockSupport.unpark(thread);
        }
    }
}
