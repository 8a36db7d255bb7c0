package io.penstock.libos.tcp.udp;

import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import java.util.ArrayDeque;

/** The queues whose application waits until a push may be taken; some are looked at in each turn. */
final class WaitingForRoom {
    private static final int MAX_CHECKS = 64;

    private final OperationTable operations;
    private final ArrayDeque<UdpQueue> queues = new ArrayDeque<>();

    WaitingForRoom(OperationTable operations) {
        this.operations = operations;
    }

    /** There is none yet; INVALID if another slot of the queue waits already. */
    void add(UdpQueue queue, int slot) {
        if (queue.roomSlot != OperationTable.NONE) {
            operations.complete(slot, Status.INVALID);
        } else {
            queue.roomSlot = slot;
            queues.addLast(queue);
        }
    }

    boolean isEmpty() {
        return queues.isEmpty();
    }

    /** There may be room again. */
    void serve() {
        for (int n = Math.min(MAX_CHECKS, queues.size()); n > 0; n--) {
            UdpQueue queue = queues.pollFirst();
            if (queue.canPush()) {
                operations.complete(queue.roomSlot, Status.OK);
                queue.roomSlot = OperationTable.NONE;
            } else {
                queues.addLast(queue);
            }
        }
    }

    /** The queue is closed. */
    void cancel(UdpQueue queue) {
        if (queue.roomSlot != OperationTable.NONE) {
            queues.remove(queue);
            operations.complete(queue.roomSlot, Status.CANCELLED);
            queue.roomSlot = OperationTable.NONE;
        }
    }
}
