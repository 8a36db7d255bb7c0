package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;

/**
 * How much may still be pushed to each connection, and those whose application waits until something may.
 *
 * <p>What a connection itself lacks comes with an acknowledgement, and is looked at then. Only while what all share is few,
 * frames or operations, are those that wait looked at in turn, some at a time, and each once more when it is not few any more.
 */
final class SendRoom {
    private static final int MAX_CHECKS = 64;
    /** When a sleeping loop looks again: frames may come back by other threads. */
    private static final long POLL_NANOS = 1_000_000;

    private final OperationTable operations;
    private final FrameBudget budget;
    private final int maxPendingPushes;
    private final TcpConnection.List waiting = new TcpConnection.List(TcpConnection.List.ROOM);
    /** How many of those that wait are still to be looked at: all, while something is few. */
    private int checksLeft;

    SendRoom(OperationTable operations, FrameBudget budget, int maxPendingPushes) {
        this.operations = operations;
        this.budget = budget;
        this.maxPendingPushes = maxPendingPushes;
    }

    /** How many bytes a push may bring; 0 or less: it is not taken. */
    int bytes(TcpConnection c) {
        int pushes = operations.count(c.send.firstPush);
        return pushes < maxPendingPushes && (pushes == 0 || !operations.areFew())
                ? budget.sendRoomBytes(c.send, c.options.sendBufferBytes)
                : 0;
    }

    /** Ends the slot when there is room, which may be now. None waits yet for this connection. */
    void await(TcpConnection c, int slot) {
        c.send.roomSlot = slot;
        waiting.add(c);
        check(c);
    }

    /** The connection may have got room: its slot ends if it has, and one waits. */
    void check(TcpConnection c) {
        if (c.send.awaitsRoom() && bytes(c) > 0) {
            end(c, Status.OK);
        }
    }

    /** Ends the slot that waits, if one does. */
    void end(TcpConnection c, Status how) {
        if (c.send.awaitsRoom()) {
            c.leave(TcpConnection.List.ROOM);
            operations.complete(c.send.roomSlot, how);
            c.send.roomSlot = OperationTable.NONE;
        }
    }

    /** Once a turn. */
    void serve() {
        int size = waiting.size();
        if (size == 0) {
            return;
        }
        boolean few = budget.areFramesFew() || operations.areFew();
        checksLeft = few ? size : Math.min(size, checksLeft);
        for (int n = Math.min(MAX_CHECKS, checksLeft); n > 0; n--) {
            TcpConnection c = waiting.first();
            c.leave(TcpConnection.List.ROOM);
            waiting.add(c);
            check(c);
            checksLeft -= few ? 0 : 1;
        }
    }

    /** When {@link #serve} is due at the latest; {@link Long#MAX_VALUE} if nothing but an acknowledgement can make room. */
    long nextDeadlineNanos(long nowNanos) {
        return checksLeft > 0 && waiting.size() > 0 ? nowNanos + POLL_NANOS : Long.MAX_VALUE;
    }
}
