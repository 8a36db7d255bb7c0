package io.penstock.datapath.poll;

/** Time that passes when a test says so. One instance is shared by all stacks and wires of a simulated network. */
public final class VirtualClock implements Clock {
    private long nanos = 1_000_000_000L;

    /** A clock that stands at one second. */
    public VirtualClock() {}

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public long update() {
        return nanos;
    }

    @Override
    public boolean isVirtual() {
        return true;
    }

    /** Lets time pass. */
    public void advance(long byNanos) {
        if (byNanos < 0) {
            throw new IllegalArgumentException("time does not go back: " + byNanos);
        }
        nanos += byNanos;
    }

    /** Lets time pass until a moment; does nothing if that has passed. */
    public void advanceTo(long momentNanos) {
        nanos = Math.max(nanos, momentNanos);
    }
}
