package io.penstock.libos.tcp.udp;

import io.penstock.datapath.stack.OperationTable;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.memory.Buffer;

/** Datagrams that wait for room in the transmit queue, first in, first out; a hold is on each frame. */
final class WaitingPushes {
    private static final int CAPACITY = 1024;
    private static final int MASK = CAPACITY - 1;

    private final UdpQueue[] sockets = new UdpQueue[CAPACITY];
    private final int[] slots = new int[CAPACITY];
    private final IpPath[] paths = new IpPath[CAPACITY];
    private final Buffer[] frames = new Buffer[CAPACITY];
    private final int[] offsets = new int[CAPACITY];
    private final int[] lengths = new int[CAPACITY];
    private int first;
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    boolean isFull() {
        return count == CAPACITY;
    }

    int count() {
        return count;
    }

    void add(UdpQueue socket, int slot, IpPath path, Buffer frame, int offset, int lengthBytes) {
        int i = (first + count) & MASK;
        sockets[i] = socket;
        slots[i] = slot;
        paths[i] = path;
        frames[i] = frame;
        offsets[i] = offset;
        lengths[i] = lengthBytes;
        count++;
        path.retain();
        socket.waitingPushes++;
    }

    /** The index of the one that waits for longest. */
    int first() {
        return first;
    }

    int following(int i) {
        return (i + 1) & MASK;
    }

    void removeFirst() {
        paths[first].release();
        sockets[first] = null;
        paths[first] = null;
        frames[first] = null;
        first = (first + 1) & MASK;
        count--;
    }

    UdpQueue socket(int i) {
        return sockets[i];
    }

    /** The operation to complete, or NONE if its queue was closed meanwhile. */
    int slot(int i) {
        return slots[i];
    }

    void forgetSlot(int i) {
        slots[i] = OperationTable.NONE;
    }

    IpPath path(int i) {
        return paths[i];
    }

    /** The frame, or null if it was discarded. */
    Buffer frame(int i) {
        return frames[i];
    }

    void forgetFrame(int i) {
        frames[i] = null;
    }

    int offset(int i) {
        return offsets[i];
    }

    int length(int i) {
        return lengths[i];
    }
}
