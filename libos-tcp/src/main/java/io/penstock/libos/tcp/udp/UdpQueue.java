package io.penstock.libos.tcp.udp;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.PortTable;
import io.penstock.libos.tcp.ip.Socket;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;

/**
 * What one UDP queue has: its ends, what was received and not yet popped, and the pops that wait.
 *
 * <p>Datagrams are queued in the frames they came in, linked by {@link Buffer#next}. Who sent one stands in its frame,
 * where the IP header was, which has served its purpose:
 *
 * <pre>
 *        -32          -24          -16        -12    -8           0
 *   | ... | peer, high | peer, low  | peer port |   | UDP header | payload ...
 *                                                                ^ where the payload began when it was received
 * </pre>
 *
 * <p>Owner's thread.
 */
abstract sealed class UdpQueue extends Socket permits UdpSocket {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** More is dropped, and counted: an application that does not pop must not take all frames. */
    static final int MAX_QUEUED_FRAMES = 512;

    static final int MAX_QUEUED_BYTES = 1 << 20;
    /** Where the note of the peer begins, before the payload. */
    private static final int NOTE_BYTES = 32;

    private final FramePool pool;
    /** What all queues keep, this one among them. */
    private final QueuedFrames queued;

    /** Null as long as it has no port. */
    PortTable.Binding<UdpQueue> binding;
    /** The address that it hears: 0 for all of the stack's own. */
    long localHigh;

    long localLow;
    /** The peer of a connected queue. */
    final Endpoint remote = new Endpoint();
    /** The way to the peer of a connected queue; null if it is not connected. */
    IpPath path;
    /** What ICMP said about the connected peer, to be told once. */
    private Status error = Status.OK;

    private int firstPop = OperationTable.NONE;
    private Buffer firstReceived;
    private Buffer lastReceived;
    private int queuedFrames;
    private int queuedBytes;
    /** How much of the first datagram was popped already. */
    private int firstConsumedBytes;
    /** Pushes that wait for the device, and the close that waits for them. */
    int waitingPushes;
    /** Pushes that wait until the device gives their frames back. */
    int sentPushes;

    int closeSlot = OperationTable.NONE;
    /** The operation that waits until a push may be taken. */
    int roomSlot = OperationTable.NONE;

    UdpQueue(OperationTable operations, FramePool pool, QueuedFrames queued) {
        super(operations);
        this.pool = pool;
        this.queued = queued;
    }

    /** Takes a datagram, or {@code maxBytes} of it, now or when one comes. */
    @Override
    public final void pop(int slot, int maxBytes) {
        operations.lengthBytes(slot, maxBytes);
        if (firstReceived != null) {
            deliver(slot);
        } else if (error != Status.OK) {
            operations.lengthBytes(slot, 0);
            operations.complete(slot, takeError());
        } else {
            firstPop = operations.append(firstPop, slot);
        }
    }

    @Override
    public final boolean peer(Endpoint out) {
        if (path == null) {
            return false;
        }
        out.copyFrom(remote);
        return true;
    }

    @Override
    public final boolean local(Endpoint out) {
        if (binding == null) {
            return false;
        }
        out.set(localHigh, localLow, localPort());
        return true;
    }

    // ---- for the layer

    /** Whether a datagram is for this queue: to the address that it was bound to, from the peer that it was connected to. */
    final boolean hears(FlowKey flow) {
        boolean ours = (localHigh | localLow) == 0 || (localLow == flow.localLow && localHigh == flow.localHigh);
        return ours && (path == null || isConnectedTo(flow));
    }

    final boolean isConnectedTo(FlowKey flow) {
        return remote.low() == flow.remoteLow && remote.port() == flow.remotePort() && remote.high() == flow.remoteHigh;
    }

    /** 0 as long as it has none. */
    final int localPort() {
        return binding == null ? 0 : binding.port();
    }

    /** Whether one more datagram may be queued. */
    final boolean hasRoomFor(int lengthBytes) {
        return firstPop != OperationTable.NONE
                || (queuedFrames < MAX_QUEUED_FRAMES && queuedBytes + lengthBytes <= MAX_QUEUED_BYTES);
    }

