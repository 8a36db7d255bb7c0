package io.penstock.datapath.device;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What has been opened so far, to be closed in reverse: by the opener if a later step fails, by the device otherwise.
 * Closing twice does nothing.
 */
public final class Resources implements AutoCloseable {
    public Resources() {}

    private final Deque<Runnable> closers = new ArrayDeque<>();

    /** Remembers how to undo what was just done. */
    public void add(Runnable closer) {
        closers.push(closer);
    }

    @Override
    public void close() {
        RuntimeException first = null;
        while (!closers.isEmpty()) {
            try {
                closers.pop().run();
            } catch (RuntimeException e) {
                first = first == null ? e : first; // the rest must be undone all the same
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
