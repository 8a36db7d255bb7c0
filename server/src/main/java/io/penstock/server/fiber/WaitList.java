package io.penstock.server.fiber;

/** Fibers that wait for the same, first in, first out. */
final class WaitList {
    private RunTask first;
    private RunTask last;

    void add(RunTask task) {
        if (first == null) {
            first = task;
        } else {
            last.nextWaiting = task;
        }
        last = task;
    }

    /** Wakes the one that has waited for longest, and takes it out. */
    void wakeFirst() {
        RunTask task = first;
        if (task != null) {
            first = task.nextWaiting;
            task.nextWaiting = null;
            task.wake();
        }
    }

    void wakeAll() {
        while (first != null) {
            wakeFirst();
        }
    }

    /** Takes one out that waits no longer; does nothing if it is not in. */
    void remove(RunTask task) {
        RunTask before = null;
        for (RunTask each = first; each != null; each = each.nextWaiting) {
            if (each == task) {
                unlink(before, each);
                return;
            }
            before = each;
        }
    }

    private void unlink(RunTask before, RunTask task) {
        if (before == null) {
            first = task.nextWaiting;
        } else {
            before.nextWaiting = task.nextWaiting;
        }
        if (last == task) {
            last = before;
        }
        task.nextWaiting = null;
    }
}
