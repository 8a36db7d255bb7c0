package io.penstock.server.fiber;

/** What the loop does for somebody who waits, outside of all fibers. */
abstract class LoopOperation {
    /** Does what can be done now. May come more often than there is anything to do. */
    abstract void advance();
}
