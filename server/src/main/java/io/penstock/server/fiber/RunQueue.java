package io.penstock.server.fiber;

import io.penstock.datapath.LibOs;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Who is ready to run, first in, first out.
 *
 * <pre>
 *   loop's thread, and the fiber on it      head -&gt; task -&gt; task -&gt; tail            plain stores
 *   any other thread                        others -&gt; task -&gt; task                  a stack: compare and set, then wake
 *                                             the loop takes all of it at once, and turns it round
 * </pre>
 *
 * <p>It never grows: tasks are their own links, and each stands in it once. The thread of the first task that finds the stack
 * empty wakes the loop; those after it need not.
 */
final class RunQueue {
    private static final VarHandle OTHERS;
    private static final VarHandle RUNNING;
    private static final VarHandle STARTS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            OTHERS = lookup.findVarHandle(RunQueue.class, "others", RunTask.class);
            RUNNING = lookup.findVarHandle(RunQueue.class, "running", RunTask.class);
            STARTS = lookup.findVarHandle(RunQueue.class, "starts", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LibOs os;
    private final Thread pollThread;
    private RunTask head;
    private RunTask tail;
    private volatile RunTask others;
    /** What runs now, for whoever asks who is on the loop. */
    @SuppressWarnings("UnusedVariable") // through RUNNING
    private RunTask running;

    private long starts;

    /** @param pollThread on which tasks run */
    RunQueue(LibOs os, Thread pollThread) {
        this.os = os;
        this.pollThread = pollThread;
    }

    /** The loop's own. */
    Thread pollThread() {
        return pollThread;
    }

    /** Makes a task ready, which stands in no queue. Any thread. */
    void submit(RunTask task) {
        Thread caller = Thread.currentThread();
        RunTask now = running();
        if (caller == pollThread || (now != null && now.thread == caller)) {
            append(task);
        } else {
            submitFromOutside(task);
        }
    }

    private void append(RunTask task) {
        if (head == null) {
            head = task;
        } else {
            tail.next = task;
        }
        tail = task;
    }

    private void submitFromOutside(RunTask task) {
        RunTask before;
        do {
            before = others;
            task.next = before;
        } while (!OTHERS.compareAndSet(this, before, task));
        if (before == null) {
            try {
                os.wake();
            } catch (IllegalStateException _) {
                // The stack is closed: nothing runs there any more.
            }
        }
    }

    /** The next that is ready, or null. The loop. */
    RunTask poll() {
        if (others != null) {
            takeOthers();
        }
        RunTask task = head;
        if (task != null) {
            head = task.next;
            task.next = null;
        }
        return task;
    }

    private void takeOthers() {
        RunTask task = (RunTask) OTHERS.getAndSet(this, (RunTask) null);
        RunTask turned = null;
        while (task != null) {
            RunTask following = task.next;
            task.next = turned;
            turned = task;
            task = following;
        }
        while (turned != null) {
            RunTask following = turned.next;
            turned.next = null;
            append(turned);
            turned = following;
        }
    }

    /** Whether nobody is ready. The loop. */
    boolean isEmpty() {
        return head == null && others == null;
    }

    // ---- who runs

    /** A task is on the loop from now on. */
    void begin(RunTask task) {
        STARTS.setOpaque(this, starts + 1);
        RUNNING.setRelease(this, task);
    }

    /** Nobody is. */
    void end() {
        RUNNING.setRelease(this, (RunTask) null);
    }

    /** Who is on the loop, or null. Any thread. */
    RunTask running() {
        return (RunTask) RUNNING.getAcquire(this);
    }

    /** How often somebody came onto the loop: if it has not changed, it is still the same one. Any thread. */
    long starts() {
        return (long) STARTS.getOpaque(this);
    }
}
