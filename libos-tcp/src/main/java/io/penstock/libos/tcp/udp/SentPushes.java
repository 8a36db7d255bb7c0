package io.penstock.libos.tcp.udp;

import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;

/**
 * Pushes whose datagram was given to the device out of the application's own frame: they end when the device has given it
 * back, since the bytes may change only then. First in, first out, as devices give frames back.
 *
 * <p>Another push of the same frame, over TCP to a peer that does not read, may keep one for long: so now and then those
 * behind it are looked at as well.
 */
final class SentPushes {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int CAPACITY = 2048;
    private static final int MASK = CAPACITY - 1;
    /** How often those behind one that takes long are looked at. */
    private static final long POLL_NANOS = 1_000_000L;

    private final OperationTable operations;
    private final UdpQueue[] sockets = new UdpQueue[CAPACITY];
    private final int[] slots = new int[CAPACITY];
    private final Buffer[] frames = new Buffer[CAPACITY];
    private int first;
    private int count;
    private long polledNanos;

    SentPushes(OperationTable operations) {
        this.operations = operations;
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean isFull() {
        return count == CAPACITY;
    }

    /** There is room. The device has a hold on the frame. */
    void add(UdpQueue socket, int slot, Buffer frame) {
        int i = (first + count) & MASK;
        sockets[i] = socket;
        slots[i] = slot;
        frames[i] = frame;
        count++;
        socket.sentPushes++;
    }

    /** Ends those whose frames have come back. Returns how many. */
    int complete(long nowNanos) {
        int done = 0;
        while (count > 0 && isBack(first)) {
            done += end(first, Status.OK);
            first = (first + 1) & MASK;
            count--;
        }
        if (count > 0 && nowNanos - polledNanos >= POLL_NANOS) {
            polledNanos = nowNanos;
            for (int k = 1; k < count; k++) {
                int i = (first + k) & MASK;
                if (isBack(i)) {
                    done += end(i, Status.OK);
                }
            }
        }
        return done;
    }

    private boolean isBack(int i) {
        return frames[i] == null || ACCESS.holds(frames[i]) == 0;
    }

    private int end(int i, Status status) {
        if (frames[i] == null) {
            return 0;
        }
        operations.complete(slots[i], status);
        sockets[i].sentPushes--;
        sockets[i] = null;
        frames[i] = null;
        return 1;
    }

    /** The queue is closed, and its pushes end without knowing. */
    void endAll(UdpQueue socket) {
        for (int k = 0; k < count && socket.sentPushes > 0; k++) {
            int i = (first + k) & MASK;
            if (sockets[i] == socket) {
                operations.lengthBytes(slots[i], 0);
                end(i, Status.CANCELLED);
            }
        }
    }
}
