package io.penstock.memory;

import io.penstock.memory.grant.FrameGrant;
import java.util.Objects;

/**
 * What stacks and devices do with frames, and applications must not: an application that held, moved or looked up frames
 * would break the accounts of those that do.
 *
 * <p>It has no state: keep it in a {@code private static final} field, and a call costs what the work behind it costs. A
 * back end of somebody else's is handed it when it is opened.
 *
 * <p><b>Threads.</b> As said of each method; this object is for any.
 */
public final class FrameAccess {
    private static final FrameAccess INSTANCE = new FrameAccess();

    private FrameAccess() {}

    /**
     * The access, for whoever can show that it belongs to a stack or a back end.
     *
     * @param grant of a class that applications cannot name
     */
    @SuppressWarnings("exports") // which is the point
    public static FrameAccess of(FrameGrant grant) {
        Objects.requireNonNull(grant);
        return INSTANCE;
    }

    // ---- holds

    /**
     * Takes a hold on a buffer's frame: the stack or the device needs the bytes a while longer, whatever the application
     * releases. This buffer only (not its chain). On another thread than the owner's, such as that of a stack which another
     * core gave a buffer to send, it is a reference of the frame.
     *
     * @throws BufferStateException on the owner's thread, if the frame is free
     */
    public void hold(Buffer buffer) {
        buffer.hold();
    }

    /**
     * Gives a hold back, on the thread that took it.
     *
     * @throws BufferStateException if there is none to give back
     */
    public void unhold(Buffer buffer) {
        buffer.unhold();
    }

    /** How many holds the stack and the device have on a buffer's frame. Owner's thread. */
    public int holds(Buffer buffer) {
        return buffer.holds();
    }

    // ---- frames and windows

    /** The buffer that stands for the whole frame, which stacks and devices hold: the same one, unless it is a slice. */
    public Buffer frameOf(Buffer buffer) {
        return buffer.frame();
    }

    /**
     * Sets a buffer's window within its frame, as stacks do that strip headers; not of a slice. For who is the only user of
     * the window.
     *
     * @param offsetBytes from the frame's beginning
     * @param lengthBytes how many bytes of data
     * @return the buffer
     * @throws IndexOutOfBoundsException if the frame is shorter, or it is a slice
     * @throws BufferStateException if it was released already
     */
    public Buffer window(Buffer buffer, int offsetBytes, int lengthBytes) {
        return buffer.window(offsetBytes, lengthBytes);
    }

    // ---- pools

    /**
     * As {@link FramePool#allocate()}, from the reserve as well, without which acknowledgements and reception would stop when
     * an application keeps every buffer it can get. Owner's thread.
     *
     * @return the buffer with one reference, or null if no frame is free at all
     */
    public Buffer allocateReserved(FramePool pool) {
        return pool.allocateReserved();
    }

    /**
     * The buffer that stands for a frame, whoever has it. Any thread.
     *
     * @param index 0 to {@link FramePool#capacityFrames()} - 1, as {@link Buffer#frameIndex()} says
     */
    public Buffer frame(FramePool pool, int index) {
        return pool.frame(index);
    }

    /**
     * The buffer whose frame holds an address, whoever has it: of this pool, or of anything else in the same heap. For
     * devices, whose rings carry addresses. Any thread.
     *
     * @throws IndexOutOfBoundsException if no buffer of pool and heap holds it: it is in none of them, or in a prefix
     */
    public Buffer frameAt(FramePool pool, long address) {
        return pool.frameAt(address);
    }
}
