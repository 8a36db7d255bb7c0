package io.penstock.datapath.stack;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;
import io.penstock.datapath.poll.CorePinning;
import io.penstock.linux.proc.CpuQuota;
import io.penstock.linux.proc.RunDelay;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Finds out why a loop stood still.
 *
 * <p>A turn takes microseconds. One that takes milliseconds waited for the application or the virtual machine (garbage
 * collection, most of the time), or the thread was not on its core: its control group had used up its quota, which a
 * loop that spins does by itself, or something else ran there. Clients see only that the server is slow.
 *
 * <p>The loop counts such turns. What the kernel says is read once a second, the quota only if there were such turns.
 * The loop's thread.
 */
final class Pauses implements AutoCloseable {
    /** Well above what a turn with a full burst and large copies takes, and below the quotas' usual period of 100 ms. */
    static final long LONG_NANOS = 5_000_000L;

    private static final long NANOS_PER_MILLI = 1_000_000L;

    private final CpuQuota quota;
    private final Supplier<RunDelay> runDelayOfTheCaller;
    private final IntSupplier coreOfTheCaller;
    private final Counter own;
    private final Remedy throttled;
    private final Remedy preempted;
    private RunDelay runDelay;
    private Thread watched = Thread.currentThread();
    private long count;
    private long sumNanos;
    private long longestNanos;

    Pauses(Remedies remedies) {
        this(remedies, new CpuQuota(), RunDelay::new, CorePinning::coreOfCurrentThread);
    }

    /**
     * @param coreOfTheCaller the calling thread's, or -1 if it may run on several
     */
    Pauses(Remedies remedies, CpuQuota quota, Supplier<RunDelay> runDelayOfTheCaller, IntSupplier coreOfTheCaller) {
        this.quota = quota;
        this.runDelayOfTheCaller = runDelayOfTheCaller;
        this.coreOfTheCaller = coreOfTheCaller;
        this.runDelay = runDelayOfTheCaller.get();
        this.own = remedies.counters().counter("loop.pauses.own");
        this.throttled = remedies.add("loop.pauses.throttled", this::throttledLine);
        this.preempted = remedies.add("loop.pauses.preempted", this::preemptedLine);
    }

    private String throttledLine(long milliseconds) {
        return "the loop stood still for up to " + milliseconds + " ms, throttled by the quota of processor time in "
                + quota.limitFile()
                + ": raise it (docker --cpus, Kubernetes limits.cpu) or take it away; a loop that spins"
                + " needs a whole core, one with --idle block less";
    }

    private String preemptedLine(long milliseconds) {
        int core = coreOfTheCaller.getAsInt();
        String cause = quota.isTold()
                ? "while something else ran on its core: "
                : "while something else ran on its core, or by a quota of processor time that cannot be seen from here: ";
        return "the loop stood still for up to " + milliseconds + " ms, " + cause
                + (core < 0 ? "give it a core of its own (--core N)" : "give core " + core + " to it alone")
                + ", on which there is no other server ('penstock cores') and, by isolcpus or a cpuset, nothing else";
    }

    /** A turn took longer than {@link #LONG_NANOS}. */
    void add(long lastedNanos) {
        count++;
        sumNanos += lastedNanos;
        longestNanos = Math.max(longestNanos, lastedNanos);
    }

    /** Once a second: who is to blame for those since the last call. */
    void judge() {
        if (Thread.currentThread() != watched) {
            runDelay.close();
            runDelay = runDelayOfTheCaller.get();
            watched = Thread.currentThread();
        }
        long delayedNanos = runDelay.nanosSince(); // always, as what passed long ago explains nothing
        if (count == 0) {
            return;
        }
        long throttledNanos = quota.throttledNanosSince();
        if (throttledNanos >= sumNanos / 2) {
            add(throttled);
        } else if (delayedNanos >= sumNanos / 2) {
            add(preempted);
        } else {
            own.add(count);
        }
        count = 0;
        sumNanos = 0;
        longestNanos = 0;
    }

    private void add(Remedy remedy) {
        remedy.total(remedy.get() + count, longestNanos / NANOS_PER_MILLI);
    }

    @Override
    public void close() {
        runDelay.close();
        quota.close();
    }
}