    /** A datagram came; takes over the frame's reference. There is room for it. */
    final void received(Buffer frame, int payloadOffset, int lengthBytes, FlowKey flow) {
        long note = frame.frameAddress() + payloadOffset - NOTE_BYTES;
        ACCESS.window(frame, payloadOffset, lengthBytes);
        int slot = firstPop;
        if (slot != OperationTable.NONE && lengthBytes <= operations.lengthBytes(slot)) {
            unlinkFirstPop();
            operations.buffer(slot, frame);
            operations.lengthBytes(slot, lengthBytes);
            operations.peer(slot, flow.remoteHigh, flow.remoteLow, flow.remotePort());
            operations.complete(slot, Status.OK);
            return;
        }
        RawMemory.putLong(note, flow.remoteHigh);
        RawMemory.putLong(note + 8, flow.remoteLow);
        RawMemory.putInt(note + 16, flow.remotePort());
        if (firstReceived == null) {
            firstReceived = frame;
        } else {
            lastReceived.next(frame);
        }
        lastReceived = frame;
        queuedFrames++;
        queuedBytes += lengthBytes;
        queued.count++;
        while (firstPop != OperationTable.NONE && firstReceived != null) {
            int next = firstPop;
            unlinkFirstPop();
            deliver(next);
        }
    }

    private void unlinkFirstPop() {
        int slot = firstPop;
        firstPop = operations.rest(slot);
    }

    /** Gives the first datagram, or as much of it as the pop asked for, to the slot. */
    private void deliver(int slot) {
        Buffer frame = firstReceived;
        int limit = operations.lengthBytes(slot);
        long note = frame.address() - firstConsumedBytes - NOTE_BYTES;
        operations.peer(slot, RawMemory.getLong(note), RawMemory.getLong(note + 8), RawMemory.getInt(note + 16));
        Buffer taken = frame;
        int length = frame.length();
        if (length > limit) {
            length = limit;
            taken = part(frame, limit);
            if (taken == null) {
                operations.lengthBytes(slot, 0);
                operations.complete(slot, Status.NO_MEMORY);
                return;
            }
            frame.advance(limit);
            firstConsumedBytes += limit;
        } else {
            unlinkFirstReceived();
        }
        queuedBytes -= length;
        operations.buffer(slot, taken);
        operations.lengthBytes(slot, length);
        operations.complete(slot, Status.OK);
    }

    /** The first bytes of a datagram that is popped in parts: a slice, or a copy if no slice is left. */
    private Buffer part(Buffer frame, int lengthBytes) {
        Buffer slice = frame.slice(0, lengthBytes);
        if (slice != null) {
            return slice;
        }
        Buffer copy = pool.allocate();
        if (copy != null) {
            copy.length(lengthBytes).putBytes(0, frame, 0, lengthBytes);
        }
        return copy;
    }

    private void unlinkFirstReceived() {
        Buffer frame = firstReceived;
        firstReceived = frame.next();
        frame.next(null);
        firstConsumedBytes = 0;
        queuedFrames--;
        queued.count--;
    }

    /** ICMP says that the connected peer cannot be reached. */
    final void failed(Status status) {
        if (firstPop == OperationTable.NONE) {
            error = status;
        } else {
            int slot = firstPop;
            unlinkFirstPop();
            operations.lengthBytes(slot, 0);
            operations.complete(slot, status);
        }
    }

    final boolean hasError() {
        return error != Status.OK;
    }

    final Status takeError() {
        Status taken = error;
        error = Status.OK;
        return taken;
    }

    /** Ends all pops and gives all frames back. */
    final void discardReceived() {
        while (firstPop != OperationTable.NONE) {
            int slot = firstPop;
            unlinkFirstPop();
            operations.lengthBytes(slot, 0);
            operations.complete(slot, Status.CANCELLED);
        }
        while (firstReceived != null) {
            Buffer frame = firstReceived;
            unlinkFirstReceived();
            frame.release();
        }
        lastReceived = null;
        queuedBytes = 0;
    }
}
