package io.penstock.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Frames of one size that belong to one thread: what a stack receives into and sends from.
 *
 * <pre>
 *   region, or a run of a heap's units
 *   +-----------+-----------+-----------+--  --+-----------+
 *   |  frame 0  |  frame 1  |  frame 2  |  ..  | frame n-1 |     frame i = address + (i &lt;&lt; strideShift) + prefix
 *   +-----------+-----------+-----------+--  --+-----------+
 *        |
 *        +-- | prefix, if any | headroom | payload ................ |
 * </pre>
 *
 * <p>The number of frames is fixed, and all of them are this core's own: reception must not depend on what other cores do.
 * Free frames stand on a stack: the one given back last is given out next, because its lines are still in the cache.
 * Allocation and release on the owner's thread take a few nanoseconds and make no garbage.
 *
 * <p>A part of the frames is kept in reserve for the stack and the device ({@link FrameAccess#allocateReserved}), so that an
 * application which keeps every buffer it can get cannot stop acknowledgements and reception.
 */
public final class FramePool extends BlockPool {
    /** Room in front of the payload: XDP's own 256 bytes, in which all headers fit as well. */
    public static final int DEFAULT_HEADROOM_BYTES = 256;

    private static final int MAX_FRAMES = 1 << 24;

    private final HeapMemory heap;
    private final Span span;
    private final SpanBlocks blocks;
    private final int strideShift;
    private final int frameBytes;
    private final int prefixBytes;
    private final int headroomBytes;
    private final Buffer[] frames;
    private final Buffer[] free;
    private int freeCount;
    private int reservedFrames;
    private int lowestFree;
    private long failedAllocations;

    /** @param heap whose run of units this is, or null if it is a region of its own */
    private FramePool(String name, Region region, HeapMemory heap, Span span, FrameShape shape, int frameCount) {
        super(name, region, frameCount, frameCount);
        this.heap = heap;
        this.span = span;
        this.strideShift = Integer.numberOfTrailingZeros(span.strideBytes);
        this.frameBytes = shape.frameBytes();
        this.prefixBytes = shape.prefixBytes();
        this.headroomBytes = shape.headroomBytes();
        this.blocks = new SpanBlocks(span, frameCount, this);
        this.frames = blocks.buffers;
        this.free = new Buffer[frameCount];
        for (int i = frameCount - 1; i >= 0; i--) {
            free[freeCount++] = frames[i];
        }
        lowestFree = frameCount;
        reservedFrames = frameCount / 8;
    }

    /**
     * Cuts a whole region into frames. The calling thread becomes the owner.
     *
     * @param name what error messages call it
     * @param region stays the caller's to close, after the pool
     * @param frameBytes size of a frame, a power of two from 2048 to 65536; larger than 4096 is for jumbo packets
     * @param headroomBytes room in front of the payload, less than a frame
     */
    public static FramePool over(String name, Region region, int frameBytes, int headroomBytes) {
        return over(name, region, new FrameShape(frameBytes, headroomBytes));
    }

    /** Cuts a whole region into frames. The calling thread becomes the owner; the region stays the caller's to close. */
    public static FramePool over(String name, Region region, FrameShape shape) {
        long count = region.lengthBytes() / shape.strideBytes();
        checkCount(count);
        return new FramePool(name, region, null, new Span(region.address(), 0, 0, shape), shape, (int) count);
    }

    /**
     * Cuts a run of a heap's units.
     *
     * @throws OutOfMemoryRegionException if no free run is that long
     */
    static FramePool in(HeapMemory heap, String name, FrameShape shape, int frameCount) {
        checkCount(frameCount);
        Span span = heap.takeFrames(shape, frameCount);
        FramePool pool = new FramePool(name, heap.region(), heap, span, shape, frameCount);
        heap.enter(pool, pool.blocks);
        return pool;
    }

    private static void checkCount(long frameCount) {
        if (frameCount < 1 || frameCount > MAX_FRAMES) {
            throw new IllegalArgumentException("a pool has 1 to " + MAX_FRAMES + " frames, not " + frameCount);
        }
    }

    /** How many frames only {@link FrameAccess#allocateReserved} can take; an eighth unless it is set. */
    public void reserve(int frameCount) {
        if (frameCount < 0 || frameCount >= frames.length) {
            throw new IllegalArgumentException("reserve " + frameCount + " outside 0.." + (frames.length - 1));
        }
        reservedFrames = frameCount;
    }

    /**
     * Calls {@code action} whenever fewer than so many frames are left, once each time that it comes to that: it is armed
     * again when half as many more are free. On the owner's thread, out of the middle of an allocation: it may release and
     * note, and must not allocate from this pool.
     *
     * @param frameCount 0 switches it off
     */
    public void onLowWater(int frameCount, Runnable action) {
        onLowWater(frameCount, frames.length, action);
    }

    @Override
    public FramePool tracing(Tracing mode) {
        super.tracing(mode);
        return this;
    }

    @Override
    public FramePool poison(boolean on) {
        super.poison(on);
        return this;
    }

    // ---- allocation

    /**
     * One frame with an empty window behind the headroom. Owner's thread.
     *
     * @return the buffer with one reference, or null if none is free beyond the reserve: release some, try again later
     */
    public Buffer allocate() {
        return freeCount > reservedFrames ? take() : refuse();
    }

    /** As {@link FrameAccess#allocateReserved}. */
    Buffer allocateReserved() {
        return freeCount > 0 ? take() : refuse();
    }

    /**
     * Room for {@code lengthBytes} of data: one frame, or a chain of frames, each with its own headroom, so that it can
     * be pushed without a copy. Owner's thread.
     *
     * @param lengthBytes at least 0; each window's length is set, together they give this number
     * @param payloadBytes how much data one frame gets at most, such as a connection's segment size
     * @return the chain with one reference, or null if there are not enough free frames
     */
    public Buffer allocate(int lengthBytes, int payloadBytes) {
        int perFrame = Math.min(payloadBytes, frameBytes - headroomBytes);
        if (lengthBytes < 0 || perFrame <= 0) {
            throw new IllegalArgumentException("length " + lengthBytes + " in frames of " + payloadBytes);
        }
        int count = lengthBytes == 0 ? 1 : (lengthBytes - 1) / perFrame + 1;
        if (freeCount - reservedFrames < count) {
            return refuse();
        }
        Buffer head = null;
        int left = lengthBytes - (count - 1) * perFrame;
        try {
            for (int i = 0; i < count; i++) {
                Buffer b = take().length(left);
                b.next(head);
                head = b;
                left = perFrame;
            }
        } catch (BufferStateException e) { // of poison: what was taken before is not the caller's yet
            if (head != null) {
                head.release();
            }
            throw e;
        }
        return head;
    }

    private Buffer take() {
        checkOwner();
        checkLow(freeCount - 1L);
        Buffer b = free[freeCount - 1];
        if (isDiagnosed() || b.hasTraces()) {
            diagnoseTaken(b);
        }
        freeCount--;
        if (freeCount < lowestFree) {
            lowestFree = freeCount;
        }
        b.open(headroomBytes);
        return b;
    }

    private Buffer refuse() {
        checkOpen();
        failedAllocations++;
        return null;
    }

    @Override
    void recycle(CountedBlock b) {
        Buffer block = (Buffer) b; // there are no others
        free[freeCount++] = isDiagnosed() ? diagnoseReleased(block) : block;
        checkEnough(freeCount);
    }

    // ---- lookup

    /** As {@link FrameAccess#frame}. */
    Buffer frame(int index) {
        return frames[index];
    }

    /** As {@link FrameAccess#frameAt}. */
    Buffer frameAt(long address) {
        long at = address - span.address;
        if (at >= 0 && at >>> strideShift < frames.length) {
            Buffer b = frames[(int) (at >>> strideShift)];
            if (address >= b.frameAddress()) {
                return b;
            }
        }
        if (heap == null) {
            throw new IndexOutOfBoundsException(
                    "address 0x" + Long.toHexString(address) + " is not in a frame of pool '" + name() + "'");
        }
        return heap.bufferAt(address);
    }

    /** How long a frame is, headroom included and without the prefix. */
    public int frameBytes() {
        return frameBytes;
    }

    /** From one frame to the next: a power of two. */
    public int strideBytes() {
        return 1 << strideShift;
    }

    /** How much in front of each frame is not the pool's. */
    public int prefixBytes() {
        return prefixBytes;
    }

    /** How much room there is in front of the payload. */
    public int headroomBytes() {
        return headroomBytes;
    }

    /** How much data one frame can take behind its headroom. */
    public int payloadBytes() {
        return frameBytes - headroomBytes;
    }

    // ---- counters

    /** How many frames there are. */
    public int capacityFrames() {
        return frames.length;
    }

    /** How many nobody holds, the reserve included. */
    public int freeFrames() {
        return freeCount;
    }

    /** How many somebody holds: the application, the stack or the device. */
    public int framesInUse() {
        return frames.length - freeCount;
    }

    /** The most frames that were ever in use at once. */
    public int highWaterFrames() {
        return frames.length - lowestFree;
    }

    /** How many allocations were answered with null. */
    public long failedAllocations() {
        return failedAllocations;
    }

    @Override
    Iterable<Buffer> held() {
        List<Buffer> held = new ArrayList<>();
        for (Buffer b : frames) {
            if (b.isHeld()) {
                held.add(b);
            }
        }
        return held;
    }

    @Override
    SpanBlocks blocksOf(Buffer b) {
        return blocks;
    }

    @Override
    void forgetAll() {
        boolean anyHeld = freeCount < frames.length;
        for (Buffer b : frames) {
            b.forget();
        }
        Arrays.fill(free, null);
        freeCount = 0;
        if (heap != null) {
            heap.framesClosed(this, span, anyHeld);
        }
    }

    @Override
    public String toString() {
        return "FramePool[" + name() + ", " + frames.length + " x " + frameBytes() + " B, " + freeCount + " free]";
    }
}
