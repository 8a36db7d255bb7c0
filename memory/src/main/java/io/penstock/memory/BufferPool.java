package io.penstock.memory;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one thread allocates buffers from: {@linkplain FramePool frames of one size}, or {@linkplain CoreHeap blocks of any
 * size}.
 *
 * <p><b>Threads.</b> A pool belongs to one thread, its owner: only that one allocates. Any thread may release. What another
 * thread releases goes over a lock-free ring and comes home when the owner calls {@link #reclaim()}, which the poll loop
 * does each turn.
 */
public abstract sealed class BufferPool implements AutoCloseable permits BlockPool {
    private static final Logger LOG = LoggerFactory.getLogger(BufferPool.class);
    /** So many are taken home at once at most: one turn of the loop must stay short. */
    private static final int MAX_RECLAIMED = 1024;

    private static final int MAX_RING_ENTRIES = 8192;

    private final String name;
    private final Region region;
    private Thread owner = Thread.currentThread();
    private volatile boolean closed;
    /** Closed, and all that anybody held has been taken. */
    private volatile boolean forgotten;

    private final ReturnedBuffers returned;

    /** The slices that the owner has made, in two parts: those that are free, and those that are alive. */
    private final Slices slices;
    /** Those of other threads that are alive, so that closing ends them as well. */
    private final Set<CountedBlock> otherSlices = ConcurrentHashMap.newKeySet();

    private Tracing tracing = Tracing.ofProcess();
    private boolean poison = Boolean.getBoolean("penstock.buffers.poison");
    /** Whether anything at all is done for diagnosis; one look on the fast path. */
    private boolean diagnosed = poison || tracing != Tracing.OFF;

    /** With less than this left somebody wants to be told; 0 while he has been, or nobody wants to know. */
    private long lowMark;
    /** With so much left again he wants to be told the next time; out of reach while he has not been told. */
    private long rearmAt = Long.MAX_VALUE;

    private long wantedMark;
    private long enough;
    private Runnable toldOfLow = () -> {};

    BufferPool(String name, Region region, int maxSlices, int maxBuffers) {
        this.name = name;
        this.region = region;
        this.slices = new Slices(maxSlices);
        this.returned = new ReturnedBuffers(Math.clamp(maxBuffers, 2, MAX_RING_ENTRIES));
    }

    // ---- owner

    /** Gives the pool to another thread. Both threads must agree, by a safe hand-over; nobody else may use it then. */
    public void ownedBy(Thread thread) {
        owner = Objects.requireNonNull(thread);
    }

    /** @throws IllegalStateException on any other thread than the owner's */
    final void checkOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("pool '" + name + "' belongs to thread " + owner.getName()
                    + ", and only that one allocates from it: give it to "
                    + Thread.currentThread().getName()
                    + " with ownedBy, or make one for it");
        }
    }

    /** Whether the calling thread owns it: holds that another thread takes do not show in {@code FrameAccess.holds}. */
    public final boolean isOwner() {
        return Thread.currentThread() == owner;
    }

    final boolean isClosed() {
        return closed;
    }

    /** Closed, and no buffer of it may be used any more. */
    final boolean isForgotten() {
        return forgotten;
    }

    /** There is nothing to give out, which only of an open pool is an answer. */
    final void checkOpen() {
        if (closed) {
            throw new IllegalStateException("pool '" + name + "' is closed");
        }
    }

    // ---- other threads' releases

    final void returnFromAnotherThread(CountedBlock b) {
        returned.put(b);
    }

    /**
     * Takes home what other threads have released. Owner's thread, once a loop turn.
     *
     * @return how many buffers were looked at
     * @throws BufferStateException if another thread released a buffer too often; the others come home with the next call
     */
    public int reclaim() {
        int count = 0;
        while (count < MAX_RECLAIMED) {
            CountedBlock b = returned.poll();
            if (b == null) {
                break;
            }
            count++;
            b.foldForeignReleases();
        }
        return count;
    }

    /** As {@link #reclaim()} until nothing is left; for closing, which nobody's mistake should stop. */
    private void reclaimAll() {
        boolean more = true;
        while (more) {
            try {
                more = reclaim() > 0;
            } catch (BufferStateException e) {
                LOG.warn("found while {} was closed: {}", this, e.getMessage());
            }
        }
    }

    // ---- slices

    /** Of the owner. */
    final Slices slices() {
        return slices;
    }

    final void addSliceOfAnotherThread(CountedBlock b) {
        otherSlices.add(b);
    }

    final void removeSliceOfAnotherThread(CountedBlock b) {
        otherSlices.remove(b);
    }

    /** How many slices made on the owner's thread are alive. */
    public final int slicesInUse() {
        return slices.inUse();
    }

    // ---- low water

    /**
     * Tells somebody, once, that little is left; and again only after there was more in between.
     *
     * @param capacity how much there is when nothing is in use
     */
    final void onLowWater(long below, long capacity, Runnable action) {
        Objects.requireNonNull(action);
        if (below < 0 || below > capacity) {
            throw new IllegalArgumentException(
                    "a low-water mark lies between 0 and what there is, " + capacity + ", not at " + below);
        }
        enough = Math.min(below + below / 2, capacity);
        wantedMark = below;
        toldOfLow = action;
        rearm();
    }

    /** So much will be left: before anything is taken, lest it be lost should the action throw. */
    final void checkLow(long left) {
        if (left < lowMark) {
            lowMark = 0;
            rearmAt = enough;
            toldOfLow.run();
        }
    }

    /** So much is left since one came back. */
    final void checkEnough(long left) {
        if (left >= rearmAt) {
            rearm();
        }
    }

    private void rearm() {
        lowMark = wantedMark;
        rearmAt = Long.MAX_VALUE;
    }

    // ---- blocks

    /** A block's last holder is gone. */
    abstract void recycle(CountedBlock b);

    /** Every block, held or free. */
    abstract void forgetAll();

    // ---- diagnosis

    /**
     * How much this pool remembers of its buffers' lives from now on. Owner's thread.
     *
     * @return this
     */
    public BufferPool tracing(Tracing mode) {
        tracing = mode;
        diagnosed = poison || mode != Tracing.OFF;
        return this;
    }

    /** What it remembers. */
    public final Tracing tracing() {
        return tracing;
    }

    /**
     * Whether released memory is overwritten, and looked at again when it is given out: a write in between is an exception
     * there. For tests; {@code -Dpenstock.buffers.poison=true} switches it on for all pools. Owner's thread.
     *
     * @return this
     */
    public BufferPool poison(boolean on) {
        poison = on;
        diagnosed = on || tracing != Tracing.OFF;
        return this;
    }

    /** Whether anything at all is done for diagnosis. */
    final boolean isDiagnosed() {
        return diagnosed;
    }

    final boolean isPoisoned() {
        return poison;
    }

    /** What somebody still holds, with age and where it was taken as far as that was traced; a line each, 20 at most. */
    public abstract String leakReport();

    // ---- what it is

    /** What messages call it. */
    public final String name() {
        return name;
    }

    /** The pinned memory that its blocks lie in. */
    public final Region region() {
        return region;
    }

    /**
     * Makes every later use of a buffer of this pool an exception, and logs what somebody still held. The region stays
     * mapped until it is closed. Closing twice does nothing. Owner's thread.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            reclaimAll();
        } finally {
            warnOfLeaks();
            forgotten = true;
            slices.forgetAll();
            otherSlices.forEach(CountedBlock::forget);
            forgetAll();
        }
    }

    private void warnOfLeaks() {
        String leaks = leakReport();
        if (!leaks.isEmpty()) {
            LOG.warn(
                    "{} closed while somebody still held{}:\n{}",
                    this,
                    tracing == Tracing.OFF ? " (-Dpenstock.buffers.tracing=full says where it was taken)" : "",
                    leaks.stripTrailing());
        }
    }
}
