package io.penstock.examples.stream;

import io.penstock.datapath.LibOs;
import io.penstock.memory.AgronaView;
import io.penstock.memory.Buffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What goes out on one connection: written where the NIC will read it, and pushed together.
 *
 * <pre>
 *   write --&gt; pinned frames, each a segment long --&gt; one push for all
 *         \
 *          `--&gt; the heap, when frames run out or the peer does not read --&gt; frames, once there are some again
 * </pre>
 *
 * <p>Writing always succeeds, so that a request is never answered by half. The price is the heap's part, for which
 * {@link StreamServer} has a budget; it executes nothing more for a connection that {@link #isBlocked}.
 *
 * <p>Frames are held only between the first write and {@link #flush}. One thread, the stack's. Allocates only for the
 * heap's part.
 */
public final class Output {
    private static final int MOST_FRAMES = 32;
    private static final int MOST_DIGITS = 20;
    private static final int HEAP_BYTES = 64;
    /** One connection's part of the heap. */
    static final int MOST_HEAP_BYTES =
            (int) Math.min(256 << 20, Runtime.getRuntime().maxMemory() / 8);

    private final LibOs os;
    private final int queue;
    private final int segmentBytes;
    private final AgronaView frame = new AgronaView();
    private final UnsafeBuffer source = new UnsafeBuffer(0, 0);
    private Buffer head;
    private Buffer tail;
    private int frames;
    private ExpandableArrayBuffer heap = new ExpandableArrayBuffer(HEAP_BYTES);
    private int heapBegin;
    private int heapEnd;

    /** Where the next byte is written: {@link #frame} or {@link #heap}. */
    private MutableDirectBuffer to = heap;

    private int at;
    private int end;
    private boolean overflown;

    Output(LibOs os, int queue, int segmentBytes) {
        this.os = os;
        this.queue = queue;
        this.segmentBytes = segmentBytes;
    }

    /** Writes Latin-1 text, at most a segment long. */
    public Output text(String latin) {
        need(latin.length());
        for (int i = 0; i < latin.length(); i++) {
            to.putByte(at++, (byte) latin.charAt(i));
        }
        return this;
    }

    /** Writes a number in digits. */
    public Output decimal(long number) {
        need(MOST_DIGITS);
        at += to.putLongAscii(at, number);
        return this;
    }

    /** Writes the first bytes of an array. */
    public Output bytes(byte[] bytes, int length) {
        source.wrap(bytes, 0, length);
        return copy(length);
    }

    /** Writes bytes from memory. */
    public Output memory(long address, int length) {
        source.wrap(address, length);
        return copy(length);
    }

    private Output copy(int length) {
        for (int done = 0; done < length && !overflown; ) {
            need(1);
            int n = Math.min(length - done, end - at);
            to.putBytes(at, source, done, n);
            at += n;
            done += n;
        }
        return this;
    }

    /**
     * Sends what lies in a frame already, from where it lies and behind everything written before.
     *
     * @return false if that is not possible now: write it instead
     */
    public boolean push(Buffer ready) {
        return flush() && os.push(queue, ready) != LibOs.NO_TOKEN;
    }

    private void need(int bytes) {
        if (end - at >= bytes) {
            return;
        }
        finish();
        if (!isBlocked() && (frames < MOST_FRAMES || pushFrames()) && append()) {
            return;
        }
        to = heap;
        overflown |= heapEnd > MOST_HEAP_BYTES - bytes;
        at = overflown ? 0 : heapEnd;
        end = MOST_HEAP_BYTES;
    }

    /** Whether more was written than can wait: part of it is lost, and with it the connection. */
    boolean isOverflown() {
        return overflown;
    }

    /** Takes one more frame to write into. */
    private boolean append() {
        Buffer next = os.allocate(segmentBytes);
        if (next == null) {
            return false;
        }
        if (head == null) {
            head = next;
        } else {
            tail.next(next);
        }
        tail = next;
        frames++;
        to = frame.over(next);
        at = 0;
        end = segmentBytes;
        return true;
    }

    /** Notes how far the present place was filled. */
    private void finish() {
        if (to == heap) {
            heapEnd = Math.max(heapEnd, at);
        } else {
            tail.length(at);
        }
        to = heap;
        at = 0;
        end = 0;
    }

    private boolean pushFrames() {
        if (head == null) {
            return true;
        }
        if (os.push(queue, head) == LibOs.NO_TOKEN) {
            return false;
        }
        head.release();
        head = null;
        frames = 0;
        return true;
    }

    /**
     * Pushes what was written.
     *
     * @return false if some of it has to wait: try again when a push has completed or frames may be free
     */
    public boolean flush() {
        finish();
        boolean pushed = pushFrames();
        while (pushed && isBlocked() && append()) {
            at = Math.min(segmentBytes, heapEnd - heapBegin);
            to.putBytes(0, heap, heapBegin, at);
            heapBegin += at;
            finish();
            pushed = (frames < MOST_FRAMES && isBlocked()) || pushFrames();
        }
        pushed = pushFrames();
        if (!isBlocked() && heapEnd > 0) {
            heapBegin = 0;
            heapEnd = 0;
            heap = new ExpandableArrayBuffer(HEAP_BYTES); // one long wait must not hold its memory for ever
            to = heap;
        }
        return pushed && !isBlocked();
    }

    /** Whether something waits on the heap. */
    public boolean isBlocked() {
        return heapBegin < (to == heap ? Math.max(at, heapEnd) : heapEnd);
    }

    /** How much of the heap it takes. */
    long heapBytes() {
        return heap.capacity();
    }

    /** Gives back what was written and not pushed, when the connection is lost. */
    void discard() {
        finish();
        if (head != null) {
            head.release();
            head = null;
        }
    }
}
