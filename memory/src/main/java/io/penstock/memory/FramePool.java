package io.penstock.memory;

import java.util.Arrays;
import java.util.Objects;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * Frames of one size, cut from a region, that belong to one thread.
 *
 * <pre>
 *   region
 *   +-----------+-----------+-----------+--  --+-----------+
 *   |  frame 0  |  frame 1  |  frame 2  |  ..  | frame n-1 |     frame i = address + (i &lt;&lt; frameShift)
 *   +-----------+-----------+-----------+--  --+-----------+
 *        |
 *        +-- | headroom | payload ......................... |
 * </pre>
 *
 * <p>Free frames stand on a stack: the one given back last is given out next, because its lines are still in the cache.
 * Allocation and release on the owner's thread take a few nanoseconds and make no garbage. Other threads may release;
 * their frames come back when the owner calls {@link #reclaim()}, which the poll loop does each turn.
 *
 * <p>A part of the frames is kept in reserve for the stack and the device ({@link #allocateReserved()}), so that an
 * application which keeps every buffer it can get cannot stop acknowledgements and reception.
 */
public final class FramePool implements AutoCloseable {
    /** Room in front of the payload: XDP's own 256 bytes, in which all headers fit as well. */
    public static final int DEFAULT_HEADROOM_BYTES = 256;

    private final String name;
    private final Region region;
    private final int frameShift;
    private final int headroomBytes;
    private final Buffer[] frames;
    private final Buffer[] free;
    private final Buffer[] freeSlices;
    private final ManyToOneConcurrentArrayQueue<Buffer> returned;
    private Thread owner;
    private int freeCount;
    private int freeSliceCount;
    private int reservedFrames;
    private int lowestFree;
    private long failedAllocations;
    private BufferTrace trace;
    private boolean closed;

    private FramePool(String name, Region region, int frameBytes, int headroomBytes, int frameCount) {
        this.name = name;
        this.region = region;
        this.frameShift = Integer.numberOfTrailingZeros(frameBytes);
        this.headroomBytes = headroomBytes;
        this.owner = Thread.currentThread();
        this.frames = new Buffer[frameCount];
        this.free = new Buffer[frameCount];
        this.freeSlices = new Buffer[frameCount];
        this.returned = new ManyToOneConcurrentArrayQueue<>(2 * frameCount);
        for (int i = frameCount - 1; i >= 0; i--) {
            frames[i] = new Buffer(this, i, region.address() + ((long) i << frameShift));
            free[freeCount++] = frames[i];
            freeSlices[i] = new Buffer(this, i, 0);
        }
        freeSliceCount = frameCount;
        lowestFree = frameCount;
        reservedFrames = frameCount / 8;
    }

    /**
     * Cuts a whole region into frames. The calling thread becomes the owner.
     *
     * @param name what error messages call it
     * @param region stays the caller's to close, after the pool
     * @param frameBytes size of a frame, a power of two of at least 2048
     * @param headroomBytes room in front of the payload, less than a frame
     */
    public static FramePool over(String name, Region region, int frameBytes, int headroomBytes) {
        if (Integer.bitCount(frameBytes) != 1 || frameBytes < 2048) {
            throw new IllegalArgumentException("a frame's size is a power of two of at least 2048, not " + frameBytes);
        }
        if (headroomBytes < 0 || headroomBytes >= frameBytes) {
            throw new IllegalArgumentException("headroom " + headroomBytes + " outside 0.." + (frameBytes - 1));
        }
        long count = region.lengthBytes() / frameBytes;
        if (count > 1 << 24) {
            throw new IllegalArgumentException("a pool has at most 2^24 frames, not " + count);
        }
        return new FramePool(name, region, frameBytes, headroomBytes, (int) count);
    }

    /** Gives the pool to another thread. Both threads must agree, by a safe hand-over; nobody else may use it then. */
    public void ownedBy(Thread thread) {
        owner = Objects.requireNonNull(thread);
    }

    /** How many frames only {@link #allocateReserved()} can take; an eighth unless it is set. */
    public void reserve(int frameCount) {
        if (frameCount < 0 || frameCount >= frames.length) {
            throw new IllegalArgumentException("reserve " + frameCount + " outside 0.." + (frames.length - 1));
        }
        reservedFrames = frameCount;
    }

    /** Remembers from now on where each buffer was taken and released. Slow: for tests and for hunting a leak. */
    public void trace() {
        if (trace == null) {
            trace = new BufferTrace(frames.length);
        }
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

    /** As {@link #allocate()}, from the reserve as well. For stacks and devices. */
    public Buffer allocateReserved() {
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
        int perFrame = Math.min(payloadBytes, frameBytes() - headroomBytes);
        if (lengthBytes < 0 || perFrame <= 0) {
            throw new IllegalArgumentException("length " + lengthBytes + " in frames of " + payloadBytes);
        }
        int count = Math.max(1, (lengthBytes + perFrame - 1) / perFrame);
        if (freeCount - reservedFrames < count) {
            return refuse();
        }
        Buffer head = null;
        int left = lengthBytes - (count - 1) * perFrame;
        for (int i = 0; i < count; i++) {
            Buffer b = take().length(left);
            b.next(head);
            head = b;
            left = perFrame;
        }
        return head;
    }

    private Buffer take() {
        Buffer b = free[--freeCount];
        if (freeCount < lowestFree) {
            lowestFree = freeCount;
        }
        b.open(headroomBytes);
        if (trace != null) {
            trace.taken(b.index());
        }
        return b;
    }

    private Buffer refuse() {
        failedAllocations++;
        return null;
    }

    Buffer takeSlice() {
        return freeSliceCount > 0 ? freeSlices[--freeSliceCount] : null;
    }

    void recycle(Buffer b) {
        if (trace != null) {
            trace.released(b.index());
        }
        free[freeCount++] = b;
    }

    void recycleSlice(Buffer b) {
        b.detachSlice();
        freeSlices[freeSliceCount++] = b;
    }

    boolean isOwner() {
        return Thread.currentThread() == owner;
    }

    void returnFromAnotherThread(Buffer b) {
        if (!returned.offer(b)) {
            throw new AssertionError("the return ring holds each buffer once and cannot be full");
        }
    }

    /**
     * Takes home what other threads have released. Owner's thread, once a loop turn.
     *
     * @return how many buffers were looked at
     */
    public int reclaim() {
        if (returned.isEmpty()) {
            return 0;
        }
        int count = 0;
        for (Buffer b = returned.poll(); b != null && count < 1024; b = returned.poll()) {
            b.foldForeignReleases();
            count++;
        }
        return count;
    }

    // ---- lookup

    /** The buffer that stands for frame {@code index}. */
    public Buffer frame(int index) {
        return frames[index];
    }

    /**
     * The buffer whose frame holds an address. For devices, whose rings carry addresses.
     *
     * @throws IndexOutOfBoundsException if the address is not in this pool
     */
    public Buffer frameAt(long address) {
        long at = address - region.address();
        if (at < 0 || at >>> frameShift >= frames.length) {
            throw new IndexOutOfBoundsException(
                    "address 0x" + Long.toHexString(address) + " is not in pool '" + name + "'");
        }
        return frames[(int) (at >>> frameShift)];
    }

    public String name() {
        return name;
    }

    public Region region() {
        return region;
    }

    public int frameBytes() {
        return 1 << frameShift;
    }

    public int headroomBytes() {
        return headroomBytes;
    }

    /** How much data one frame can take behind its headroom. */
    public int payloadBytes() {
        return frameBytes() - headroomBytes;
    }

    public int capacityFrames() {
        return frames.length;
    }

    public int freeFrames() {
        return freeCount;
    }

    public int framesInUse() {
        return frames.length - freeCount;
    }

    public int slicesInUse() {
        return freeSlices.length - freeSliceCount;
    }

    /** The most frames that were ever in use at once. */
    public int highWaterFrames() {
        return frames.length - lowestFree;
    }

    /** How many allocations were answered with null. */
    public long failedAllocations() {
        return failedAllocations;
    }

    /** Frames that somebody still holds, with where they were taken if tracing is on; one line each, 20 at most. */
    public String leakReport() {
        StringBuilder report = new StringBuilder();
        int lines = 0;
        for (Buffer b : frames) {
            if ((b.references() | b.holds()) != 0 && lines++ < 20) {
                report.append(b);
                if (trace != null) {
                    report.append(" taken at ").append(trace.takenWhere(b.index()));
                }
                report.append('\n');
            }
        }
        return report.toString();
    }

    BufferStateException stateError(Buffer b, String what) {
        String hint = trace == null ? "" : "; last released at " + trace.releasedWhere(b.frameIndex());
        return new BufferStateException(
                b.describe() + " was " + what + hint, trace == null ? null : trace.takenAt(b.frameIndex()));
    }

    /** Makes every later use of a buffer of this pool an exception. The region stays mapped until it is closed. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            for (Buffer b : frames) {
                b.forget();
            }
            Arrays.fill(free, null);
            freeCount = 0;
            freeSliceCount = 0;
        }
    }

    @Override
    public String toString() {
        return "FramePool[" + name + ", " + frames.length + " x " + frameBytes() + " B, " + freeCount + " free]";
    }
}
