package io.penstock.datapath;

import io.penstock.memory.Buffer;

/**
 * What became of an operation. One object is reused for every wait: read it before the next one.
 *
 * <p>A completion that carries a buffer gives its reference to the caller, who releases it.
 */
public final class Completion {
    private Opcode opcode;
    private Status status = Status.OK;
    private int queue;
    private int newQueue;
    private long token;
    private int lengthBytes;
    private Buffer buffer;
    private Object attachment;
    private final Endpoint peer = new Endpoint();

    /** Empty until a wait fills it. */
    public Completion() {}

    /** For stacks: sets all but the peer, which is set through {@link #peer()}. */
    public void set(Opcode opcode, Status status, int queue, long token) {
        this.opcode = opcode;
        this.status = status;
        this.queue = queue;
        this.token = token;
        this.newQueue = 0;
        this.lengthBytes = 0;
        this.buffer = null;
        this.attachment = null;
    }

    /** For stacks: what a pop or push moved. */
    public void setTransfer(Buffer buffer, int lengthBytes) {
        this.buffer = buffer;
        this.lengthBytes = lengthBytes;
    }

    /** For stacks: what an accept brought. */
    public void setNewQueue(int newQueue) {
        this.newQueue = newQueue;
    }

    /** For stacks: what is attached to the queue. */
    public void setAttachment(Object attachment) {
        this.attachment = attachment;
    }

    /** Which operation ended. */
    public Opcode opcode() {
        return opcode;
    }

    /** How it ended. */
    public Status status() {
        return status;
    }

    /** Whether it ended with {@link Status#OK}. */
    public boolean isOk() {
        return status == Status.OK;
    }

    /** The queue that the operation was given. */
    public int queue() {
        return queue;
    }

    /** The token that the operation returned; stale from now on. */
    public long token() {
        return token;
    }

    /** The connection that an ACCEPT brought. */
    public int newQueue() {
        return newQueue;
    }

    /** How many bytes a POP brought (0: end of stream) or a PUSH took. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** What a POP brought, with one reference that the caller releases; null at the end of the stream or on failure. */
    public Buffer buffer() {
        return buffer;
    }

    /**
     * What {@link LibOs#attach} has attached to {@link #queue()}, null if nothing: of an ACCEPT the listener's. What
     * completes or is taken after the queue was closed still brings it.
     */
    public Object attachment() {
        return attachment;
    }

    /** Who sent the datagram, or who is at the other end of the accepted connection. */
    public Endpoint peer() {
        return peer;
    }

    @Override
    public String toString() {
        return opcode + " " + status + " queue 0x" + Integer.toHexString(queue) + " " + lengthBytes + " B";
    }
}
