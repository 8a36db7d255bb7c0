package io.penstock.testkit.contract;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.memory.Buffer;

/** A completion that was taken, for tests to keep. */
public record Done(
        Opcode opcode, Status status, int queue, int newQueue, int lengthBytes, Buffer buffer, Endpoint peer) {
    static Done of(Completion c) {
        return new Done(
                c.opcode(),
                c.status(),
                c.queue(),
                c.newQueue(),
                c.lengthBytes(),
                c.buffer(),
                new Endpoint().copyFrom(c.peer()));
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
}
