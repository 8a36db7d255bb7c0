package io.penstock.server.fiber;

import java.util.concurrent.Callable;

/** Something that a fiber has the loop's thread run. */
final class LoopCall<T> extends LoopOperation {
    private final RunTask caller;
    private final Callable<T> call;
    private T result;
    private Exception failure;

    LoopCall(RunTask caller, Callable<T> call) {
        this.caller = caller;
        this.call = call;
    }

    @Override
    void advance() {
        try {
            result = call.call();
        } catch (Exception e) {
            failure = e;
        }
        caller.wake();
    }

    /** What came of it. */
    T result() throws Exception {
        if (failure != null) {
            throw failure;
        }
        return result;
    }
}
