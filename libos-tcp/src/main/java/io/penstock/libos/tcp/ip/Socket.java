package io.penstock.libos.tcp.ip;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.memory.Buffer;

/**
 * One queue of a stack, of any transport: what the stack calls, and what a transport answers that has no such thing.
 *
 * <p>Operations are slots of the stack's {@link OperationTable}, opened by the caller with the right opcode; each is
 * completed exactly once, at once or later. Those that extend it are final, so that a call of one that a loop uses is as good
 * as a direct one. Owner's thread.
 */
public abstract class Socket {
    protected final OperationTable operations;
    private int descriptor;
    /** How many operations were begun and not taken. */
    private int untaken;

    private Object attachment;

    protected Socket(OperationTable operations) {
        this.operations = operations;
    }

    /** What the application calls it; 0 if it has no descriptor. */
    public final int descriptor() {
        return descriptor;
    }

    /** What the application has attached to it; null if nothing. */
    public final Object attachment() {
        return attachment;
    }

    /** Attaches something; null: nothing. */
    public final void attach(Object what) {
        attachment = what;
    }

    /** An operation of it has begun. */
    public final void begun() {
        untaken++;
    }

    /** The completion of one was taken. */
    public final void taken() {
        untaken--;
    }

    /** How many operations were begun and not taken. */
    public final int untaken() {
        return untaken;
    }

    /** The application calls it so from now on, 0: nothing; nothing is attached to it, and nothing was begun. */
    public final void descriptor(int d) {
        descriptor = d;
        untaken = 0;
        attachment = null;
    }

    // ---- what it is

    /** Gives it its local address; the unspecified one stands for all of the stack's own, port 0 for any that is free. */
    public abstract Status bind(Endpoint local);

    /** Makes it a listener. */
    public Status listen(int backlog) {
        return Status.INVALID;
    }

    /** Whether it is a listener. */
    public boolean isListener() {
        return false;
    }

    /** Who is at the other end. Returns false if nobody is. */
    public abstract boolean peer(Endpoint out);

    /** Its local address. Returns false if it has none. */
    public abstract boolean local(Endpoint out);

    // ---- options

    /** Sets an option: OK. */
    public Status set(QueueOption.Flag option, boolean value) {
        return Status.INVALID;
    }

    /** Sets an option: OK, or INVALID if the value is out of its range. */
    public Status set(QueueOption.Amount option, long value) {
        return Status.INVALID;
    }

    /** Sets an option: OK, or INVALID if there is none of this name, or it is too late. */
    public Status set(QueueOption.Name option, String value) {
        return Status.INVALID;
    }

    /** What an option is. */
    public boolean get(QueueOption.Flag option) {
        throw noSuch(option);
    }

    /** What an option is. */
    public long get(QueueOption.Amount option) {
        throw noSuch(option);
    }

    /** What an option is. */
    public String get(QueueOption.Name option) {
        throw noSuch(option);
    }

    private IllegalArgumentException noSuch(QueueOption option) {
        return new IllegalArgumentException("queue " + descriptor + " is one of UDP, which has no option " + option);
    }

    // ---- operations

    /** Takes the next connection. */
    public void accept(int slot) {
        operations.complete(slot, Status.INVALID);
    }

    /** Opens a connection, or fixes the peer. */
    public abstract void connect(int slot, Endpoint remote);

    /** Whether a push may be taken, of any length. If not: NO_TOKEN, before a slot is opened. */
    public abstract boolean canPush();

    /** Sends a buffer or chain. */
    public abstract void push(int slot, Buffer chain);

    /** As {@link #canPush} for {@link #pushTo}. */
    public boolean canPushTo() {
        return true; // it will be answered at once
    }

    /** Sends to any peer. */
    public void pushTo(int slot, Buffer buffer, Endpoint peer) {
        operations.complete(slot, Status.INVALID);
    }

    /** How many bytes a push may bring now without more than this queue's part being held; 0 if there is none. */
    public abstract int sendRoomBytes();

    /** Ends once a push may be taken, or would be answered at once; INVALID if another one waits for that. */
    public abstract void awaitRoom(int slot);

    /** Takes what arrives next, at most so many bytes of it, at least 1. */
    public abstract void pop(int slot, int maxBytes);

    // ---- the end

    /** Ends sending. */
    public Status shutdown() {
        return Status.INVALID;
    }

    /** Closes it. The object must not be used after this call. */
    public abstract void close(int slot);

    /** Closes it without waiting for anything. The object must not be used after this call. */
    public abstract void abort();

    /** Whoever gives sockets their descriptors that nobody has asked for, as an accept brings them. Owner's thread. */
    public interface Descriptors {
        /**
         * Gives a socket that an accept is about to deliver a descriptor, and notes it there.
         *
         * @return greater than zero; 0 if there is no room: the connection then stays in the backlog and is offered again
         */
        int assign(Socket socket);

        /**
         * A socket is taken back to be used for another connection: its close or abort has ended. Called once for each that
         * was opened or accepted; forget whatever still leads to it.
         */
        void release(Socket socket);
    }
}
