package io.penstock.datapath.device.afxdp;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What has been opened so far, to be closed in reverse: by the opener if a later step fails, by the device otherwise.
 * Closing twice does nothing.
 */
final class Resources implements AutoCloseable {
    private final Deque<Runnable> closers = new ArrayDeque<>();

    /** Remembers how to undo what was just done. */
    void add(Runnable closer) {
        closers.push(closer);
    }

    @Override
    public void close() {
        while (!closers.isEmpty()) {
            closers.pop().run();
        }
    }
}
