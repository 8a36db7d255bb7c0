package io.penstock.benchmarks.soak;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** What the threads of a soak have done so far; any thread may read it. */
final class SoakTally {
    private final AtomicLong pairs = new AtomicLong();
    private final AtomicLong crossed = new AtomicLong();
    private final AtomicReference<String> fault = new AtomicReference<>();
    private volatile long leaked;
    private volatile long refused;
    private volatile int maxLive;
    private volatile int live;

    /** Buffers released, by either thread. */
    long pairs() {
        return pairs.get();
    }

    /** Of these, those that the second thread released. */
    long crossed() {
        return crossed.get();
    }

    /** The first thing that went wrong, or null. */
    String fault() {
        return fault.get();
    }

    boolean hasFault() {
        return fault.get() != null;
    }

    void fault(String what) {
        fault.compareAndSet(null, what);
    }

    /** What was still in use after everything had been released. */
    long leaked() {
        return leaked;
    }

    void leaked(long count) {
        leaked = count;
    }

    /** Allocations answered with null. */
    long refused() {
        return refused;
    }

    int maxLive() {
        return maxLive;
    }

    int live() {
        return live;
    }

    /** The owner's thread, now and then. */
    void publish(long pairsDone, long crossedDone, long refusedSoFar, int liveNow, int maxLiveSoFar) {
        pairs.lazySet(pairsDone);
        crossed.lazySet(crossedDone);
        refused = refusedSoFar;
        live = liveNow;
        maxLive = maxLiveSoFar;
    }
}
