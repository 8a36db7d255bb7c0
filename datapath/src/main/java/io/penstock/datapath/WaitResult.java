package io.penstock.datapath;

/** Why a wait returned. */
public enum WaitResult {
    /** The completion was filled in. */
    COMPLETED,
    /** The time was over first. Nothing is lost: what completes later is found by the next wait. */
    TIMED_OUT,
    /** {@link LibOs#wake()} was called from some thread, or the waiting thread was interrupted. */
    WOKEN
}
