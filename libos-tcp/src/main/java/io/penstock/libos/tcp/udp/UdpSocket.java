package io.penstock.libos.tcp.udp;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.OperationTable;
import io.penstock.datapath.Status;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;

/**
 * One UDP queue: what was received and not yet popped, and the pops that wait.
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
public final class UdpSocket {
    /** More is dropped, and counted: an application that does not pop must not take all frames. */
    static final int MAX_QUEUED_FRAMES = 512;

    static final int MAX_QUEUED_BYTES = 1 << 20;
    /** Where the note of the peer begins, before the payload. */
    private static final int NOTE_BYTES = 32;

    private final UdpLayer layer;
    private final OperationTable operations;
    int descriptor;
    int localPort;
    long localHigh;
    long localLow;
    int remotePort;
    long remoteHigh;
    long remoteLow;
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

    UdpSocket(UdpLayer layer, OperationTable operations) {
        this.layer = layer;
        this.operations = operations;
    }

    /** The queue's descriptor, which operations carry. */
    public int descriptor() {
        return descriptor;
    }

    public void descriptor(int d) {
        descriptor = d;
    }

    public Status bind(long high, long low, int port) {
        return layer.bind(this, high, low, port);
    }

    /** Fixes the peer. The slot ends at once. */
    public void connect(int slot, long high, long low, int port) {
        operations.complete(slot, layer.connect(this, high, low, port));
    }

    /** Sends to the connected peer. */
    public void push(int slot, Buffer buffer) {
        if (path == null) {
            operations.complete(slot, Status.NOT_CONNECTED);
        } else if (error != Status.OK) {
            operations.complete(slot, takeError());
        } else {
            layer.send(this, slot, buffer, path, remotePort);
        }
    }

    /** Sends to any peer. */
    public void pushTo(int slot, Buffer buffer, long high, long low, int port) {
        layer.sendTo(this, slot, buffer, high, low, port);
    }

    /** Whether a push may be taken. If not: NO_TOKEN, before a slot is opened. */
    public boolean canPush() {
        return layer.canPush() && (waitingPushes + sentPushes == 0 || !operations.areFew());
    }

    /** Takes a datagram, or {@code maxBytes} of it, now or when one comes. */
    public void pop(int slot, int maxBytes) {
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

    /** The queue is gone: pops are cancelled, the slot ends when what was pushed has been given to the device. */
    public void close(int slot) {
        layer.close(this, slot, false);
    }

    /** As close, and what was pushed and not sent is discarded. */
    public void abort() {
        layer.close(this, OperationTable.NONE, true);
    }

    public boolean peer(Endpoint out) {
        if (path == null) {
            return false;
        }
        out.set(remoteHigh, remoteLow, remotePort);
        return true;
    }

    public boolean local(Endpoint out) {
        if (localPort == 0) {
            return false;
        }
        out.set(localHigh, localLow, localPort);
        return true;
    }

    // ---- for the layer

    /** Whether a datagram is for this queue: to the address that it was bound to, from the peer that it was connected to. */
    boolean hears(long toHigh, long toLow, long fromHigh, long fromLow, int fromPort) {
        boolean ours = (localHigh | localLow) == 0 || (localLow == toLow && localHigh == toHigh);
        return ours && (path == null || isConnectedTo(fromHigh, fromLow, fromPort));
    }

    boolean isConnectedTo(long high, long low, int port) {
        return remoteLow == low && remotePort == port && remoteHigh == high;
    }

    /** Whether one more datagram may be queued. */
    boolean hasRoomFor(int lengthBytes) {
        return firstPop != OperationTable.NONE
                || (queuedFrames < MAX_QUEUED_FRAMES && queuedBytes + lengthBytes <= MAX_QUEUED_BYTES);
    }

    /** A datagram came; takes over the frame's reference. There is room for it. */
    void received(Buffer frame, int payloadOffset, int lengthBytes, long peerHigh, long peerLow, int peerPort) {
        long note = frame.frameAddress() + payloadOffset - NOTE_BYTES;
        frame.window(payloadOffset, lengthBytes);
        int slot = firstPop;
        if (slot != OperationTable.NONE && lengthBytes <= operations.lengthBytes(slot)) {
            unlinkFirstPop();
            operations.buffer(slot, frame);
            operations.lengthBytes(slot, lengthBytes);
            operations.peer(slot, peerHigh, peerLow, peerPort);
            operations.complete(slot, Status.OK);
            return;
        }
        RawMemory.putLong(note, peerHigh);
        RawMemory.putLong(note + 8, peerLow);
        RawMemory.putInt(note + 16, peerPort);
        if (firstReceived == null) {
            firstReceived = frame;
        } else {
            lastReceived.next(frame);
        }
        lastReceived = frame;
        queuedFrames++;
        queuedBytes += lengthBytes;
        layer.queuedFrames++;
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
            taken = layer.part(frame, limit);
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

    private void unlinkFirstReceived() {
        Buffer frame = firstReceived;
        firstReceived = frame.next();
        frame.next(null);
        firstConsumedBytes = 0;
        queuedFrames--;
        layer.queuedFrames--;
    }

    /** ICMP says that the connected peer cannot be reached. */
    void failed(Status status) {
        if (firstPop == OperationTable.NONE) {
            error = status;
        } else {
            int slot = firstPop;
            unlinkFirstPop();
            operations.lengthBytes(slot, 0);
            operations.complete(slot, status);
        }
    }

    private Status takeError() {
        Status taken = error;
        error = Status.OK;
        return taken;
    }

    /** Ends all pops and gives all frames back. */
    void discardReceived() {
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
