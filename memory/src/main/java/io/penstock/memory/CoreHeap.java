package io.penstock.memory;

import java.util.ArrayList;
import java.util.List;

/**
 * One core's way into a {@link PinnedHeap}: buffers of any size from 64 B to 1 MiB, each in one piece, that every device
 * which knows the heap's region can send in place.
 *
 * <pre>
 *   allocate -&gt; cache of the size class -&gt; depot (a batch) -&gt; a new span -&gt; trim, and once more -&gt; null
 * </pre>
 *
 * <p>Allocation and release on the owner's thread take constant time, a few nanoseconds where the cache has a block, and
 * make no garbage once the blocks that are needed at the same time have been cut.
 */
public final class CoreHeap extends BlockPool {
    /** Room in front of the data for Ethernet, IPv6 and TCP headers with options, so that it can be sent as it lies. */
    public static final int DEFAULT_HEADROOM_BYTES = 128;

    private static final int MAX_SLICES = 1 << 16;

    private final HeapMemory heap;
    private final BlockCache[] caches = new BlockCache[SizeClasses.COUNT];
    private final long limitBytes;
    private long bytesInUse;
    private long blocksInUse;
    private long highWaterBytes;
    private long failedAllocations;
    private long requestedBytes;
    private long grantedBytes;

    CoreHeap(HeapMemory heap, String name, long limitBytes) {
        super(name, heap.region(), MAX_SLICES, Integer.MAX_VALUE);
        this.heap = heap;
        this.limitBytes = limitBytes;
        for (int c = 0; c < caches.length; c++) {
            caches[c] = new BlockCache(heap.depot(c));
        }
    }

    // ---- allocation

    /**
     * As {@link #allocate(int, int)} with {@link #DEFAULT_HEADROOM_BYTES}: what may be pushed some day. Of the last bytes up to
     * 1 MiB the headroom gets what is left.
     */
    public Buffer allocate(int lengthBytes) {
        int left = Math.max(0, SizeClasses.MAX_BYTES - lengthBytes);
        return allocate(lengthBytes, Math.min(DEFAULT_HEADROOM_BYTES, left));
    }

    /**
     * One buffer in one piece. Owner's thread.
     *
     * @param lengthBytes the window's length; with the headroom 0 to 1 MiB
     * @param headroomBytes room in front of it; with none, a push has to put the headers elsewhere and copies
     * @return the buffer with one reference, or null if there is no memory left, or not beyond what this core was granted:
     *     release some, try again later
     * @throws IllegalArgumentException if it is longer than a block can be: take a chain of frames
     */
    public Buffer allocate(int lengthBytes, int headroomBytes) {
        checkOwner();
        int bytes = lengthBytes + headroomBytes;
        if ((lengthBytes | headroomBytes | bytes) < 0 || bytes > SizeClasses.MAX_BYTES) {
            throw new IllegalArgumentException("a block of " + headroomBytes + "+" + lengthBytes
                    + " bytes: expected at most " + SizeClasses.MAX_BYTES + ", headroom included");
        }
        int sizeClass = SizeClasses.classOf(bytes);
        int blockBytes = SizeClasses.blockBytes(sizeClass);
        if (bytesInUse + blockBytes > limitBytes) {
            return refuse();
        }
        checkLow(limitBytes - bytesInUse - blockBytes);
        BlockCache cache = caches[sizeClass];
        Buffer b = cache.top();
        if (b == null) {
            if (!refill(sizeClass)) {
                return refuse();
            }
            b = cache.top();
        }
        if (isDiagnosed() || b.hasTraces()) {
            diagnoseTaken(b);
        }
        cache.dropTop();
        count(blockBytes, bytes);
        b.open(headroomBytes);
        return b.length(lengthBytes);
    }

    private void count(int blockBytes, int bytes) {
        blocksInUse++;
        bytesInUse += blockBytes;
        grantedBytes += blockBytes;
        requestedBytes += bytes;
        if (bytesInUse > highWaterBytes) {
            highWaterBytes = bytesInUse;
        }
    }

    private boolean refill(int sizeClass) {
        if (isClosed()) {
            return false;
        }
        if (fill(sizeClass)) {
            return true;
        }
        trim();
        return fill(sizeClass);
    }

    private boolean fill(int sizeClass) {
        BlockCache cache = caches[sizeClass];
        do {
            if (cache.refill(this)) {
                return true;
            }
        } while (heap.cut(sizeClass, this)); // other cores may take all of it first
        return cache.refill(this); // they may also have given some back while there was no memory to cut
    }

    private Buffer refuse() {
        checkOpen();
        failedAllocations++;
        return null;
    }

    @Override
    void recycle(CountedBlock block) {
        Buffer b = (Buffer) block; // there are no others
        Span span = b.span();
        blocksInUse--;
        bytesInUse -= span.blockBytes;
        checkEnough(limitBytes - bytesInUse);
        caches[span.sizeClass].push(isDiagnosed() ? diagnoseReleased(b) : b);
    }

    /** Gives all that this core has cached to the depots, where other cores find it. Owner's thread. */
    public void trim() {
        for (BlockCache cache : caches) {
            while (cache.count() > 0) {
                cache.flush();
            }
        }
    }

    /**
     * Calls {@code action} whenever less than so much is left of this core's grant, once each time that it comes to that:
     * it is armed again when half as much more is free. On the owner's thread, out of the middle of an allocation: it may
     * release and note, and must not allocate from this heap.
     *
     * @param bytes 0 switches it off
     */
    public void onLowWater(long bytes, Runnable action) {
        onLowWater(bytes, limitBytes, action);
    }

    @Override
    public CoreHeap tracing(Tracing mode) {
        super.tracing(mode);
        return this;
    }

    @Override
    public CoreHeap poison(boolean on) {
        super.poison(on);
        return this;
    }

    // ---- counters

    /** How much this core may hold at most, in whole blocks. */
    public long limitBytes() {
        return limitBytes;
    }

    /** How much somebody holds, in whole blocks. */
    public long bytesInUse() {
        return bytesInUse;
    }

    /** How many blocks somebody holds. */
    public long blocksInUse() {
        return blocksInUse;
    }

    /** The most bytes that were ever in use at once. */
    public long highWaterBytes() {
        return highWaterBytes;
    }

    /** How many allocations were answered with null. */
    public long failedAllocations() {
        return failedAllocations;
    }

    /** How much this core keeps for its next allocations. */
    public long cachedBytes() {
        long sum = 0;
        for (int c = 0; c < caches.length; c++) {
            sum += (long) caches[c].count() * SizeClasses.blockBytes(c);
        }
        return sum;
    }

    /** Which part of what was given out so far was not asked for, as blocks come in steps: 0 to 1. */
    public double internalFragmentation() {
        return grantedBytes == 0 ? 0 : 1 - (double) requestedBytes / grantedBytes;
    }

    @Override
    Iterable<Buffer> held() {
        List<Buffer> held = new ArrayList<>();
        heap.forEachBlock(b -> {
            if (b.isHeld() && b.pool() == this) { // in this order: another core may be taking it out of the depot
                held.add(b);
            }
        });
        return held;
    }

    @Override
    SpanBlocks blocksOf(Buffer b) {
        return heap.blocksAt(b.frameAddress());
    }

    @Override
    void forgetAll() {
        trim();
        for (Buffer b : held()) {
            b.forget(); // and its memory stays out of use: who kept an address of it must not find another's data there
        }
        heap.coreClosed(this, bytesInUse);
    }

    @Override
    public String toString() {
        return "CoreHeap[" + name() + ", " + bytesInUse + " B in " + blocksInUse + " blocks]";
    }
}
