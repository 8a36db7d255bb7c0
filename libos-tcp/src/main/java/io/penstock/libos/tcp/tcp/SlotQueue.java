package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;
import io.penstock.datapath.Status;

/** Operations that wait, first in, first out, linked through the operation table itself. */
final class SlotQueue {
    private int head = OperationTable.NONE;
    private int tail = OperationTable.NONE;
    private int size;

    boolean isEmpty() {
        return head == OperationTable.NONE;
    }

    int size() {
        return size;
    }

    /** The one that waits longest, or {@link OperationTable#NONE}. */
    int first() {
        return head;
    }

    void add(OperationTable operations, int slot) {
        operations.link(slot, OperationTable.NONE);
        if (head == OperationTable.NONE) {
            head = slot;
        } else {
            operations.link(tail, slot);
        }
        tail = slot;
        size++;
    }

    /** Takes the first one out; there must be one. */
    int poll(OperationTable operations) {
        int slot = head;
        head = operations.link(slot);
        if (head == OperationTable.NONE) {
            tail = OperationTable.NONE;
        }
        size--;
        return slot;
    }

    /** Ends all of them, having moved nothing. */
    void completeAll(OperationTable operations, Status status) {
        while (head != OperationTable.NONE) {
            int slot = poll(operations);
            operations.lengthBytes(slot, 0);
            operations.complete(slot, status);
        }
    }
}
