package io.penstock.memory;

import io.penstock.memory.os.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

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
 * <p><b>Slices.</b> {@link #slice} makes a second window on the same frame, with a reference of its own.
 *
 * <p><b>Threads.</b> The window and {@code slice} belong to the pool's owner, the thread of its stack. Reading, writing,
 * {@code retain} and {@code release} work from any thread that holds a reference and got it by a safe hand-over; a
 * release elsewhere returns through a lock-free ring to the owner.
 *
 * <p>Numbers are in network order (big-endian). Every access is checked against the window.
 */
public final class Buffer {
    private static final VarHandle FOREIGN_RELEASES;
    private static final VarHandle QUEUED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            FOREIGN_RELEASES = lookup.findVarHandle(Buffer.class, "foreignReleases", int.class);
            QUEUED = lookup.findVarHandle(Buffer.class, "queued", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final FramePool pool;
    private final int index;
    /** The buffer that stands for the whole frame: this one, unless this is a slice. */
    private Buffer frame;

    private long frameAddress;
    private int offset;
    private int length;
    private Buffer next;

    /** References that the owner knows of; changed by the owner only. */
    private int references;
    /** Stack and device; changed by the owner only. */
    private int holds;
    /** Slices of this frame that are alive. */
    private int slices;
    /** Free, in its pool: a late fold of an entry in the return ring must not free it again. */
    private boolean home = true;
    /** Releases minus retains by other threads that the owner has not yet folded into {@link #references}. */
    @SuppressWarnings("unused") // through FOREIGN_RELEASES
    private int foreignReleases;
    /** 1 while this buffer stands in the pool's return ring: it stands there at most once, so the ring cannot overflow. */
    @SuppressWarnings("unused") // through QUEUED
    private int queued;

    Buffer(FramePool pool, int index, long frameAddress) {
        this.pool = pool;
        this.index = index;
        this.frameAddress = frameAddress;
        this.frame = this;
    }

    // ---- the window

    /** How many bytes of data. */
    public int length() {
        return length;
    }

    /**
     * Sets how many bytes of data there are, from the window's beginning.
     *
     * @param lengthBytes 0 to {@link #capacity()}
     * @return this
     */
    public Buffer length(int lengthBytes) {
        if (lengthBytes < 0 || lengthBytes > capacity()) {
            throw new IndexOutOfBoundsException(
                    "length " + lengthBytes + " outside 0.." + capacity() + " of " + describe());
        }
        length = lengthBytes;
        return this;
    }

    /** How many bytes the window could hold from where it begins: data and tailroom. A slice has no tailroom. */
    public int capacity() {
        return frame == this ? pool.frameBytes() - offset : length;
    }

    /** How many bytes lie free in front of the data. */
    public int headroom() {
        return offset;
    }

    /** Where the window begins in its frame; the same as {@link #headroom()} for a frame's own buffer. */
    public int offset() {
        return offset;
    }

    /**
     * Drops bytes from the window's front.
     *
     * @param bytes 0 to {@link #length()}
     * @return this
     */
    public Buffer advance(int bytes) {
        if (bytes < 0 || bytes > length) {
            throw new IndexOutOfBoundsException("advance by " + bytes + " in a window of " + length);
        }
        offset += bytes;
        length -= bytes;
        return this;
    }

    /**
     * Sets the window within the frame. For stacks, which strip headers; not on a slice.
     *
     * @param offsetBytes from the frame's beginning
     * @param lengthBytes how many bytes of data
     * @return this
     */
    public Buffer window(int offsetBytes, int lengthBytes) {
        if ((offsetBytes | lengthBytes) < 0 || offsetBytes + lengthBytes > pool.frameBytes() || frame != this) {
            throw new IndexOutOfBoundsException(
                    "window " + offsetBytes + "+" + lengthBytes + " outside the frame of " + describe());
        }
        offset = offsetBytes;
        length = lengthBytes;
        return this;
    }

    /** The absolute address of index 0. It stays valid while a reference or hold exists. */
    public long address() {
        return frameAddress + offset;
    }

    /** The absolute address of the frame's first byte. */
    public long frameAddress() {
        return frameAddress;
    }

    /** The frame's number in its pool. */
    public int frameIndex() {
        return frame.index;
    }

    /** The pool it came from and goes home to. */
    public FramePool pool() {
        return pool;
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
            sum += b.length;
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
        boolean owner = pool.isOwner();
        for (Buffer b = this; b != null; b = b.next) {
            if (!b.isAlive()) {
                throw pool.stateError(b, "retained after its release");
            }
            if (owner) {
                b.references++;
            } else {
                int ignored = (int) FOREIGN_RELEASES.getAndAdd(b, -1);
            }
        }
        return this;
    }

    /**
     * Gives one reference back, on every buffer of the chain. The last holder sends the frame home.
     *
     * @throws BufferStateException if there is no reference left to give back
     */
    public void release() {
        if (!pool.isOwner()) {
            releaseFromAnotherThread();
            return;
        }
        Buffer b = this;
        do {
            Buffer following = b.next;
            int left = b.references - 1;
            if (left < 0) {
                throw pool.stateError(b, "released twice");
            }
            b.references = left;
            if (left == 0) {
                b.next = null;
                b.recycleIfUnused();
            }
            b = following;
        } while (b != null);
    }

    private void releaseFromAnotherThread() {
        Buffer b = this;
        while (b != null) {
            Buffer following = b.next;
            // A holder's frame cannot be at home, so this is exact. A surplus release before the owner has folded the
            // first shows when it does: a comparison of two counters that both move could accuse the innocent.
            if (b.home) {
                throw pool.stateError(b, "released twice");
            }
            int ignored = (int) FOREIGN_RELEASES.getAndAdd(b, 1);
            if (QUEUED.compareAndSet(b, 0, 1)) {
                pool.returnFromAnotherThread(b);
            }
            b = following;
        }
    }

    /** The owner takes over what other threads released. */
    void foldForeignReleases() {
        QUEUED.setRelease(this, 0);
        int left = references - (int) FOREIGN_RELEASES.getAndSet(this, 0);
        references = Math.max(0, left);
        if (left <= 0) {
            next = null;
        }
        recycleIfUnused();
        if (left < 0) {
            throw pool.stateError(this, "released twice by another thread");
        }
    }

    /**
     * Takes a hold: the stack or the device needs the bytes a while longer, whatever the application releases. Owner's
     * thread, this buffer only (not its chain).
     */
    public void hold() {
        frame.holds++;
    }

    /** Gives a hold back. Owner's thread. */
    public void unhold() {
        Buffer f = frame;
        if (f.holds <= 0) {
            throw pool.stateError(f, "given back by a device or stack that did not hold it");
        }
        f.holds--;
        f.recycleIfUnused();
    }

    /** How many holds the stack and the device have on the frame. */
    public int holds() {
        return frame.holds;
    }

    /** How many references there are, as the owner sees it. */
    public int references() {
        return references - (int) FOREIGN_RELEASES.getOpaque(this);
    }

    /** Whether anybody may still read it through a reference. */
    public boolean isAlive() {
        return references - (int) FOREIGN_RELEASES.getOpaque(this) > 0;
    }

    /**
     * Whether the bytes in front of the window are free for headers: this is the frame's own buffer, no slice of it is
     * alive, and no other push or NIC holds the frame.
     */
    public boolean headroomIsFree() {
        return frame == this && (holds | slices) == 0;
    }

    private void recycleIfUnused() {
        if ((references | holds) == 0 && !home && (int) FOREIGN_RELEASES.getAcquire(this) == 0) {
            home = true;
            if (frame == this) {
                pool.recycle(this);
            } else {
                Buffer parent = frame;
                pool.recycleSlice(this);
                parent.slices--;
                parent.releaseOne();
            }
        }
    }

    private void releaseOne() {
        references--;
        recycleIfUnused();
    }

    /**
     * A second window on the same bytes, with its own reference: release both. Owner's thread.
     *
     * @param index where it begins in this window
     * @param lengthBytes how long it is
     * @return the slice, or null if all slices of the pool are in use: copy, or try again later
     */
    public Buffer slice(int index, int lengthBytes) {
        checkRange(index, lengthBytes);
        Buffer slice = pool.takeSlice();
        if (slice == null) {
            return null;
        }
        frame.slices++;
        frame.references++;
        slice.home = false;
        slice.frame = frame;
        slice.frameAddress = frameAddress;
        slice.offset = offset + index;
        slice.length = lengthBytes;
        slice.references = 1;
        return slice;
    }

    // ---- for the pool

    void open(int offsetBytes) {
        references = 1;
        home = false;
        offset = offsetBytes;
        length = 0;
    }

    void forget() {
        references = 0;
        holds = 0;
        slices = 0;
        next = null;
        home = true;
    }

    void detachSlice() {
        frame = this;
        length = 0;
    }

    int index() {
        return index;
    }

    // ---- bytes

    private void checkRange(int at, int bytes) {
        if ((at | bytes) < 0 || at > length - bytes) {
            throw new IndexOutOfBoundsException("bytes " + at + "+" + bytes + " outside a window of " + length);
        }
        checkAlive();
    }

    void checkAlive() {
        if (references <= 0) {
            throw pool.stateError(this, "used after its release");
        }
    }

    /** One byte, {@code at} bytes into the window. */
    public byte getByte(int at) {
        checkRange(at, 1);
        return RawMemory.getByte(frameAddress + offset + at);
    }

    /** Writes one byte, {@code at} bytes into the window. */
    public void putByte(int at, byte value) {
        checkRange(at, 1);
        RawMemory.putByte(frameAddress + offset + at, value);
    }

    /** An unsigned 16-bit number. */
    public int getUnsignedShort(int at) {
        checkRange(at, 2);
        return RawMemory.getUnsignedShortBe(frameAddress + offset + at);
    }

    /** The low 16 bits of {@code value}. */
    public void putShort(int at, int value) {
        checkRange(at, 2);
        RawMemory.putShortBe(frameAddress + offset + at, value);
    }

    /** A 32-bit number in network order. */
    public int getInt(int at) {
        checkRange(at, 4);
        return RawMemory.getIntBe(frameAddress + offset + at);
    }

    /** Writes a 32-bit number in network order. */
    public void putInt(int at, int value) {
        checkRange(at, 4);
        RawMemory.putIntBe(frameAddress + offset + at, value);
    }

    /** A 64-bit number in network order. */
    public long getLong(int at) {
        checkRange(at, 8);
        return RawMemory.getLongBe(frameAddress + offset + at);
    }

    /** Writes a 64-bit number in network order. */
    public void putLong(int at, long value) {
        checkRange(at, 8);
        RawMemory.putLongBe(frameAddress + offset + at, value);
    }

    /** Copies bytes out to the heap. */
    public void getBytes(int at, byte[] target, int targetOffset, int lengthBytes) {
        checkRange(at, lengthBytes);
        java.util.Objects.checkFromIndexSize(targetOffset, lengthBytes, target.length);
        RawMemory.copyTo(frameAddress + offset + at, target, targetOffset, lengthBytes);
    }

    /** Copies bytes in from the heap. */
    public void putBytes(int at, byte[] source, int sourceOffset, int lengthBytes) {
        checkRange(at, lengthBytes);
        java.util.Objects.checkFromIndexSize(sourceOffset, lengthBytes, source.length);
        RawMemory.copyFrom(source, sourceOffset, frameAddress + offset + at, lengthBytes);
    }

    /** Copies bytes in from another buffer. */
    public void putBytes(int at, Buffer source, int sourceAt, int lengthBytes) {
        checkRange(at, lengthBytes);
        source.checkRange(sourceAt, lengthBytes);
        RawMemory.copy(source.frameAddress + source.offset + sourceAt, frameAddress + offset + at, lengthBytes);
    }

    /** The window as a segment, without copying. It does not notice the buffer's release: do not keep it. */
    public MemorySegment asSegment() {
        checkRange(0, length);
        return RawMemory.segment(address(), length);
    }

    String describe() {
        return (frame == this ? "frame " : "slice of frame ") + frame.index + " of pool '" + pool.name() + "'";
    }

    @Override
    public String toString() {
        return describe() + " [offset " + offset + ", length " + length + ", references " + references() + ", holds "
                + holds() + "]";
    }
}
