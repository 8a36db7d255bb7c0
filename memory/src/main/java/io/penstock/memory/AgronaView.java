package io.penstock.memory;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A buffer's bytes as an Agrona {@link MutableDirectBuffer}, for flyweights and codecs (SBE among them): made once, then
 * pointed at one buffer after the other, which makes no garbage.
 *
 * <p>Every access is checked against the window as it was when {@link #over} was called, unless the process switched
 * Agrona's checks off ({@code -Dagrona.disable.bounds.checks=true}): then nothing is. After the buffer's last release the
 * view has no bytes and every access is an {@link IndexOutOfBoundsException}; on another thread than the owner's, after
 * that thread's next release of the buffer. One thread at a time.
 */
public final class AgronaView extends UnsafeBuffer implements Window.View {
    private final Window.Link link = new Window.Link(this);

    /** A view of nothing. */
    public AgronaView() {
        end();
    }

    /**
     * Shows this buffer's window from now on.
     *
     * @return this
     * @throws BufferStateException if the buffer was released
     */
    public AgronaView over(Buffer buffer) {
        buffer.checkAlive();
        link.attach(buffer, buffer.frame());
        wrap(buffer.address(), buffer.length());
        return this;
    }

    /** Shows nothing from now on; a buffer's release does so too. */
    @Override
    public void end() {
        wrap(0, 0);
    }
}
