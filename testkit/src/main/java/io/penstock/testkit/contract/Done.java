package io.penstock.testkit.contract;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.memory.Buffer;

/** A completion that was taken, for tests to keep. */
public final class Done {
    private final Opcode opcode;
    private final Status status;
    private final int queue;
    private final int newQueue;
    private final int lengthBytes;
    private final Buffer buffer;
    private final Object attachment;
    private final Endpoint peer = new Endpoint();

    Done(Completion c) {
        opcode = c.opcode();
        status = c.status();
        queue = c.queue();
        newQueue = c.newQueue();
        lengthBytes = c.lengthBytes();
        buffer = c.buffer();
        attachment = c.attachment();
        peer.copyFrom(c.peer());
    }

    /** What was asked for. */
    public Opcode opcode() {
        return opcode;
    }

    /** What became of it. */
    public Status status() {
        return status;
    }

    /** On which queue. */
    public int queue() {
        return queue;
    }

    /** The queue of the connection that was accepted. */
    public int newQueue() {
        return newQueue;
    }

    /** How much was popped or pushed. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** What was popped, which is the test's; null if nothing was. */
    public Buffer buffer() {
        return buffer;
    }

    /** What is attached to the queue. */
    public Object attachment() {
        return attachment;
    }

    /** Who sent it. */
    public Endpoint peer() {
        return peer;
    }

    /** Takes the bytes, and releases the buffer. */
    public byte[] bytes() {
        byte[] bytes = new byte[lengthBytes];
        int at = 0;
        for (Buffer b = buffer; b != null; b = b.next()) {
            b.getBytes(0, bytes, at, b.length());
            at += b.length();
        }
        if (at != lengthBytes) {
            throw new AssertionError("the buffer holds " + at + " bytes, the completion says " + lengthBytes);
        }
        if (buffer != null) {
            buffer.release();
        }
        return bytes;
    }

    @Override
    public String toString() {
        return opcode + " on queue " + queue + ": " + status + ", " + lengthBytes + " bytes, new queue " + newQueue;
    }
}
