package io.penstock.datapath;

import io.penstock.datapath.grant.StackGrant;
import io.penstock.memory.Buffer;
import java.util.Objects;

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
    /** Whether this one has set it. */
    private boolean hasPeer;

    /** Empty until a wait fills it. */
    public Completion() {}

    /**
     * What fills completions, for whoever can show that it belongs to a stack.
     *
     * @param grant of a class that applications cannot name
     */
    @SuppressWarnings("exports") // which is the point
    public static Writer writer(StackGrant grant) {
        Objects.requireNonNull(grant);
        return Writer.INSTANCE;
    }

    /** Fills completions. A stack's. */
    public static final class Writer {
        private static final Writer INSTANCE = new Writer();

        private Writer() {}

        /** Sets what every completion has; what follows is set to nothing. */
        public void set(Completion c, Opcode opcode, Status status, int queue, long token) {
            c.opcode = opcode;
            c.status = status;
            c.queue = queue;
            c.token = token;
            c.newQueue = 0;
            c.lengthBytes = 0;
            c.buffer = null;
            c.attachment = null;
            if (c.hasPeer) {
                c.hasPeer = false;
                c.peer.set(0, 0, 0);
            }
        }

        /** Who is on the other side: address and port as {@link Endpoint} holds them. */
        public void peer(Completion c, long high, long low, int port) {
            c.peer.set(high, low, port);
            c.hasPeer = true;
        }

        /** What a pop or push moved. */
        public void transfer(Completion c, Buffer buffer, int lengthBytes) {
            c.buffer = buffer;
            c.lengthBytes = lengthBytes;
        }

        /** What an accept brought. */
        public void newQueue(Completion c, int newQueue) {
            c.newQueue = newQueue;
        }

        /** What is attached to the queue. */
        public void attachment(Completion c, Object attachment) {
            c.attachment = attachment;
        }
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
