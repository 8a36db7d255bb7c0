package io.penstock.testkit;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what happens elsewhere, never for a while. */
public final class Await {
    private static final long DEADLINE_NANOS = 10_000_000_000L;
    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    private Await() {}

    /** Waits until something is so; throws after ten seconds. */
    public static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("in vain waited for: " + what);
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }
}
