package io.penstock.server.fiber;

import io.penstock.datapath.Completion;

/** A queue of the stack that fibers use; attached to it, so that its completions come here. All methods: the loop. */
abstract class FiberQueue extends LoopOperation {
    /** Whether it waits for the loop to advance it. */
    boolean isPosted;

    FiberQueue nextPosted;

    /** Among all that are open. */
    FiberQueue nextOpen;

    FiberQueue previousOpen;

    /** One of its operations has ended. */
    abstract void complete(Completion c);

    /** Something here is wrong that only the caller's mistake explains: whoever waits is told. */
    abstract void broken(RuntimeException why);

    /** All fibers are gone: what was written goes out, then it is closed. */
    abstract void closeAtEnd();

    /** There is no time left. */
    abstract void abortAtEnd();
}
