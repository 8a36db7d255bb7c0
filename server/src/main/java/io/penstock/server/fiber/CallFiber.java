package io.penstock.server.fiber;

import java.util.concurrent.Callable;

/** A fiber that returns something. */
final class CallFiber extends FiberThread {
    private Callable<?> call;

    CallFiber(RunQueue queue, String name, Callable<?> call, End end) {
        super(queue, name, end);
        this.call = call;
    }

    @Override
    public void run() {
        Object returned = null;
        Throwable thrown = null;
        try {
            returned = call.call();
        } catch (Throwable e) {
            thrown = e;
        }
        call = null; // whoever keeps the fiber for its outcome does not keep this
        ended(returned, thrown);
    }
}
