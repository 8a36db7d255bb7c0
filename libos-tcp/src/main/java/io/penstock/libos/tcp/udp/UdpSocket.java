package io.penstock.libos.tcp.udp;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.memory.Buffer;

/** One UDP queue, as the application uses it. Owner's thread. */
public final class UdpSocket extends UdpQueue {
    private final UdpLayer layer;

    /** A new queue, which has no port yet. */
    public UdpSocket(UdpLayer layer) {
        super(layer.operations(), layer.pool(), layer.queued());
        this.layer = layer;
    }

    @Override
    public Status bind(Endpoint local) {
        return layer.bind(this, local.high(), local.low(), local.port());
    }

    /** Fixes the peer. The slot ends at once. */
    @Override
    public void connect(int slot, Endpoint peer) {
        operations.complete(slot, layer.connect(this, peer));
    }

    /** Sends to the connected peer. */
    @Override
    public void push(int slot, Buffer buffer) {
        if (path == null) {
            operations.complete(slot, Status.NOT_CONNECTED);
        } else if (hasError()) {
            operations.complete(slot, takeError());
        } else {
            layer.send(this, slot, buffer, path, remote.port());
        }
    }

    /** Sends to any peer. */
    @Override
    public void pushTo(int slot, Buffer buffer, Endpoint peer) {
        layer.sendTo(this, slot, buffer, peer);
    }

    /** Whether a push may be taken. If not: NO_TOKEN, before a slot is opened. */
    @Override
    public boolean canPush() {
        return layer.canPush() && (waitingPushes + sentPushes == 0 || !operations.areFew());
    }

    @Override
    public boolean canPushTo() {
        return canPush();
    }

    @Override
    public int sendRoomBytes() {
        return canPush() ? layer.pool().payloadBytes() : 0;
    }

    @Override
    public void awaitRoom(int slot) {
        if (canPush()) {
            operations.complete(slot, Status.OK);
        } else {
            layer.awaitRoom(this, slot);
        }
    }

    /** The queue is gone: pops are cancelled, the slot ends when what was pushed has been given to the device. */
    @Override
    public void close(int slot) {
        layer.close(this, slot, false);
    }

    /** As close, and what was pushed and not sent is discarded. */
    @Override
    public void abort() {
        layer.close(this, OperationTable.NONE, true);
    }
}
