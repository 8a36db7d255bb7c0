package io.penstock.benchmarks.soak;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Allocates and releases for a long time and looks whether anything grew, leaked or was mixed up. */
public final class MemorySoak implements AutoCloseable {
    private final SoakPlan plan;
    private final Supplier<SoakMemory> source;
    private final PrintWriter out;
    private final SoakTally tally = new SoakTally();
    private final CountDownLatch ended = new CountDownLatch(1);
    private long startNanos;
    private volatile SoakOwner owner;
    private volatile Footprint atTenth;
    private volatile Footprint atEnd;
    private volatile boolean interrupted;
    private volatile boolean started;

    /** @param out where progress goes */
    public MemorySoak(SoakPlan plan, PrintWriter out) {
        this(plan, PinnedMemory::open, out);
    }

    MemorySoak(SoakPlan plan, Supplier<SoakMemory> source, PrintWriter out) {
        this.plan = plan;
        this.source = source;
        this.out = out;
    }

    /** Runs to the end, which may be brought forward by {@link #close}. */
    public SoakResult run() {
        startNanos = System.nanoTime();
        started = true;
        Thread.ofPlatform().name("soak-owner").daemon().start(this::own);
        try {
            while (!ended.await(plan.progressMillis(), TimeUnit.MILLISECONDS)) {
                printProgress();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            close();
        }
        return result();
    }

    /** Whether it was ended before its time. */
    public boolean wasInterrupted() {
        return interrupted;
    }

    /** Whether it has begun. */
    boolean isRunning() {
        return owner != null;
    }

    private SoakResult result() {
        return new SoakResult(plan, tally, atTenth, atEnd, seconds());
    }

    private double seconds() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    private void own() {
        Footprint.touchYoungGeneration();
        try (SoakMemory memory = source.get()) {
            HandOff handOff = new HandOff();
            Thread releaser = Thread.ofPlatform()
                    .name("soak-release")
                    .daemon()
                    .unstarted(new SoakReleaser(memory, tally, handOff));
            owner = new SoakOwner(plan, memory, tally, handOff);
            if (interrupted) {
                owner.stop();
            }
            if (plan.crossShare() > 0) {
                releaser.start();
            }
            try {
                owner.run(() -> atTenth = Footprint.now(memory.regionBytes()));
            } finally {
                handOff.close();
                releaser.join();
            }
            tally.leaked(memory.inUse());
            atEnd = Footprint.now(memory.regionBytes());
        } catch (RuntimeException | AssertionError e) {
            tally.fault("the owner's thread: " + e);
        } catch (InterruptedException _) {
            tally.fault("the owner's thread was interrupted");
        } finally {
            ended.countDown();
        }
    }

    private void printProgress() {
        double seconds = seconds();
        out.println(String.format(
                Locale.ROOT,
                "  %5.0f s  %5.1f %%  %,.0f pairs/s, %,d alive; %s",
                seconds,
                100.0 * tally.pairs() / plan.pairs(),
                tally.pairs() / seconds,
                tally.live(),
                Footprint.now(atTenth == null ? 0 : atTenth.regionBytes())));
        out.flush();
    }

    /** Ends a run that is under way, at Ctrl-C, and says how far it came. */
    @Override
    public void close() {
        if (!started || ended.getCount() == 0) {
            return;
        }
        interrupted = true;
        SoakOwner running = owner;
        if (running != null) {
            running.stop();
        }
        try {
            if (ended.await(10, TimeUnit.SECONDS)) {
                out.println();
                out.println("stopped before the end:");
                result().print(out);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
