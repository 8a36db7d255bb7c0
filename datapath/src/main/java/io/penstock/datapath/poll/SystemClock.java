package io.penstock.datapath.poll;

/** {@link System#nanoTime()}, read once a turn (21 ns) and cached. One instance for each stack. */
public final class SystemClock implements Clock {
    private long nanos = System.nanoTime();

    /** A clock that shows now. */
    public SystemClock() {}

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public long update() {
        nanos = System.nanoTime();
        return nanos;
    }
}
