package io.penstock.memory;

import java.util.ArrayList;
import java.util.List;
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
public abstract sealed class BufferPool implements AutoCloseable permits FramePool, CoreHeap {
    private static final Logger LOG = LoggerFactory.getLogger(BufferPool.class);
    /** So many are taken home at once at most: one turn of the loop must stay short. */
    private static final int MOST_RECLAIMED = 1024;

    private static final int MOST_RING_ENTRIES = 8192;
    private static final int MOST_REPORTED = 20;

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
    private final Set<Buffer> otherSlices = ConcurrentHashMap.newKeySet();

    private Tracing tracing = Tracing.ofProcess();
    private int untilSample = 1;
    private boolean poison = Boolean.getBoolean("penstock.buffers.poison");
    /** Whether anything at all is done for diagnosis; one look on the fast path. */
    private boolean diagnosed = poison || tracing != Tracing.OFF;

    BufferPool(String name, Region region, int mostSlices, int mostBuffers) {
        this.name = name;
        this.region = region;
        this.slices = new Slices(mostSlices);
        this.returned = new ReturnedBuffers(Math.clamp(mostBuffers, 2, MOST_RING_ENTRIES));
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

    /** Whether the calling thread owns it: holds that another thread takes do not show in {@code Buffer.holds()}. */
    public final boolean isOwner() {
        return Thread.currentThread() == owner;
    }

    final boolean isClosed() {
        return closed;
    }

    /** There is nothing to give out, which only of an open pool is an answer. */
    final void checkOpen() {
        if (closed) {
            throw new IllegalStateException("pool '" + name + "' is closed");
        }
    }

    // ---- other threads' releases

    final void returnFromAnotherThread(Buffer b) {
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
        while (count < MOST_RECLAIMED) {
            Buffer b = returned.poll();
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

    final Buffer takeSlice() {
        return slices.take(this);
    }

    final void recycleSlice(Buffer b) {
        slices.give(b, tracing != Tracing.FULL);
    }

    final void addSliceOfAnotherThread(Buffer b) {
        otherSlices.add(b);
    }

    final void removeSliceOfAnotherThread(Buffer b) {
        otherSlices.remove(b);
    }

    /** How many slices made on the owner's thread are alive. */
    public final int slicesInUse() {
        return slices.inUse();
    }

    // ---- blocks

    /** A block's last holder is gone. */
    abstract void recycle(Buffer b);

    /** Puts a fresh buffer in the place of one whose life is over, and returns it. */
    private Buffer replace(Buffer b) {
        Buffer fresh = new Buffer(this, b.span(), b.index(), b.frameAddress());
        b.span().blocks[b.index()] = fresh;
        return fresh;
    }

    /** Every buffer that anybody holds. */
    abstract Iterable<Buffer> held();

    /** Every block, held or free. */
    abstract void forgetAll();

    /**
     * The block is about to be given out: before it is taken off the free ones, which it stays among if it was written
     * after its release.
     */
    final void diagnoseTaken(Buffer b) {
        if (!(diagnosed || b.poisoned || b.life != null)) { // another core may have left the latter two
            return;
        }
        boolean filled = b.poisoned;
        b.poisoned = false;
        if (poison && filled) {
            int at = Poison.firstChange(b.frameAddress(), b.frameBytes());
            if (at >= 0) {
                throw stateError(
                        b,
                        "written after its release, " + at + " bytes into the block, by somebody who kept"
                                + " a view or an address");
            }
        }
        b.life = null;
        if (tracing == Tracing.FULL || (tracing == Tracing.SAMPLED && --untilSample == 0)) {
            untilSample = Tracing.SAMPLE;
            b.life = new Life();
        }
    }

    /** Returns the buffer that is to stand among the free ones. */
    final Buffer diagnoseReleased(Buffer b) {
        if (!diagnosed) {
            return b;
        }
        if (b.life != null) {
            b.life.released();
        }
        Buffer following = b;
        if (tracing == Tracing.FULL) {
            following = replace(b);
            following.life = b.life; // who wrote into it afterwards may have released it last
        }
        if (poison) {
            Poison.fill(b.frameAddress(), b.frameBytes());
            following.poisoned = true;
        }
        return following;
    }

    // ---- diagnosis

    /**
     * How much this pool remembers of its buffers' lives from now on. Owner's thread.
     *
     * @return this
     */
    public BufferPool tracing(Tracing mode) {
        tracing = mode;
        untilSample = 1;
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

    /** What somebody still holds, with age and where it was taken as far as that was traced; a line each, 20 at most. */
    public String leakReport() {
        List<String> lines = new ArrayList<>();
        long more = 0;
        for (Buffer b : held()) {
            if (lines.size() < MOST_REPORTED) {
                lines.add(b
                        + (b.life == null
                                ? ""
                                : String.format(" taken %.1f s ago at %s", b.life.ageSeconds(), b.life.takenWhere())));
            } else {
                more++;
            }
        }
        if (more > 0) {
            lines.add("and " + more + " more");
        }
        return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    }

    final BufferStateException stateError(Buffer b, String what) {
        Life life = b.frame().life;
        if (forgotten) {
            return new BufferStateException(
                    b.describe() + " was used after pool '" + name + "' was closed",
                    life == null ? null : life.lastEvent());
        }
        String hint = life == null || life.releasedWhere() == null ? "" : "; last released at " + life.releasedWhere();
        return new BufferStateException(b.describe() + " was " + what + hint, life == null ? null : life.lastEvent());
    }

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
            otherSlices.forEach(Buffer::forget);
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
