package io.penstock.testkit;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FramePool;

/** Another libOS, of which some methods are to be replaced: every call goes on to it. Allocates nothing. */
public abstract class ForwardingLibOs implements LibOs {
    private final LibOs os;

    /** Takes over a libOS. */
    protected ForwardingLibOs(LibOs os) {
        this.os = os;
    }

    @Override
    public int socket(Transport transport) {
        return os.socket(transport);
    }

    @Override
    public Status bind(int queue, Endpoint local) {
        return os.bind(queue, local);
    }

    @Override
    public Status listen(int queue, int backlog) {
        return os.listen(queue, backlog);
    }

    @Override
    public Status set(int queue, QueueOption.Flag option, boolean value) {
        return os.set(queue, option, value);
    }

    @Override
    public boolean get(int queue, QueueOption.Flag option) {
        return os.get(queue, option);
    }

    @Override
    public Status set(int queue, QueueOption.Amount option, long value) {
        return os.set(queue, option, value);
    }

    @Override
    public long get(int queue, QueueOption.Amount option) {
        return os.get(queue, option);
    }

    @Override
    public Status set(int queue, QueueOption.Name option, String value) {
        return os.set(queue, option, value);
    }

    @Override
    public String get(int queue, QueueOption.Name option) {
        return os.get(queue, option);
    }

    @Override
    public long accept(int queue) {
        return os.accept(queue);
    }

    @Override
    public long connect(int queue, Endpoint remote) {
        return os.connect(queue, remote);
    }

    @Override
    public long push(int queue, Buffer buffer) {
        return os.push(queue, buffer);
    }

    @Override
    public int sendRoomBytes(int queue) {
        return os.sendRoomBytes(queue);
    }

    @Override
    public long pushTo(int queue, Buffer buffer, Endpoint remote) {
        return os.pushTo(queue, buffer, remote);
    }

    @Override
    public long pop(int queue) {
        return os.pop(queue);
    }

    @Override
    public long pop(int queue, int maxBytes) {
        return os.pop(queue, maxBytes);
    }

    @Override
    public Status shutdown(int queue) {
        return os.shutdown(queue);
    }

    @Override
    public long close(int queue) {
        return os.close(queue);
    }

    @Override
    public void abort(int queue) {
        os.abort(queue);
    }

    @Override
    public WaitResult waitNext(Completion out, long timeoutNanos) {
        return os.waitNext(out, timeoutNanos);
    }

    @Override
    public WaitResult waitFor(long token, Completion out, long timeoutNanos) {
        return os.waitFor(token, out, timeoutNanos);
    }

    @Override
    public void wake() {
        os.wake();
    }

    @Override
    public boolean execute(Runnable work) {
        return os.execute(work);
    }

    @Override
    public Buffer allocate(int lengthBytes) {
        return os.allocate(lengthBytes);
    }

    @Override
    public FramePool pool() {
        return os.pool();
    }

    @Override
    public CoreHeap heap() {
        return os.heap();
    }

    @Override
    public boolean peer(int queue, Endpoint out) {
        return os.peer(queue, out);
    }

    @Override
    public boolean local(int queue, Endpoint out) {
        return os.local(queue, out);
    }

    @Override
    public int drain(long timeoutNanos) {
        return os.drain(timeoutNanos);
    }

    @Override
    public void close() {
        os.close();
    }
}
