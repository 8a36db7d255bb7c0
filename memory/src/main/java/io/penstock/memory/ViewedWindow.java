package io.penstock.memory;

/**
 * A window with the views that show its bytes to somebody else's code, so that they fail once the bytes are no longer his.
 *
 * <pre>
 *   frame -- ownViews   --> link &lt;-> link          the owner's: end with the last reference
 *         -- otherViews --> link &lt;-> link &lt;-> link   of other threads: end with that thread's next release
 * </pre>
 *
 * <p>The views of a frame's slices stand in the frame's lists, each with the window that it shows: so that they all end
 * when the pool is closed, which knows its frames but not their slices.
 *
 * <p>A view can only be ended on the thread that uses it, or it might be torn from under a running access; and what another
 * thread holds is known to that thread alone. Hence the two lists.
 */
abstract sealed class ViewedWindow extends Window permits Buffer {
    private Link ownViews;
    private Link otherViews;

    ViewedWindow(BufferPool pool, long frameAddress) {
        super(pool, frameAddress);
    }

    // ---- of a frame: the ends of its views

    /** The owner's last reference to this window of the frame is gone. */
    final void endOwnViewsOf(ViewedWindow shown) {
        Link link = ownViews;
        while (link != null) {
            Link following = link.next;
            if (link.viewed == shown) {
                link.endOwn();
            }
            link = following;
        }
    }

    /** Whether another thread than the owner's may have a view. */
    final boolean hasOtherViews() {
        return otherViews != null;
    }

    /** A thread other than the owner gives a reference to this window of the frame back. */
    final void endThisThreadsViewsOf(ViewedWindow shown) {
        synchronized (this) {
            Link link = otherViews;
            while (link != null) {
                Link following = link.next;
                if (link.viewed == shown && link.user == Thread.currentThread()) {
                    link.unlink();
                    link.view.end();
                }
                link = following;
            }
        }
    }

    /** This window of the frame goes home: what other threads left behind is forgotten. */
    final void forgetOtherViewsOf(ViewedWindow shown) {
        synchronized (this) {
            Link link = otherViews;
            while (link != null) {
                Link following = link.next;
                if (link.viewed == shown || shown == this) {
                    link.unlink();
                    link.view.endFromAnotherThread();
                }
                link = following;
            }
        }
    }

    /** The pool is closed: all views of the frame and of its slices end. */
    final void endAllViews() {
        while (ownViews != null) {
            ownViews.endOwn();
        }
        if (otherViews != null) {
            forgetOtherViewsOf(this);
        }
    }

    // ---- the views

    /** What shows the bytes. */
    interface View {
        /** From now on every access fails. On the thread that uses the view. */
        void end();

        /** As {@link #end}, on the thread of the pool's owner instead, if that is safe at all. */
        default void endFromAnotherThread() {}
    }

    /** Ties a view to the window that it shows. */
    static final class Link {
        private final View view;
        private ViewedWindow viewed;
        /** What {@link #viewed} is a window of, in whose lists this stands. */
        private ViewedWindow frame;

        private Thread user;
        private boolean own;
        private Link next;
        private Link previous;

        Link(View view) {
            this.view = view;
        }

        /** The view shows this window of a frame from now on, and no other. */
        void attach(ViewedWindow window, ViewedWindow windowsFrame) {
            detach();
            user = Thread.currentThread();
            own = window.pool().isOwner();
            frame = windowsFrame;
            if (own) {
                windowsFrame.ownViews = linkBefore(windowsFrame.ownViews);
                viewed = window;
            } else {
                synchronized (windowsFrame) {
                    windowsFrame.otherViews = linkBefore(windowsFrame.otherViews);
                    viewed = window;
                }
            }
        }

        private Link linkBefore(Link head) {
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
                ViewedWindow block = frame;
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

        private void endOwn() {
            unlink();
            if (user == Thread.currentThread()) {
                view.end();
            } else {
                view.endFromAnotherThread(); // the pool was given to another thread since
            }
        }
    }
}
