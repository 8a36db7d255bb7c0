package io.penstock.examples.stream;

import io.penstock.datapath.LibOs;

/**
 * One client: what has come in and is no whole request yet, and what is to go out.
 *
 * @param <T> what the application keeps for each connection
 */
public final class Connection<T> {
    private final int queue;
    private final Output output;
    private final Input input;
    private final T state;
    private boolean closing;

    /** The rest is the server's bookkeeping. */
    boolean waitsForPop;

    boolean waitsForRoom;

    /** Whether something of it has to wait. */
    boolean isBlocked;
    /** Whether requests wait until the output has room. */
    boolean isHeldUp;
    /** Its stream is at its end: nothing more is read or sent. */
    boolean isFinished;
    /** It is closed or aborted. */
    boolean isForgotten;
    /** Where it stands among all. */
    int place;
    /** When it last read or sent something, in the server's looks at all connections. */
    int lastMoved;

    Connection(LibOs os, int queue, T state, int segmentBytes, WaitingMemory memory) {
        this.queue = queue;
        this.output = new Output(os, queue, segmentBytes, memory);
        this.input = new Input(os.heap(), memory);
        this.state = state;
    }

    int queue() {
        return queue;
    }

    /** Where replies are written. */
    public Output output() {
        return output;
    }

    Input input() {
        return input;
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

    /** How much memory it takes apart from frames, and keeps from being used otherwise. */
    long heldBytes() {
        return input.capacityBytes() + output.waitingBytes();
    }

    void discard() {
        output.discard();
        input.release();
    }
}
