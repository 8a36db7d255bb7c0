package io.penstock.testkit;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.grant.StackGrant;
import io.penstock.memory.Buffer;

/**
 * A stack that itself allocates nothing, with one listener and one connection: pops what was put there, swallows what is
 * pushed. For tests that count a server's garbage.
 */
public final class QuietOs extends ForwardingLibOs {
    private static final Completion.Writer WRITER = Completion.writer(new StackGrant());
    private static final int CONNECTION = 1 << 20;

    private final MemoryOs os;
    private Buffer arrived;
    private boolean popping;
    private int pushed;
    private boolean accepting;
    private int listener;
    private Object listenerAttachment;
    private Object attachment;
    private long pushedBytes;

    /** Frames and heap are those of another one. */
    public QuietOs(MemoryOs os) {
        super(os);
        this.os = os;
    }

    /** The connection comes in. */
    public void acceptOne() {
        accepting = true;
    }

    /** A frame comes in on it. */
    public void arrive(byte[] bytes) {
        Buffer frame = os.pool().allocate();
        frame.length(bytes.length);
        frame.putBytes(0, bytes, 0, bytes.length);
        arrived = frame;
    }

    /** How many bytes were pushed. */
    public long pushedBytes() {
        return pushedBytes;
    }

    @Override
    public void attach(int queue, Object newAttachment) {
        if (queue == CONNECTION) {
            attachment = newAttachment;
        } else {
            listener = queue;
            listenerAttachment = newAttachment;
        }
    }

    @Override
    public long accept(int queue) {
        return 1;
    }

    @Override
    public long pop(int queue) {
        popping = true;
        return 1;
    }

    @Override
    public long push(int queue, Buffer buffer) {
        pushed++;
        pushedBytes += buffer.chainLength();
        return 1;
    }

    @Override
    public int sendRoomBytes(int queue) {
        return 1 << 16;
    }

    @Override
    public WaitResult waitNext(Completion out, long timeoutNanos) {
        os.runMailbox();
        if (accepting) {
            accepting = false;
            WRITER.set(out, Opcode.ACCEPT, Status.OK, listener, 1);
            WRITER.newQueue(out, CONNECTION);
            WRITER.attachment(out, listenerAttachment);
            return WaitResult.COMPLETED;
        }
        if (popping && arrived != null) {
            popping = false;
            WRITER.set(out, Opcode.POP, Status.OK, CONNECTION, 1);
            WRITER.transfer(out, arrived, arrived.length());
            WRITER.attachment(out, attachment);
            arrived = null;
            return WaitResult.COMPLETED;
        }
        if (pushed > 0) {
            pushed--;
            WRITER.set(out, Opcode.PUSH, Status.OK, CONNECTION, 1);
            WRITER.attachment(out, attachment);
            return WaitResult.COMPLETED;
        }
        return WaitResult.TIMED_OUT;
    }
}
