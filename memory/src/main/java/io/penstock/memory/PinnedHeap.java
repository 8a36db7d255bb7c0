package io.penstock.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * One region's memory, shared by cores: the pinned heap out of which all buffers come, so that each of them can be sent by
 * every device that was given the region.
 *
 * <pre>
 *   region   | units of 16 KiB                                                              |
 *            |  frames (a pool's own run)  | span | span     | free run      | span | free   |
 *                                            |
 *   depot of a size class, for all cores     +-- blocks of one size, in batches
 *      |  a batch at a time
 *   CoreHeap of each core: caches           allocate, release: no atomics, no locks
 * </pre>
 *
 * <p>A core that finds nothing in the depot cuts a new span from a free run. When there is no free run left, spans whose
 * blocks all lie in the depot are put together again ({@link #trim}), so that memory which one size no longer needs serves
 * another. That is the only part with a lock; it is not taken while cores allocate what they release.
 *
 * <p>Bounded by the region: it never grows.
 */
public final class PinnedHeap implements AutoCloseable {
    /** How much of a size class one batch moves: small blocks by the dozen, large ones singly. */
    private static final int BATCH_BYTES = 64 << 10;

    private static final int MOST_BATCH_BLOCKS = 32;
    private static final long NO_RUN = -1;

    private final String name;
    private final Region region;
    private final UnitRuns runs;
    private final Span[] spanOfUnit;
    private final Depot[] depots = new Depot[SizeClasses.COUNT];
    private final List<BufferPool> pools = new ArrayList<>();
    private final AtomicLong leakedBytes = new AtomicLong();
    private boolean closed;

    private PinnedHeap(String name, Region region, int units) {
        this.name = name;
        this.region = region;
        this.runs = new UnitRuns(units);
        this.spanOfUnit = new Span[units];
        for (int c = 0; c < depots.length; c++) {
            depots[c] = new Depot(Math.clamp(BATCH_BYTES / SizeClasses.blockBytes(c), 1, MOST_BATCH_BLOCKS));
        }
    }

    /**
     * Makes a heap of a whole region.
     *
     * @param name what messages call it
     * @param region stays the caller's to close, after the heap; at least 16 KiB
     */
    public static PinnedHeap over(String name, Region region) {
        long units = region.lengthBytes() >> SizeClasses.UNIT_SHIFT;
        if (units < 1 || units > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("a heap takes a region from " + SizeClasses.UNIT_BYTES
                    + " bytes to 32 TiB," + " not of " + region.lengthBytes());
        }
        return new PinnedHeap(name, region, (int) units);
    }

    // ---- cores and frame pools

    /** A core's way into this heap, up to all of it. The calling thread becomes the owner. */
    public CoreHeap core(String coreName) {
        return core(coreName, region.lengthBytes());
    }

    /**
     * A core's way into this heap. The calling thread becomes the owner.
     *
     * @param limitBytes how much its application may hold at once, in whole blocks
     */
    public synchronized CoreHeap core(String coreName, long limitBytes) {
        checkOpen();
        if (limitBytes < 0) {
            throw new IllegalArgumentException("a core may hold 0 bytes or more, not " + limitBytes);
        }
        CoreHeap core = new CoreHeap(this, coreName, limitBytes);
        pools.add(core);
        return core;
    }

    /**
     * A pool of packet frames out of this heap, in one run. The calling thread becomes the owner.
     *
     * @param frameBytes a power of two from 2048 to 65536
     * @param headroomBytes room in front of the payload, less than a frame
     * @param frameCount how many
     * @throws OutOfMemoryRegionException if no free run is that long
     */
    public FramePool frames(String poolName, int frameBytes, int headroomBytes, int frameCount) {
        return frames(poolName, new FrameShape(frameBytes, headroomBytes), frameCount);
    }

    /**
     * A pool of packet frames out of this heap, in one run. The calling thread becomes the owner.
     *
     * @param frameCount how many
     * @throws OutOfMemoryRegionException if no free run is that long
     */
    public synchronized FramePool frames(String poolName, FrameShape shape, int frameCount) {
        checkOpen();
        FramePool.checkCount(frameCount);
        long units = ((long) frameCount * shape.strideBytes() + SizeClasses.UNIT_BYTES - 1) >> SizeClasses.UNIT_SHIFT;
        long address = units > spanOfUnit.length ? NO_RUN : takeRunAfterAll((int) units);
        if (address == NO_RUN) {
            throw new OutOfMemoryRegionException(
                    frameCount + " frames of " + shape.strideBytes() + " bytes do not fit into heap '" + name
                            + "': its longest free run is " + longestFreeRunBytes() + " bytes");
        }
        Span span = enter(new Span(address, unitOf(address), (int) units, shape, new Buffer[frameCount]));
        FramePool pool = FramePool.in(this, poolName, span, shape);
        pools.add(pool);
        return pool;
    }

    Depot depot(int sizeClass) {
        return depots[sizeClass];
    }

    // ---- spans

    /** Cuts one more span of a class into its depot. Returns whether there was memory for it. */
    synchronized boolean cut(int sizeClass, CoreHeap core) {
        if (closed) {
            return false;
        }
        Buffer[] blocks = new Buffer[SizeClasses.blocksPerSpan(sizeClass)];
        int units = SizeClasses.spanUnits(sizeClass);
        long address = takeRunAfterAll(units);
        if (address == NO_RUN) {
            return false;
        }
        Span span = enter(new Span(address, unitOf(address), units, sizeClass, blocks));
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = new Buffer(core, span, i, span.addressOf(i));
        }
        int ignored = store(depots[sizeClass], blocks, blocks.length);
        return true;
    }

    /** Returns the address of a free run, or {@link #NO_RUN}. */
    private long takeRunAfterAll(int units) {
        int first = runs.take(units);
        if (first < 0 && trim() > 0) {
            first = runs.take(units);
        }
        return first < 0 ? NO_RUN : region.address() + ((long) first << SizeClasses.UNIT_SHIFT);
    }

    private int unitOf(long address) {
        return (int) ((address - region.address()) >>> SizeClasses.UNIT_SHIFT);
    }

    private Span enter(Span span) {
        Arrays.fill(spanOfUnit, span.firstUnit, span.firstUnit + span.units, span);
        return span;
    }

    private void giveSpan(Span span) {
        Arrays.fill(spanOfUnit, span.firstUnit, span.firstUnit + span.units, null);
        runs.give(span.firstUnit, span.units);
    }

    /** Returns how many batches it took. */
    private static int store(Depot depot, Buffer[] blocks, int count) {
        int batches = 0;
        for (int from = 0; from < count; from += depot.batchBlocks()) {
            Batch batch = depot.takeEmpty();
            batch.count = Math.min(count - from, depot.batchBlocks());
            System.arraycopy(blocks, from, batch.blocks, 0, batch.count);
            depot.putFull(batch);
            batches++;
        }
        return batches;
    }

    /**
     * Makes free runs of the spans whose blocks all lie in a depot. Takes time in proportion to what lies there, so it is
     * done when there is no other memory, or by an operator. Any thread.
     *
     * @return how many bytes have become free
     */
    public synchronized long trim() {
        long before = runs.freeUnits();
        for (Depot depot : depots) {
            if (depot.hasChangedSinceTrimmed()) { // or a heap that is full would be searched for each allocation
                trim(depot);
            }
        }
        return (runs.freeUnits() - before) << SizeClasses.UNIT_SHIFT;
    }

    private void trim(Depot depot) {
        List<Buffer> found = new ArrayList<>();
        int changes = depot.changes();
        for (Batch batch = depot.takeFull(); batch != null; batch = depot.takeFull()) {
            for (int i = 0; i < batch.count; i++) {
                found.add(batch.blocks[i]);
                batch.blocks[i].span().found++;
            }
            batch.clear();
            depot.putEmpty(batch);
            changes++;
        }
        List<Buffer> kept = new ArrayList<>();
        for (Buffer b : found) {
            Span span = b.span();
            if (span.found == span.blocks.length) {
                b.forget();
                if (b.index() == 0) {
                    giveSpan(span);
                }
            } else {
                kept.add(b);
            }
        }
        for (Buffer b : kept) {
            b.span().found = 0;
        }
        changes += store(depot, kept.toArray(new Buffer[0]), kept.size());
        depot.noteTrimmed(changes);
    }

    // ---- lookup

    /**
     * The buffer whose block holds an address, as a device's ring names it. Any thread.
     *
     * @throws IndexOutOfBoundsException if no block holds it: it is another region's, or nothing was cut there
     */
    public Buffer bufferAt(long address) {
        long at = address - region.address();
        Span span = at < 0 || at >>> SizeClasses.UNIT_SHIFT >= spanOfUnit.length
                ? null
                : spanOfUnit[(int) (at >>> SizeClasses.UNIT_SHIFT)];
        Buffer b = span == null ? null : span.blockAt(address);
        if (b == null) {
            throw new IndexOutOfBoundsException("address 0x" + Long.toHexString(address) + " is in no buffer of heap '"
                    + name + "' (0x" + Long.toHexString(region.address()) + " to 0x"
                    + Long.toHexString(region.address() + region.lengthBytes()) + ")");
        }
        return b;
    }

    /**
     * Releases the buffer whose block begins at an address. For callers that keep addresses instead of objects.
     *
     * @param frameAddress what {@link Buffer#frameAddress()} said
     * @throws BufferStateException if it is not the beginning of a block, or nobody holds that
     * @throws IndexOutOfBoundsException as {@link #bufferAt}
     */
    public void release(long frameAddress) {
        Buffer b = bufferAt(frameAddress);
        if (b.frameAddress() != frameAddress) {
            throw new BufferStateException(
                    "address 0x" + Long.toHexString(frameAddress) + " lies " + (frameAddress - b.frameAddress())
                            + " bytes inside " + b.describe() + ": release the address where it begins",
                    null);
        }
        if (!b.isHeld()) {
            throw b.pool().stateError(b, "released although nobody holds it");
        }
        b.release();
    }

    synchronized void forEachBlock(Consumer<Buffer> action) {
        Span previous = null;
        for (Span span : spanOfUnit) {
            if (span != null && span != previous && span.sizeClass != Span.FRAMES) {
                for (Buffer b : span.blocks) {
                    action.accept(b);
                }
            }
            previous = span;
        }
    }

    // ---- counters

    /** What messages call it. */
    public String name() {
        return name;
    }

    /** The memory itself, for devices to register. */
    public Region region() {
        return region;
    }

    /** How the memory is used at this moment. Any thread; takes time in proportion to the number of free blocks. */
    public synchronized HeapStatistics statistics() {
        long depotBytes = 0;
        for (int c = 0; c < depots.length; c++) {
            depotBytes += depots[c].blocks() * SizeClasses.blockBytes(c);
        }
        return new HeapStatistics(
                (long) spanOfUnit.length << SizeClasses.UNIT_SHIFT,
                (long) runs.freeUnits() << SizeClasses.UNIT_SHIFT,
                longestFreeRunBytes(),
                depotBytes,
                leakedBytes.get());
    }

    private long longestFreeRunBytes() {
        return (long) runs.longestFreeRun() << SizeClasses.UNIT_SHIFT;
    }

    // ---- the end

    synchronized void framesClosed(Span span, boolean anyHeld) {
        if (anyHeld) {
            leakedBytes.addAndGet((long) span.units << SizeClasses.UNIT_SHIFT);
        } else {
            giveSpan(span);
        }
        pools.removeIf(BufferPool::isClosed);
    }

    synchronized void coreClosed(CoreHeap core) {
        leakedBytes.addAndGet(core.bytesInUse());
        pools.remove(core);
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("heap '" + name + "' is closed");
        }
    }

    /**
     * Ends the heap. Closing twice does nothing.
     *
     * @throws IllegalStateException if a core or a frame pool of it is still open; nothing is done then
     */
    @Override
    public synchronized void close() {
        if (!pools.isEmpty()) {
            throw new IllegalStateException("heap '" + name + "' is still used by " + pools + ": close these first");
        }
        closed = true;
    }

    @Override
    public String toString() {
        return "PinnedHeap[" + name + ", " + statistics() + "]";
    }
}
