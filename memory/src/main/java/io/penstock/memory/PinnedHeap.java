package io.penstock.memory;

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
    private final HeapMemory memory;

    private PinnedHeap(HeapMemory memory) {
        this.memory = memory;
    }

    /**
     * Makes a heap of a whole region.
     *
     * @param name what messages call it
     * @param region stays the caller's to close, after the heap; at least 16 KiB
     */
    public static PinnedHeap over(String name, Region region) {
        return new PinnedHeap(new HeapMemory(name, region));
    }

    // ---- cores and frame pools

    /** A core's way into this heap, up to all of it. The calling thread becomes the owner. */
    public CoreHeap core(String coreName) {
        return core(coreName, region().lengthBytes());
    }

    /**
     * A core's way into this heap. The calling thread becomes the owner.
     *
     * @param limitBytes how much its application may hold at once, in whole blocks
     */
    public CoreHeap core(String coreName, long limitBytes) {
        if (limitBytes < 0) {
            throw new IllegalArgumentException("a core may hold 0 bytes or more, not " + limitBytes);
        }
        CoreHeap core = new CoreHeap(memory, coreName, limitBytes);
        memory.enter(core);
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
    public FramePool frames(String poolName, FrameShape shape, int frameCount) {
        return FramePool.in(memory, poolName, shape, frameCount);
    }

    /**
     * Makes free runs of the spans whose blocks all lie in a depot. Takes time in proportion to what lies there, so it is
     * done when there is no other memory, or by an operator. Any thread.
     *
     * @return how many bytes have become free
     */
    public long trim() {
        return memory.trim();
    }

    /** The free blocks of a size class that no core has. */
    Depot depot(int sizeClass) {
        return memory.depot(sizeClass);
    }

    // ---- lookup

    /**
     * The buffer whose block holds an address, as a device's ring names it. Any thread.
     *
     * @throws IndexOutOfBoundsException if no block holds it: it is another region's, or nothing was cut there
     */
    public Buffer bufferAt(long address) {
        return memory.bufferAt(address);
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
            throw b.stateError("released although nobody holds it");
        }
        b.release();
    }

    // ---- counters

    /** What messages call it. */
    public String name() {
        return memory.name();
    }

    /** The memory itself, for devices to register. */
    public Region region() {
        return memory.region();
    }

    /** How the memory is used at this moment. Any thread; takes time in proportion to the number of free blocks. */
    public HeapStatistics statistics() {
        return memory.statistics();
    }

    /**
     * Ends the heap. Closing twice does nothing.
     *
     * @throws IllegalStateException if a core or a frame pool of it is still open; nothing is done then
     */
    @Override
    public void close() {
        memory.close();
    }

    @Override
    public String toString() {
        return "PinnedHeap[" + name() + ", " + statistics() + "]";
    }
}
