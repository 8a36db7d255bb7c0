package io.penstock.memory;

import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A segment over a buffer's window, whose arena is closed at the buffer's release.
 *
 * <p>The arena is confined to the thread that asked for the segment: closing a shared one takes tens of microseconds, in
 * which the poll loop would stand still. So another thread's segment can only be ended by that thread. With {@link
 * Tracing#FULL}, where time does not matter, it is a shared one.
 */
final class SegmentView implements Window.View {
    private final Arena arena;
    private final boolean shared;

    private SegmentView(boolean shared) {
        this.shared = shared;
        this.arena = shared ? Arena.ofShared() : Arena.ofConfined();
    }

    static MemorySegment of(Window window, Window frame) {
        BufferPool pool = window.pool();
        SegmentView view = new SegmentView(pool.tracing() == Tracing.FULL && !pool.isOwner());
        new Window.Link(view).attach(window, frame);
        // Of another thread's segment nobody may be able to tell it the end: it keeps the addresses that it shows.
        Object kept = pool.isOwner() ? null : window;
        return RawMemory.segment(window.address(), window.length(), view.arena, kept);
    }

    @Override
    public void end() {
        arena.close();
    }

    @Override
    public void endFromAnotherThread() {
        if (shared) {
            try {
                arena.close();
            } catch (IllegalStateException _) {
                // The other thread is in a system call on it: it stays open, as a confined one would have.
            }
        }
    }
}
