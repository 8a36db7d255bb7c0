package io.penstock.examples.stream;

import io.penstock.datapath.LibOs;
import org.agrona.ExpandableDirectByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One client: what has come in and is no whole request yet, and what is to go out.
 *
 * @param <T> what the application keeps for each connection
 */
public final class Connection<T> {
    private static final int INPUT_BYTES = 4096;
    private static final int MOST_KEPT_INPUT_BYTES = 64 << 10;

    private final int queue;
    private final Output output;
    private final T state;
    private final UnsafeBuffer source = new UnsafeBuffer(0, 0);
    private boolean closing;

    /** Bytes of a request that was cut; made when that happens first. */
    private ExpandableDirectByteBuffer input;

    private int begin;
    private int end;

    /** The rest is the server's bookkeeping. */
    boolean waitsForPop;

    boolean isBlocked;
    /** All replies were pushed, and the server ends: it has got FIN, and nothing more that comes is looked at. */
    boolean isFinished;

    long countedBytes;

    Connection(LibOs os, int queue, int segmentBytes, T state) {
        this.queue = queue;
        this.output = new Output(os, queue, segmentBytes);
        this.state = state;
    }

    int queue() {
        return queue;
    }

    /** Where replies are written. */
    public Output output() {
        return output;
    }

    /** What the application keeps for it. */
    public T state() {
        return state;
    }

    /** Lets the server close it once all replies are out; nothing more of its input is looked at. */
    public void closeAfterReplies() {
        closing = true;
    }

    public boolean isClosing() {
        return closing;
    }

    int inputBytes() {
        return end - begin;
    }

    long inputAddress() {
        return input.addressOffset() + begin;
    }

    void keep(long address, int bytes) {
        if (bytes == 0) {
            return;
        }
        if (input == null) {
            input = new ExpandableDirectByteBuffer(INPUT_BYTES);
        }
        if (begin > 0 && end + bytes > input.capacity()) {
            input.putBytes(0, input, begin, end - begin);
            end -= begin;
            begin = 0;
        }
        source.wrap(address, bytes);
        input.putBytes(end, source, 0, bytes);
        end += bytes;
    }

    void drop(int bytes) {
        begin += bytes;
        if (begin == end) {
            begin = 0;
            end = 0;
            if (input != null && input.capacity() > MOST_KEPT_INPUT_BYTES) {
                input = null;
            }
        }
    }

    /** How much memory it takes apart from frames. */
    long heldBytes() {
        return (input == null ? 0 : input.capacity()) + output.heapBytes();
    }
}
