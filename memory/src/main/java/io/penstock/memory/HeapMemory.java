package io.penstock.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The memory of a {@link PinnedHeap}, which cores and frame pools take from and give back to: free runs of units, spans cut
 * out of them, and a depot of free blocks for each size class.
 *
 * <p>Its lock is the heap's only one. Cores take and give batches of the depots without it.
 */
final class HeapMemory {
    /** How much of a size class one batch moves: small blocks by the dozen, large ones singly. */
    private static final int BATCH_BYTES = 64 << 10;

    private static final int MAX_BATCH_BLOCKS = 32;
    private static final long NO_RUN = -1;

    private final String name;
    private final Region region;
    private final UnitRuns runs;
    private final SpanBlocks[] blocksOfUnit;
    private final Depot[] depots = new Depot[SizeClasses.COUNT];
    /** Cores and frame pools that are open. */
    private final List<BufferPool> pools = new ArrayList<>();

    private long leakedBytes;
    private boolean closed;

    HeapMemory(String name, Region region) {
        long units = region.lengthBytes() >> SizeClasses.UNIT_SHIFT;
        if (units < 1 || units > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("a heap takes a region from " + SizeClasses.UNIT_BYTES
                    + " bytes to 32 TiB," + " not of " + region.lengthBytes());
        }
        this.name = name;
        this.region = region;
        this.runs = new UnitRuns((int) units);
        this.blocksOfUnit = new SpanBlocks[(int) units];
        for (int c = 0; c < depots.length; c++) {
            depots[c] = new Depot(Math.clamp(BATCH_BYTES / SizeClasses.blockBytes(c), 1, MAX_BATCH_BLOCKS));
        }
    }

    String name() {
        return name;
    }

    Region region() {
        return region;
    }

    Depot depot(int sizeClass) {
        return depots[sizeClass];
    }

    // ---- who takes from it

    /** From now on the heap cannot be closed before this pool. */
    synchronized void enter(BufferPool pool) {
        checkOpen();
        pools.add(pool);
    }

    /** As {@link #enter(BufferPool)}, and its frames can be found by their addresses. */
    synchronized void enter(BufferPool pool, SpanBlocks frames) {
        enter(pool);
        enter(frames);
    }

    synchronized void framesClosed(BufferPool pool, Span span, boolean anyHeld) {
        if (anyHeld) {
            leakedBytes += (long) span.units << SizeClasses.UNIT_SHIFT;
        } else {
            giveSpan(span);
        }
        pools.remove(pool);
    }

    synchronized void coreClosed(BufferPool core, long bytesHeld) {
        leakedBytes += bytesHeld;
        pools.remove(core);
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("heap '" + name + "' is closed");
        }
    }

    synchronized void close() {
        if (!pools.isEmpty()) {
            throw new IllegalStateException("heap '" + name + "' is still used by " + pools + ": close these first");
        }
        closed = true;
    }

    // ---- spans

    /**
     * A run for a pool's frames, which is the pool's to enter and to give back.
     *
     * @throws OutOfMemoryRegionException if no free run is that long
     */
    synchronized Span takeFrames(FrameShape shape, int frameCount) {
        checkOpen();
        long units = ((long) frameCount * shape.strideBytes() + SizeClasses.UNIT_BYTES - 1) >> SizeClasses.UNIT_SHIFT;
        long address = units > blocksOfUnit.length ? NO_RUN : takeRunAfterAll((int) units);
        if (address == NO_RUN) {
            throw new OutOfMemoryRegionException(
                    frameCount + " frames of " + shape.strideBytes() + " bytes do not fit into heap '" + name
                            + "': its longest free run is " + longestFreeRunBytes() + " bytes");
        }
        return new Span(address, unitOf(address), (int) units, shape);
    }

    /** Cuts one more span of a class into its depot. Returns whether there was memory for it. */
    synchronized boolean cut(int sizeClass, BufferPool core) {
        if (closed) {
            return false;
        }
        int units = SizeClasses.spanUnits(sizeClass);
        long address = takeRunAfterAll(units);
        if (address == NO_RUN) {
            return false;
        }
        Span span = new Span(address, unitOf(address), units, sizeClass);
        SpanBlocks blocks = new SpanBlocks(span, SizeClasses.blocksPerSpan(sizeClass), core);
        enter(blocks);
        int _ = store(depots[sizeClass], blocks.buffers, blocks.buffers.length);
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

    private void enter(SpanBlocks blocks) {
        Span span = blocks.span;
        Arrays.fill(blocksOfUnit, span.firstUnit, span.firstUnit + span.units, blocks);
    }

    private void giveSpan(Span span) {
        Arrays.fill(blocksOfUnit, span.firstUnit, span.firstUnit + span.units, null);
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

    /** As {@link PinnedHeap#trim}. */
    synchronized long trim() {
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
                blocksAt(batch.blocks[i].frameAddress()).found++;
            }
            batch.clear();
            depot.putEmpty(batch);
            changes++;
        }
        List<Span> emptied = new ArrayList<>();
        List<Buffer> kept = new ArrayList<>();
        for (Buffer b : found) {
            SpanBlocks siblings = blocksAt(b.frameAddress());
            if (siblings.found == siblings.buffers.length) {
                b.forget();
                if (b.index() == 0) {
                    emptied.add(b.span());
                }
            } else {
                kept.add(b);
            }
        }
        for (Buffer b : kept) {
            blocksAt(b.frameAddress()).found = 0;
        }
        emptied.forEach(this::giveSpan); // last: until then its blocks are found by their addresses
        changes += store(depot, kept.toArray(new Buffer[0]), kept.size());
        depot.noteTrimmed(changes);
    }

    // ---- lookup

    /** The blocks among which one lies that begins at this address of the heap; null where nothing was cut. */
    SpanBlocks blocksAt(long address) {
        return blocksOfUnit[unitOf(address)];
    }

    /** @throws IndexOutOfBoundsException if no block holds the address */
    Buffer bufferAt(long address) {
        long at = address - region.address();
        SpanBlocks blocks = at < 0 || at >>> SizeClasses.UNIT_SHIFT >= blocksOfUnit.length
                ? null
                : blocksOfUnit[(int) (at >>> SizeClasses.UNIT_SHIFT)];
        Buffer b = blocks == null ? null : blocks.at(address);
        if (b == null) {
            throw new IndexOutOfBoundsException("address 0x" + Long.toHexString(address) + " is in no buffer of heap '"
                    + name + "' (0x" + Long.toHexString(region.address()) + " to 0x"
                    + Long.toHexString(region.address() + region.lengthBytes()) + ")");
        }
        return b;
    }

    synchronized void forEachBlock(Consumer<Buffer> action) {
        SpanBlocks previous = null;
        for (SpanBlocks blocks : blocksOfUnit) {
            if (blocks != null && blocks != previous && blocks.span.sizeClass != Span.FRAMES) {
                for (Buffer b : blocks.buffers) {
                    action.accept(b);
                }
            }
            previous = blocks;
        }
    }

    // ---- counters

    synchronized HeapStatistics statistics() {
        long depotBytes = 0;
        for (int c = 0; c < depots.length; c++) {
            depotBytes += depots[c].blocks() * SizeClasses.blockBytes(c);
        }
        return new HeapStatistics(
                (long) blocksOfUnit.length << SizeClasses.UNIT_SHIFT,
                (long) runs.freeUnits() << SizeClasses.UNIT_SHIFT,
                longestFreeRunBytes(),
                depotBytes,
                leakedBytes);
    }

    private long longestFreeRunBytes() {
        return (long) runs.longestFreeRun() << SizeClasses.UNIT_SHIFT;
    }
}
