package io.penstock.server.fiber;

/** A fiber that returns nothing. */
final class TaskFiber extends FiberThread {
    private FiberTask task;

    TaskFiber(RunQueue queue, String name, FiberTask task, End end) {
        super(queue, name, end);
        this.task = task;
    }

    @Override
    public void run() {
        Throwable thrown = null;
        try {
            task.run();
        } catch (Throwable e) {
            thrown = e;
        }
        task = null; // whoever keeps the fiber for its outcome does not keep this
        ended(null, thrown);
    }
}
