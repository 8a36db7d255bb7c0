package io.penstock.memory;

/**
 * Ties a view to the buffer whose bytes it shows, so that it fails once they are somebody else's.
 *
 * <pre>
 *   Buffer -- ownViews   --> link &lt;-> link          the owner's: end with the last reference
 *          -- otherViews --> link &lt;-> link &lt;-> link   of other threads: end with that thread's next release
 * </pre>
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
        if (own) {
            buffer.ownViews = linkBefore(buffer.ownViews);
            viewed = buffer;
        } else {
            synchronized (buffer) {
                buffer.otherViews = linkBefore(buffer.otherViews);
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
        Buffer buffer = viewed;
        if (buffer == null) {
            return;
        }
        if (own) {
            unlink(buffer);
        } else {
            synchronized (buffer) {
                if (viewed != null) { // else the buffer went home in between
                    unlink(buffer);
                }
            }
        }
    }

    private void unlink(Buffer buffer) {
        if (next != null) {
            next.previous = previous;
        }
        if (previous != null) {
            previous.next = next;
        } else if (own) {
            buffer.ownViews = next;
        } else {
            buffer.otherViews = next;
        }
        viewed = null;
    }

    /** The owner's last reference is gone. */
    static void endOwn(Buffer buffer) {
        ViewLink link = buffer.ownViews;
        while (link != null) {
            ViewLink following = link.next;
            link.unlink(buffer);
            link.view.end();
            link = following;
        }
    }

    /** A thread other than the owner gives a reference back. */
    static void endThoseOfThisThread(Buffer buffer) {
        synchronized (buffer) {
            ViewLink link = buffer.otherViews;
            while (link != null) {
                ViewLink following = link.next;
                if (link.user == Thread.currentThread()) {
                    link.unlink(buffer);
                    link.view.end();
                }
                link = following;
            }
        }
    }

    /** The block goes home: what other threads left behind is forgotten. */
    static void forgetOthers(Buffer buffer) {
        synchronized (buffer) {
            ViewLink link = buffer.otherViews;
            while (link != null) {
                ViewLink following = link.next;
                link.unlink(buffer);
                link.view.endFromAnotherThread();
                link = following;
            }
        }
    }
}
