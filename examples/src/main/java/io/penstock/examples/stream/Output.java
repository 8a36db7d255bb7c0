package io.penstock.examples.stream;

import io.penstock.datapath.LibOs;
import io.penstock.memory.AgronaView;
import io.penstock.memory.Buffer;
import java.util.ArrayDeque;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What goes out on one connection, in pinned memory from which the NIC can send, and in its order.
 *
 * <pre>
 *   write --&gt; frames, a segment each, as many as the stack says there is room for --&gt; one push for all
 *         \                                                                        ^
 *          `--&gt; blocks of the heap, while it has none ------- pushed one by one ---'
 *   share --&gt; somebody's own buffers, by reference -----------------------------' not copied
 * </pre>
 *
 * <p>Writing always succeeds, so that a request is never answered by half: what is more than {@link WaitingMemory} has is
 * lost, and with it the connection. Nothing more is executed for a connection that {@link #isFull}.
 *
 * <p>One thread, the stack's. Allocates nothing on the Java heap.
 */
public final class Output {
    private static final int MAX_FRAMES = 32;
    private static final int MAX_DIGITS = 20;
    private static final int MAX_SHARED = 4096;
    private static final int MIN_BLOCK_BYTES = 4 << 10;
    private static final int MAX_BLOCK_BYTES = 64 << 10;
    /** Where that goes for which there is no room; never read. */
    private static final UnsafeBuffer LOST = new UnsafeBuffer(new byte[MIN_BLOCK_BYTES]);

    private final LibOs os;
    private final int queue;
    private final int segmentBytes;
    private final WaitingMemory memory;
    private final AgronaView view = new AgronaView();
    private final UnsafeBuffer source = new UnsafeBuffer(0, 0);

    /** What was written and not pushed: buffers and chains, the last of which may still be written to. */
    private final ArrayDeque<Buffer> waiting = new ArrayDeque<>(2);
    /** Those of them that are blocks of its own, and those that are somebody else's. */
    private final ArrayDeque<Buffer> blocks = new ArrayDeque<>(2);

    private final ArrayDeque<Buffer> shared = new ArrayDeque<>(2);

    /** The last buffer, if it is written to. */
    private Buffer tail;
    /** How many frames the last chain has; 0 if it is none. */
    private int frames;

    private int maxFrames;
    /** Whether the stack took no more when it was asked last. */
    private boolean isRefused;

    private MutableDirectBuffer to = LOST;
    private int at;
    private int end;
    private long blockBytes;
    private long sharedBytes;
    private boolean isOverflown;

    Output(LibOs os, int queue, int segmentBytes, WaitingMemory memory) {
        this.os = os;
        this.queue = queue;
        this.segmentBytes = segmentBytes;
        this.memory = memory;
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
        need(MAX_DIGITS);
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
        for (int done = 0; done < length && !isOverflown; ) {
            need(1);
            int n = Math.min(length - done, end - at);
            to.putBytes(at, source, done, n);
            at += n;
            done += n;
        }
        return this;
    }

    /** Sends a buffer or chain from where it lies, behind everything written before. Its bytes must not change any more. */
    public Output share(Buffer ready) {
        if (shared.size() >= MAX_SHARED) {
            for (Buffer b = ready; b != null; b = b.next()) {
                memory(b.address(), b.length()); // references take memory as well
            }
            return this;
        }
        finish();
        sharedBytes += ready.chainLength();
        shared.add(ready);
        waiting.add(ready.retain());
        frames = 0;
        return this;
    }

    private void need(int bytes) {
        if (end - at >= bytes) {
            return;
        }
        finish();
        if (isOverflown || !(writeOn(bytes) || appendFrame() || appendBlock())) {
            isOverflown = true;
            to = LOST;
            at = 0;
            end = LOST.capacity();
        }
    }

    /** Goes on in the last block, if that waits still: replies to many small requests would else take a block each. */
    private boolean writeOn(int bytes) {
        int written = isRefused && tail != null && tail == blocks.peekLast() && tail == waiting.peekLast()
                ? tail.length()
                : Integer.MAX_VALUE;
        if (written == Integer.MAX_VALUE || tail.capacity() - written < bytes) {
            return false;
        }
        writeTo(tail.length(tail.capacity()), tail.capacity());
        at = written;
        return true;
    }

    private boolean appendFrame() {
        if (isRefused || (frames > 0 && frames >= maxFrames && !push())) {
            return false;
        }
        if (frames == 0) {
            maxFrames = Math.min(MAX_FRAMES, os.sendRoomBytes(queue) / segmentBytes);
        }
        Buffer next = maxFrames == 0 ? null : os.allocate(segmentBytes);
        if (next == null) {
            return false;
        }
        if (frames == 0) {
            waiting.add(next);
        } else {
            tail.next(next);
        }
        frames++;
        writeTo(next, segmentBytes);
        return true;
    }

    private boolean appendBlock() {
        int bytes = Math.clamp(blockBytes, MIN_BLOCK_BYTES, MAX_BLOCK_BYTES);
        Buffer next = memory.hasPinnedRoom(bytes) ? os.heap().allocate(bytes) : null;
        if (next == null) {
            return false;
        }
        count(next.frameBytes());
        blocks.add(next);
        waiting.add(next);
        frames = 0;
        writeTo(next, bytes);
        return true;
    }

    private void writeTo(Buffer next, int bytes) {
        tail = next;
        to = view.over(next);
        at = 0;
        end = bytes;
    }

    private void count(long bytes) {
        blockBytes += bytes;
        memory.usePinned(bytes);
    }

    /** Notes how far the last buffer was filled; nothing more is written to it. */
    private void finish() {
        if (to != LOST) {
            tail.length(at);
        }
        to = LOST;
        at = 0;
        end = 0;
    }

    /** Pushes all that it can, in order. Returns whether nothing is left. */
    private boolean push() {
        for (Buffer first = waiting.peekFirst(); first != null; first = waiting.peekFirst()) {
            if (os.push(queue, first) == LibOs.NO_TOKEN) {
                isRefused = true;
                return false;
            }
            waiting.removeFirst();
            letGo(first);
        }
        isRefused = false;
        tail = null;
        frames = 0;
        return true;
    }

    private void letGo(Buffer first) {
        if (first == blocks.peekFirst()) {
            blocks.removeFirst();
            count(-first.frameBytes());
        } else if (first == shared.peekFirst()) {
            shared.removeFirst();
            sharedBytes -= first.chainLength();
        }
        first.release();
    }

    /**
     * Pushes what was written.
     *
     * @return false if some of it has to wait until there is room
     */
    public boolean flush() {
        finish();
        return push();
    }

    /** Whether so much waits that its peer has to read before anything more is executed for it. */
    public boolean isFull() {
        return blockBytes + sharedBytes > memory.shareBytes();
    }

    /** Whether more was written than can wait: part of it is lost, and with it the connection. */
    boolean isOverflown() {
        return isOverflown;
    }

    /** How much waits, apart from frames. */
    long waitingBytes() {
        return blockBytes + sharedBytes;
    }

    /** Gives back what was written and not pushed, when the connection is lost. */
    void discard() {
        finish();
        while (!waiting.isEmpty()) {
            letGo(waiting.removeFirst());
        }
        tail = null;
        frames = 0;
    }
}
