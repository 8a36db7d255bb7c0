package io.penstock.memory;

import java.nio.ByteBuffer;
import net.openhft.chronicle.bytes.PointerBytesStore;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The bytes of a buffer as other libraries' types, without copying them.
 *
 * <p>None of these types knows of the buffer's references: a view is good while its reader holds one, and must be wrapped
 * anew for the next buffer. The reusable ones cost about a nanosecond.
 */
public final class Views {
    private Views() {}

    /**
     * Points an Agrona buffer at the window.
     *
     * @param view reused
     * @return {@code view}
     */
    public static UnsafeBuffer wrap(UnsafeBuffer view, Buffer buffer) {
        buffer.checkAlive();
        view.wrap(buffer.address(), buffer.length());
        return view;
    }

    /**
     * Points a Chronicle store at the window. The store's own reads and writes are not checked against its bounds: use
     * the cursor of a {@code Bytes} over it, which is.
     *
     * @param view reused; made by {@code BytesStore.nativePointer()}
     * @return {@code view}
     */
    public static PointerBytesStore wrap(PointerBytesStore view, Buffer buffer) {
        buffer.checkAlive();
        view.set(buffer.address(), buffer.length());
        return view;
    }

    /** The window as a new direct ByteBuffer; makes an object, so not for the packet path. */
    public static ByteBuffer byteBuffer(Buffer buffer) {
        return buffer.asSegment().asByteBuffer();
    }
}
