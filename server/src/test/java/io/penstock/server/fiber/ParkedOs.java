package io.penstock.server.fiber;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.grant.StackGrant;
import io.penstock.testkit.ForwardingLibOs;
import io.penstock.testkit.MemoryOs;

/** A stack whose listener has any number of connections that never say anything. Each takes four bytes of the heap here. */
final class ParkedOs extends ForwardingLibOs {
    private static final Completion.Writer WRITER = Completion.writer(new StackGrant());
    private static final int FIRST_CONNECTION = 1_000_000;

    private final int connections;
    private final Object[] attached;
    private final boolean[] pops;
    private final boolean[] cancelled;
    private final Runnable whenAllWait;
    private Object listener;
    private int accepted;
    private int popping;
    private int toCancel;
    private boolean isAccepting;
    private boolean isListenerClosed;
    private int cancelFrom;
    private long tokens = 1L << 40;

    ParkedOs(MemoryOs os, int connections, Runnable whenAllWait) {
        super(os);
        this.connections = connections;
        this.attached = new Object[connections];
        this.pops = new boolean[connections];
        this.cancelled = new boolean[connections];
        this.whenAllWait = whenAllWait;
    }

    @Override
    public void attach(int queue, Object attachment) {
        if (queue >= FIRST_CONNECTION) {
            attached[queue - FIRST_CONNECTION] = attachment;
        } else {
            listener = attachment;
        }
    }

    @Override
    public long accept(int queue) {
        isAccepting = true;
        return tokens++;
    }

    @Override
    public long pop(int queue) {
        pops[queue - FIRST_CONNECTION] = true;
        popping++;
        return tokens++;
    }

    @Override
    public long closeQueue(int queue) {
        if (queue >= FIRST_CONNECTION) {
            cancelled[queue - FIRST_CONNECTION] = true;
            toCancel++;
        } else {
            isListenerClosed = true;
        }
        return tokens++;
    }

    @Override
    public WaitResult waitNext(Completion out, long timeoutNanos) {
        if (isAccepting && accepted < connections) {
            isAccepting = false;
            fill(out, Opcode.ACCEPT, Status.OK, 1, listener);
            WRITER.newQueue(out, FIRST_CONNECTION + accepted++);
            return WaitResult.COMPLETED;
        }
        if (toCancel > 0) {
            return cancel(out);
        }
        if (isListenerClosed) {
            return closeListener(out);
        }
        if (popping == connections && timeoutNanos != 0) {
            popping = 0;
            whenAllWait.run();
        }
        return WaitResult.TIMED_OUT;
    }

    private WaitResult closeListener(Completion out) {
        if (isAccepting) {
            isAccepting = false;
            fill(out, Opcode.ACCEPT, Status.CANCELLED, 1, listener);
        } else {
            isListenerClosed = false;
            fill(out, Opcode.CLOSE, Status.OK, 1, listener);
        }
        return WaitResult.COMPLETED;
    }

    private WaitResult cancel(Completion out) {
        while (!cancelled[cancelFrom]) {
            cancelFrom = (cancelFrom + 1) % connections;
        }
        int queue = FIRST_CONNECTION + cancelFrom;
        if (pops[cancelFrom]) {
            pops[cancelFrom] = false;
            fill(out, Opcode.POP, Status.CANCELLED, queue, attached[cancelFrom]);
        } else {
            cancelled[cancelFrom] = false;
            toCancel--;
            fill(out, Opcode.CLOSE, Status.OK, queue, attached[cancelFrom]);
            attached[cancelFrom] = null;
        }
        return WaitResult.COMPLETED;
    }

    private static void fill(Completion out, Opcode opcode, Status status, int queue, Object attachment) {
        WRITER.set(out, opcode, status, queue, 1);
        WRITER.attachment(out, attachment);
        out.peer().setIpv4(0xc6120001, queue & 0xffff);
    }

    @Override
    public boolean local(int queue, Endpoint out) {
        return false;
    }
}
