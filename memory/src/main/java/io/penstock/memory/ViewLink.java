package io.penstock.memory;

/**
 * Ties a view to the buffer whose bytes it shows, so that it fails once they are somebody else's.
 *
 * <pre>
 *   frame -- ownViews   --> link &lt;-> link          the owner's: end with the last reference
 *         -- otherViews --> link &lt;-> link &lt;-> link   of other threads: end with that thread's next release
 * </pre>
 *
 * <p>The views of a frame's slices stand in the frame's lists, each with the buffer that it shows: so that they all end
 * when the pool is closed, which knows its frames but not their slices.
 *
 * <p>A view can only be ended on the thread that uses it, or it might be torn from under a running access; and what another
 * thread holds is known to that thread alone. Hence the two lists.
 */
final class ViewLink {
    /** What the link is a part of. */
    interface View {
        /** From now on every access fails. On the thread that uses the view. */
        void end();

        /** As {@link #end}, on the thread of the pool's owner instead, if that is safe at all. */
        default void endFromAnotherThread() {}
    }

    private final View view;
    private Buffer viewed;
    /** The frame that {@link #viewed} is a window of, in whose lists this stands. */
    private Buffer frame;

    private Thread user;
    private boolean own;
    private ViewLink next;
    private ViewLink previous;

    ViewLink(View view) {
        this.view = view;
    }

    /** The view shows this buffer from now on, and no other. */
    void attach(Buffer buffer) {
        detach();
        user = Thread.currentThread();
        own = buffer.pool().isOwner();
        Buffer block = buffer.frame();
        frame = block;
        if (own) {
            block.ownViews = linkBefore(block.ownViews);
            viewed = buffer;
        } else {
            synchronized (block) {
                block.otherViews = linkBefore(block.otherViews);
                viewed = buffer;
            }
        }
    }

    private ViewLink linkBefore(ViewLink head) {
        next = head;
        previous = null;
        if (head != null) {
            head.previous = this;
        }
        return this;
    }

    /** The view shows nothing any more. On the thread that attached it. */
    void detach() {
        if (viewed == null) {
            return;
        }
        if (own) {
            unlink();
        } else {
            Buffer block = frame;
            synchronized (block) {
                if (viewed != null) { // else the buffer went home in between
                    unlink();
                }
            }
        }
    }

    private void unlink() {
        if (next != null) {
            next.previous = previous;
        }
        if (previous != null) {
            previous.next = next;
        } else if (own) {
            frame.ownViews = next;
        } else {
            frame.otherViews = next;
        }
        next = null;
        previous = null;
        viewed = null;
    }

    /** The owner's last reference to this buffer is gone. */
    static void endOwn(Buffer buffer) {
        ViewLink link = buffer.frame().ownViews;
        while (link != null) {
            ViewLink following = link.next;
            if (link.viewed == buffer) {
                link.endOwn();
            }
            link = following;
        }
    }

    private void endOwn() {
        unlink();
        if (user == Thread.currentThread()) {
            view.end();
        } else {
            view.endFromAnotherThread(); // the pool was given to another thread since
        }
    }

    /** A thread other than the owner gives a reference to this buffer back. */
    static void endThoseOfThisThread(Buffer buffer) {
        Buffer frame = buffer.frame();
        synchronized (frame) {
            ViewLink link = frame.otherViews;
            while (link != null) {
                ViewLink following = link.next;
                if (link.viewed == buffer && link.user == Thread.currentThread()) {
                    link.unlink();
                    link.view.end();
                }
                link = following;
            }
        }
    }

    /** The block or slice goes home: what other threads left behind is forgotten. */
    static void forgetOthers(Buffer buffer) {
        Buffer frame = buffer.frame();
        synchronized (frame) {
            ViewLink link = frame.otherViews;
            while (link != null) {
                ViewLink following = link.next;
                if (link.viewed == buffer || buffer == frame) {
                    link.unlink();
                    link.view.endFromAnotherThread();
                }
                link = following;
            }
        }
    }

    /** The pool is closed: all views of the frame and of its slices end. */
    static void endAll(Buffer frame) {
        while (frame.ownViews != null) {
            frame.ownViews.endOwn();
        }
        forgetOthers(frame);
    }
}
