package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;

/** An operation under way, and what became of it. */
final class Op {
    final Opcode opcode;
    int completions;
    Status status;
    byte[] bytes = new byte[0];
    int lengthBytes;
    TcpSocket accepted;

    Op(Opcode opcode) {
        this.opcode = opcode;
    }

    boolean isDone() {
        return completions > 0;
    }

    void complete(Completion c) {
        completions++;
        status = c.status();
        lengthBytes = c.lengthBytes();
        if (c.buffer() != null) {
            bytes = new byte[c.buffer().length()];
            c.buffer().getBytes(0, bytes, 0, bytes.length);
            c.buffer().release();
        }
    }

    @Override
    public String toString() {
        return opcode + " " + (isDone() ? status + " " + lengthBytes + " B" : "waits");
    }
}
