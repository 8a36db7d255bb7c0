package io.penstock.datapath.poll;

/**
 * Where all of a stack's time comes from, so that the same stack runs in real and in virtual time.
 *
 * <p>The loop calls {@link #update()} once a turn; everything else reads {@link #nanos()}, which costs a field read.
 */
public interface Clock {
    /** Nanoseconds since some fixed moment, as of the last update. Never goes back. */
    long nanos();

    /** Reads the time anew and returns it. */
    long update();

    /** Whether time passes only when somebody advances it; an idle loop then must not wait for it. */
    default boolean isVirtual() {
        return false;
    }
}
