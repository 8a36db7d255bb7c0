package io.penstock.memory;

import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.VanillaBytes;

/**
 * A buffer's bytes as a Chronicle {@code BytesStore}, and as {@code Bytes} with a cursor, for its text and binary codecs:
 * made once, then pointed at one buffer after the other, which makes no garbage.
 *
 * <p>Offsets count from the window's beginning, which is {@link #start()} 0. Numbers are in the machine's order, as always
 * with Chronicle. Reads and writes happen in place, and unlike Chronicle's own stores each of them is checked against the
 * window as it was when {@link #over} was called, also through the cursor and through {@code Bytes} that Chronicle makes
 * of this store ({@code bytesForRead}, {@code unchecked}). It therefore gives no addresses:
 * {@link UnsupportedOperationException}.
 *
 * <p>After the buffer's last release the view has no bytes, and every access is a {@link java.nio.BufferUnderflowException}
 * or {@link java.nio.BufferOverflowException}; on another thread than the owner's, after that thread's next release of the
 * buffer. One thread at a time. Chronicle's own count of references on the view keeps no buffer alive.
 */
public final class ChronicleView extends WindowStore<ChronicleView> implements Window.View {
    private final Window.Link link = new Window.Link(this);
    private final Bytes<Void> cursor;

    /**
     * A view of nothing.
     *
     * @throws IllegalStateException in one line that names it, if Java was started without the flag that Chronicle needs
     */
    @SuppressWarnings("this-escape") // the cursor asks for the limits only, which are there
    public ChronicleView() {
        cursor = VanillaBytes.wrap(this);
        cursor.singleThreadedCheckDisabled(true);
    }

    /**
     * Shows this buffer's window from now on.
     *
     * @return this
     * @throws BufferStateException if the buffer was released
     */
    public ChronicleView over(Buffer buffer) {
        buffer.checkAlive();
        link.attach(buffer, buffer.frame());
        show(buffer.address(), buffer.length());
        cursor.clear().writePosition(buffer.length());
        return this;
    }

    /**
     * The view's cursor, always the same object. {@link #over} sets it to read the whole window; {@code clear()} makes it
     * ready to write from the window's beginning up to its end, which does not move: it does not set the buffer's length.
     * Reading and writing as Chronicle does: at the end {@code readUnsignedByte()} is -1, most others throw.
     */
    public Bytes<Void> bytes() {
        return cursor;
    }

    /** Shows nothing from now on; a buffer's release does so too. */
    @Override
    public void end() {
        show(0, 0);
        if (refCount() > 0) {
            cursor.clear(); // it keeps a limit of its own
        }
    }

    @Override
    protected void performRelease() {
        link.detach();
        end();
    }

    @Override
    ChronicleView self() {
        return this;
    }
}
