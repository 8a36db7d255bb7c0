package io.penstock.server.fiber;

import io.penstock.datapath.LibOs;
import io.penstock.server.fiber.RunTask.FromOutside;
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
 * <p>It never grows: tasks are their own links, and each stands once in either. Java may make a thread ready that is so already, as
 * whoever asks for its stack trace holds it up for that time and has it run again afterwards: what runs for nothing does
 * nothing. The thread that finds the stack empty wakes the loop; those after it need not.
 */
final class RunQueue {
    private static final VarHandle OTHERS;
    private static final VarHandle IN_OTHERS;
    private static final VarHandle FROM_OUTSIDE;
    private static final VarHandle RUNNING;
    private static final VarHandle STARTS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            OTHERS = lookup.findVarHandle(RunQueue.class, "others", FromOutside.class);
            IN_OTHERS = lookup.findVarHandle(FromOutside.class, "isQueued", boolean.class);
            FROM_OUTSIDE = lookup.findVarHandle(RunTask.class, "fromOutside", FromOutside.class);
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
    private volatile FromOutside others;
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

    /** Makes a task ready. Any thread. */
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
        if (task.isQueued) {
            return;
        }
        task.isQueued = true;
        if (head == null) {
            head = task;
        } else {
            tail.next = task;
        }
        tail = task;
    }

    private void submitFromOutside(RunTask task) {
        FromOutside node = task.fromOutside;
        if (node == null) {
            FromOutside made = new FromOutside(task);
            node = (FromOutside) FROM_OUTSIDE.compareAndExchange(task, (FromOutside) null, made);
            node = node == null ? made : node;
        }
        if (!IN_OTHERS.compareAndSet(node, false, true)) {
            return; // the loop has not come to it yet, and finds what made it ready now when it does
        }
        FromOutside before;
        do {
            before = others;
            node.next = before;
        } while (!OTHERS.compareAndSet(this, before, node));
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
            task.isQueued = false;
        }
        return task;
    }

    private void takeOthers() {
        FromOutside node = (FromOutside) OTHERS.getAndSet(this, (FromOutside) null);
        FromOutside turned = null;
        while (node != null) {
            FromOutside following = node.next;
            node.next = turned;
            turned = node;
            node = following;
        }
        while (turned != null) {
            FromOutside following = turned.next;
            turned.next = null;
            turned.isQueued = false; // volatile, before it runs: who makes it ready from now on puts it in again
            append(turned.task);
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
