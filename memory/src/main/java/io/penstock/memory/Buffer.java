package io.penstock.memory;

import io.penstock.linux.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * A window on one frame of pinned memory, with its holders counted.
 *
 * <pre>
 *   frame
 *   +------------------+--------------------------------+-------------------+
 *   |     headroom     |  data: index 0 .. length - 1   |     tailroom      |
 *   +------------------+--------------------------------+-------------------+
 *   ^ frameAddress     ^ address()                      ^ + length()        ^ + frame length
 * </pre>
 *
 * <p><b>Ownership.</b> Who allocated or popped a buffer owns one reference and gives it back with {@link #release}.
 * {@link #retain} takes one more. Apart from these references there are <em>holds</em>, taken by the stack and the
 * device while bytes wait for their acknowledgement or lie in the NIC's ring. The frame goes home when both are gone. So
 * an application may release what it pushed at once, and a second release is still told apart from the stack's.
 *
 * <p><b>Chains.</b> {@link #next} links the frames of something longer than one frame; {@link #retain} and
 * {@link #release} act on the whole chain.
 *
 * <p><b>Slices.</b> {@link #slice} makes a second window on the same frame, with a reference of its own; {@link
 * #duplicate} does so for a whole chain.
 *
 * <p><b>Threads.</b> Reading, writing, {@code retain}, {@code release} and {@code slice} work from any thread that holds a
 * reference and got it by a safe hand-over. They are not atomic, and cost next to nothing, on the thread that owns the
 * pool; a release elsewhere returns over a lock-free ring to the owner. The window has one user at a time: who moves it
 * must be the only holder of this object, or take a slice.
 *
 * <p>Numbers are in network order (big-endian). Every access is checked against the window.
 */
public final class Buffer extends Window {
    private static final VarHandle OTHER_SLICES;
    /** A slice's index: the pool keeps it for reuse, or nobody does. */
    private static final int OF_OWNER = 0;

    private static final int OF_ANOTHER_THREAD = 1;

    static {
        try {
            OTHER_SLICES = MethodHandles.lookup().findVarHandle(Buffer.class, "otherSlices", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The span that it is a block of; null for a slice. */
    private final Span span;

    private final int index;
    /** The buffer that stands for the whole frame: this one, unless this is a slice. */
    private Buffer frame;

    private Buffer next;

    /** Slices of this frame that the owner made and that are alive. */
    private int slices;
    /** The same of other threads. */
    @SuppressWarnings("unused") // through OTHER_SLICES
    private int otherSlices;

    // Of the pool, which notes what it has to know for diagnosis.
    Life life;
    boolean poisoned;

    /** @param span null for a slice */
    Buffer(BufferPool pool, Span span, int index, long frameAddress) {
        super(pool, frameAddress);
        this.span = span;
        this.index = index;
        this.frame = this;
    }

    // ---- the window

    /**
     * Sets how many bytes of data there are, from the window's beginning.
     *
     * @param lengthBytes 0 to {@link #capacity()}
     * @return this
     */
    public Buffer length(int lengthBytes) {
        if (lengthBytes < 0 || lengthBytes > capacity()) {
            checkPoolOpen();
            throw new IndexOutOfBoundsException(
                    "length " + lengthBytes + " outside 0.." + capacity() + " of " + describe());
        }
        checkAlive();
        setLength(lengthBytes);
        return this;
    }

    /** That it has no room is not the whole truth of a buffer whose pool is closed. */
    private void checkPoolOpen() {
        if (pool().isClosed()) {
            checkAlive();
        }
    }

    /** How many bytes the window could hold from where it begins: data and tailroom. A slice has no tailroom. */
    public int capacity() {
        return span != null ? span.blockBytes - offset() : length();
    }

    /**
     * Drops bytes from the window's front.
     *
     * @param bytes 0 to {@link #length()}
     * @return this
     */
    public Buffer advance(int bytes) {
        if (bytes < 0 || bytes > length()) {
            checkPoolOpen();
            throw new IndexOutOfBoundsException("advance by " + bytes + " in a window of " + length());
        }
        dropFront(bytes);
        return this;
    }

    /** As {@link FrameAccess#window}. */
    Buffer window(int offsetBytes, int lengthBytes) {
        if ((offsetBytes | lengthBytes) < 0 || span == null || offsetBytes > span.blockBytes - lengthBytes) {
            throw new IndexOutOfBoundsException(
                    "window " + offsetBytes + "+" + lengthBytes + " outside the frame of " + describe());
        }
        checkAlive();
        moveTo(offsetBytes);
        setLength(lengthBytes);
        return this;
    }

    /** The frame's number in its pool; of a {@link CoreHeap}'s block, its number in the span that it was cut from. */
    public int frameIndex() {
        return frame.index;
    }

    /** How long the whole frame is, headroom included. */
    public int frameBytes() {
        Span cutFrom = frame.span;
        return cutFrom == null ? 0 : cutFrom.blockBytes; // a slice that was released has no frame any more
    }

    /** As {@link FrameAccess#frameOf}. */
    Buffer frame() {
        return frame;
    }

    // ---- chains

    /** The next buffer of the chain, or null. */
    public Buffer next() {
        return next;
    }

    /** Links {@code following} behind this one; the reference to it passes to the chain. Null cuts the chain here. */
    public void next(Buffer following) {
        next = following;
    }

    /** The sum of the lengths of this buffer and all that follow it. */
    public int chainLength() {
        int sum = 0;
        for (Buffer b = this; b != null; b = b.next) {
            sum += b.length();
        }
        return sum;
    }

    // ---- holders

    /**
     * Takes one more reference, on every buffer of the chain.
     *
     * @return this
     * @throws BufferStateException if it was released already
     */
    public Buffer retain() {
        Buffer b = this;
        do {
            if (!b.isAlive()) {
                throw b.stateError("retained after its release");
            }
            if (b.pool().isOwner()) { // each by itself: a chain may hold buffers of several cores
                b.retainHere();
            } else {
                b.retainElsewhere();
            }
            b = b.next;
        } while (b != null);
        return this;
    }

    /**
     * Gives one reference back, on every buffer of the chain. The last holder sends the frame home.
     *
     * @throws BufferStateException if there is no reference left to give back
     */
    public void release() {
        Buffer b = this;
        do {
            Buffer following = b.next;
            if (b.pool().isOwner()) {
                b.releaseOnOwnersThread();
            } else {
                b.releaseOnAnotherThread();
            }
            b = following;
        } while (b != null);
    }

    private void releaseOnOwnersThread() {
        if (hasSlices()) {
            checkThatSlicesKeepTheirs();
        }
        if (releaseHere()) {
            loseLastReference();
        }
    }

    private void releaseOnAnotherThread() {
        if (frame.hasOtherViews()) {
            frame.endThisThreadsViewsOf(this);
        }
        if (hasOneReference()) {
            setLength(0); // before it is given back: afterwards the owner may give it out again at any moment
        }
        if (releaseElsewhere()) {
            pool().returnFromAnotherThread(this);
        }
    }

    /** What the slices of this frame hold is not for the holder of the frame to give back. */
    private void checkThatSlicesKeepTheirs() {
        int ofSlices = slices + (int) OTHER_SLICES.getAcquire(this); // read first, as in foldForeignReleases
        if (references() <= ofSlices) {
            throw stateError("released twice");
        }
    }

    private boolean hasSlices() {
        return (slices | (int) OTHER_SLICES.getAcquire(this)) != 0;
    }

    private void loseLastReference() {
        if (next != null) { // a store would take the line from the core that reads it when it releases
            next = null;
        }
        setLength(0); // nothing can be read any more
        frame.endOwnViewsOf(this);
        recycleIfUnused();
    }

    @Override
    void foldForeignReleases() {
        int ofSlices = slices + (int) OTHER_SLICES.getAcquire(this); // before the fold, which then has their references
        int left = foldReturned(ofSlices);
        if (left <= 0) {
            loseLastReference();
        }
        if (left < ofSlices) {
            throw stateError("released twice by another thread");
        }
    }

    /** As {@link FrameAccess#hold}. */
    void hold() {
        if (pool().isOwner()) {
            frame.addHold();
        } else {
            frame.retainElsewhere();
        }
    }

    /** As {@link FrameAccess#unhold}. */
    void unhold() {
        if (pool().isOwner()) {
            if (frame.ownHolds() > 0 || !pool().isClosed()) { // closing took all holds: whoever had one need not know
                frame.dropHold();
            }
            frame.recycleIfUnused();
        } else if (!pool().isClosed() && frame.releaseElsewhere()) {
            pool().returnFromAnotherThread(frame);
        }
    }

    /** As {@link FrameAccess#holds}. */
    int holds() {
        return frame.ownHolds();
    }

    /**
     * Whether the bytes in front of the window are free for headers: this is the frame's own buffer, it is this thread's,
     * no slice of it is alive, and no other push or NIC holds the frame.
     */
    public boolean headroomIsFree() {
        return frame == this && pool().isOwner() && ownHolds() == 0 && !hasSlices();
    }

    private void recycleIfUnused() {
        if (goesHome()) {
            if (frame.hasOtherViews()) {
                frame.forgetOtherViewsOf(this);
            }
            if (frame == this) {
                pool().recycle(this);
            } else {
                recycleSlice();
            }
        }
    }

    private void recycleSlice() {
        Buffer parent = frame;
        frame = this;
        setLength(0);
        if (index == OF_OWNER) {
            parent.slices--;
            pool().slices().give(this, pool().tracing() != Tracing.FULL);
        } else {
            int _ = (int) OTHER_SLICES.getAndAdd(parent, -1);
            pool().removeSliceOfAnotherThread(this);
        }
        if (parent.releaseHere()) {
            parent.loseLastReference();
        }
    }

    /**
     * A second window on the same bytes, with its own reference: release both. Any thread that holds a reference; on the
     * owner's it makes no garbage, elsewhere it makes one object.
     *
     * @param at where it begins in this window
     * @param lengthBytes how long it is
     * @return the slice, or null if all slices of the pool are in use: copy, or try again later
     */
    public Buffer slice(int at, int lengthBytes) {
        checkRange(at, lengthBytes);
        Buffer slice;
        if (pool().isOwner()) {
            slice = takeSlice();
            if (slice == null) {
                return null;
            }
            frame.slices++;
            frame.retainHere();
        } else {
            slice = new Buffer(pool(), null, OF_ANOTHER_THREAD, 0);
            frame.retainElsewhere(); // first: the owner may see a reference too many, and never one too few
            int _ = (int) OTHER_SLICES.getAndAdd(frame, 1);
            pool().addSliceOfAnotherThread(slice);
        }
        slice.leaveHome();
        slice.frame = frame;
        slice.show(this, at, lengthBytes);
        return slice;
    }

    private Buffer takeSlice() {
        Slices kept = pool().slices();
        Buffer slice = (Buffer) kept.take(); // there are no others
        if (slice == null && !kept.isFull()) {
            slice = new Buffer(pool(), null, OF_OWNER, 0);
            kept.add(slice);
        }
        return slice;
    }

    /**
     * A second chain of windows on the same bytes, with references of its own, such as for a second connection that is to
     * get the same answer: its windows move, and it is released, apart from this one. Threads as for {@link #slice}.
     *
     * @return the duplicate, or null if not enough slices of the pool are free: then nothing was taken
     */
    public Buffer duplicate() {
        Buffer head = null;
        Buffer tail = null;
        for (Buffer b = this; b != null; b = b.next) {
            Buffer twin = b.slice(0, b.length());
            if (twin == null) {
                if (head != null) {
                    head.release();
                }
                return null;
            }
            if (tail == null) {
                head = twin;
            } else {
                tail.next = twin;
            }
            tail = twin;
        }
        return head;
    }

    // ---- for the pool

    void open(int offsetBytes) {
        leaveHome();
        moveTo(offsetBytes);
        setLength(0);
    }

    @Override
    void forget() {
        endAllViews();
        forgetHolders();
        setLength(0);
        slices = 0;
        next = null;
    }

    /** Whether a pool has noted something for diagnosis. */
    boolean hasTraces() {
        return poisoned || life != null;
    }

    int index() {
        return index;
    }

    Span span() {
        return span;
    }

    /** That the pool is closed explains every wrong use. */
    @Override
    BufferStateException stateError(String what) {
        Life last = frame.life;
        Throwable event = last == null ? null : last.lastEvent();
        if (pool().isForgotten()) {
            return new BufferStateException(
                    describe() + " was used after pool '" + pool().name() + "' was closed", event);
        }
        String hint = last == null || last.releasedWhere() == null ? "" : "; last released at " + last.releasedWhere();
        return new BufferStateException(describe() + " was " + what + hint, event);
    }

    // ---- bytes of two buffers

    /** Copies bytes in from another buffer. */
    public void putBytes(int at, Buffer source, int sourceAt, int lengthBytes) {
        checkRange(at, lengthBytes);
        source.checkRange(sourceAt, lengthBytes);
        RawMemory.copy(source.address() + sourceAt, address() + at, lengthBytes);
    }

    // ---- views

    /**
     * The window as a segment, without copying. It fails after the buffer's last release, or, on another thread than the
     * owner's, after that thread's next release of it. Makes objects: for the packet path take {@link AgronaView}.
     */
    public MemorySegment asSegment() {
        checkRange(0, length());
        return SegmentView.of(this, frame);
    }

    /** The window as a direct ByteBuffer in network order, without copying; in all else as {@link #asSegment}. */
    public ByteBuffer asByteBuffer() {
        return asSegment().asByteBuffer();
    }

    String describe() {
        return (frame == this ? "" : "slice of ") + frame.nameOfBlock() + " of pool '" + pool().name() + "'";
    }

    private String nameOfBlock() {
        return span == null
                ? "an empty slice"
                : span.sizeClass == Span.FRAMES
                        ? "frame " + index
                        : "block of " + span.blockBytes + " bytes at 0x" + Long.toHexString(frameAddress());
    }

    @Override
    public String toString() {
        return describe() + " [offset " + offset() + ", length " + length() + ", references " + references()
                + ", holds " + holds() + "]";
    }
}
