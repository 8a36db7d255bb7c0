package io.penstock.server.worker;

import io.penstock.datapath.StackTask;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** A call onto the stack's thread, and what will come of it. */
final class StackCall<T> extends CompletableFuture<T> implements StackTask {
    private final Callable<? extends T> work;

    StackCall(Callable<? extends T> work) {
        this.work = work;
    }

    @Override
    public void run() {
        if (isDone()) {
            return; // cancelled
        }
        try {
            complete(work.call());
        } catch (Throwable e) { // whatever it is: who waits has to hear of it
            completeExceptionally(e);
        }
    }

    @Override
    public void abandoned() {
        completeExceptionally(new IllegalStateException("the stack was closed before this ran"));
    }
}
