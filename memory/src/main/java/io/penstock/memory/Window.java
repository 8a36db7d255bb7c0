package io.penstock.memory;

import io.penstock.linux.RawMemory;
import java.util.Objects;

/**
 * The bytes that a buffer shows, and what an access of them costs: a load of the length, a comparison, a load of the
 * address, and the access. And the views that show them to somebody else's code, so that they fail once the bytes are no
 * longer his.
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
 *
 * <p>Numbers are in network order (big-endian).
 */
abstract sealed class Window extends CountedBlock permits Buffer {
    /** Addresses of user space have 47 bits on x86_64, 48 to 52 on aarch64. */
    private static final long ADDRESS_MASK = (1L << 56) - 1;

    private static final int OFFSET_MASK = Integer.MAX_VALUE;

    private BufferPool pool;

    /** Where the window begins. */
    private long address;

    /** How far that is into the frame. */
    private int offset;

    /** 0 as soon as nobody has a reference any more. */
    private int length;

    private Link ownViews;
    private Link otherViews;

    Window(BufferPool pool, long frameAddress) {
        this.pool = pool;
        this.address = frameAddress;
    }

    // ---- where it is

    /** The pool it came from and goes home to. */
    public final BufferPool pool() {
        return pool;
    }

    /** Taken into another core's cache; nobody holds it. */
    final void adopt(BufferPool newPool) {
        pool = newPool;
    }

    /** How many bytes of data. */
    public final int length() {
        return length;
    }

    /** How many bytes lie free in front of the data. */
    public final int headroom() {
        return offset;
    }

    /** Where the window begins in its frame; the same as {@link #headroom()} for a frame's own buffer. */
    public final int offset() {
        return offset;
    }

    /** The absolute address of index 0. It stays valid while a reference or hold exists. */
    public final long address() {
        return address;
    }

    /** The absolute address of the frame's first byte. */
    public final long frameAddress() {
        return address - offset;
    }

    final void setLength(int lengthBytes) {
        length = lengthBytes;
    }

    final void moveTo(int offsetBytes) {
        address += offsetBytes - offset;
        offset = offsetBytes;
    }

    final void dropFront(int bytes) {
        moveTo(offset + bytes);
        length -= bytes;
    }

    /** Shows a part of what another window shows. */
    final void show(Window whole, int at, int lengthBytes) {
        address = whole.address + at;
        offset = whole.offset + at;
        length = lengthBytes;
    }

    // ---- bytes

    /**
     * Where a byte lies, once its range was checked. Both masks change nothing; they tell the compiler that the sum is
     * a small positive number, and so that RawMemory's own check of it cannot fail: it goes.
     */
    private long place(int at) {
        return (address & ADDRESS_MASK) + (at & OFFSET_MASK);
    }

    /**
     * That {@code bytes} bytes from {@code at} on lie in the window, which is empty once the buffer is released: one
     * comparison answers both. As a check of the last byte's index, with nothing but the length on the other side, the
     * compiler makes one of several in a row (RangeCheckNode in C2).
     */
    private void check(int at, int bytes) {
        if (at < 0) {
            throw refused(at, bytes);
        }
        try {
            int _ = Objects.checkIndex(at + bytes - 1, length);
        } catch (IndexOutOfBoundsException _) {
            throw refused(at, bytes);
        }
    }

    /** As {@link #check}, for as many bytes as the caller likes, none among them. */
    final void checkRange(int at, int bytes) {
        if ((at | bytes) < 0 || at > length - bytes || !isAlive()) {
            throw refused(at, bytes);
        }
    }

    private RuntimeException refused(int at, int bytes) {
        return isAlive()
                ? new IndexOutOfBoundsException("bytes " + at + "+" + bytes + " outside a window of " + length)
                : stateError("used after its release");
    }

    /** One byte, {@code at} bytes into the window. */
    public final byte getByte(int at) {
        check(at, 1);
        return RawMemory.getByte(place(at));
    }

    /** Writes one byte, {@code at} bytes into the window. */
    public final void putByte(int at, byte value) {
        check(at, 1);
        RawMemory.putByte(place(at), value);
    }

    /** An unsigned 16-bit number. */
    public final int getUnsignedShort(int at) {
        check(at, 2);
        return RawMemory.getUnsignedShortBe(place(at));
    }

    /** The low 16 bits of {@code value}. */
    public final void putShort(int at, int value) {
        check(at, 2);
        RawMemory.putShortBe(place(at), value);
    }

    /** A 32-bit number in network order. */
    public final int getInt(int at) {
        check(at, 4);
        return RawMemory.getIntBe(place(at));
    }

    /** Writes a 32-bit number in network order. */
    public final void putInt(int at, int value) {
        check(at, 4);
        RawMemory.putIntBe(place(at), value);
    }

    /** A 64-bit number in network order. */
    public final long getLong(int at) {
        check(at, 8);
        return RawMemory.getLongBe(place(at));
    }

    /** Writes a 64-bit number in network order. */
    public final void putLong(int at, long value) {
        check(at, 8);
        RawMemory.putLongBe(place(at), value);
    }

    /** Copies bytes out to the heap. */
    public final void getBytes(int at, byte[] target, int targetOffset, int lengthBytes) {
        checkRange(at, lengthBytes);
        Objects.checkFromIndexSize(targetOffset, lengthBytes, target.length);
        RawMemory.copyTo(address + at, target, targetOffset, lengthBytes);
    }

    /** Copies bytes in from the heap. */
    public final void putBytes(int at, byte[] source, int sourceOffset, int lengthBytes) {
        checkRange(at, lengthBytes);
        Objects.checkFromIndexSize(sourceOffset, lengthBytes, source.length);
        RawMemory.copyFrom(source, sourceOffset, address + at, lengthBytes);
    }

    // ---- of a frame: the ends of its views

    /** The owner's last reference to this window of the frame is gone. */
    final void endOwnViewsOf(Window shown) {
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
    final void endThisThreadsViewsOf(Window shown) {
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
    final void forgetOtherViewsOf(Window shown) {
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
        private Window viewed;
        /** What {@link #viewed} is a window of, in whose lists this stands. */
        private Window frame;

        private Thread user;
        private boolean own;
        private Link next;
        private Link previous;

        Link(View view) {
            this.view = view;
        }

        /** The view shows this window of a frame from now on, and no other. */
        void attach(Window window, Window windowsFrame) {
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
                Window block = frame;
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
