package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpPath;

/** How connections end: in order, by a reset, by a time-out, by the application. */
final class ConnectionEnd {
    private final TcpContext context;
    private final SegmentWriter writer;
    private final BehindGaps behindGaps;
    private final FlowKey flow = new FlowKey();

    ConnectionEnd(TcpContext context, SegmentWriter writer, BehindGaps behindGaps) {
        this.context = context;
        this.writer = writer;
        this.behindGaps = behindGaps;
    }

    /** The connection is lost: whoever waits is told why. What had arrived can still be popped. */
    void fail(TcpConnection c, Status why) {
        if (why == Status.TIMED_OUT) {
            context.counters.connectionsTimedOut.increment();
        }
        c.error = why;
        detach(c);
        completeAll(c, why);
    }

    private void completeAll(TcpConnection c, Status why) {
        completeConnect(c, why);
        completePushes(c, why);
        completePops(c, why);
        completeClose(c, why);
        giveBackIfUnused(c);
    }

    /** The stack gives the connection up, and tells both sides: whoever waits here, and the peer by a reset. */
    void evict(TcpConnection c, Status why) {
        c.error = why;
        detach(c);
        c.send.resetOwed = true;
        context.markReady(c);
        completeAll(c, why);
    }

    /** Both sides have closed and all is acknowledged. */
    void finish(TcpConnection c) {
        detach(c);
        completeClose(c, Status.OK);
        giveBackIfUnused(c);
    }

    /** Both sides have closed, this one first: its ports stay blocked for a while. */
    void enterTimeWait(TcpConnection c) {
        // The answer to the FIN goes now: there is no control block to remember it. If it cannot, the FIN comes again.
        if (c.receive.ackNow || c.receive.ackPending) {
            writer.control(c, c.send.nxt, TcpHeader.ACK);
        }
        if (context.timeWait.add(c, context.clock.nanos() + context.config.timeWaitNanos())) {
            context.counters.timeWaitOverflow.increment();
        }
        context.counters.timeWait.set(context.timeWait.size());
        finish(c);
    }

    /** The application gives the connection up: RST, and nobody is left to be told. */
    void abort(TcpConnection c, Status closeStatus) {
        boolean reset = c.state.isSynchronized() || c.state == TcpState.SYN_RECEIVED;
        c.socket = null;
        detach(c);
        completeConnect(c, Status.CANCELLED);
        completePushes(c, Status.CANCELLED);
        completePops(c, Status.CANCELLED);
        completeClose(c, closeStatus);
        if (reset) {
            c.send.resetOwed = true;
            context.markReady(c);
        }
        giveBackIfUnused(c);
    }

    /** FIN-WAIT-2 of a closed socket: the application is done, and the peer gets a limited time for its FIN. */
    void linger(TcpConnection c) {
        completeClose(c, Status.OK);
        c.timers.linger = context.clock.nanos() + context.config.finWait2Nanos();
        context.fireAt(c, c.timers.linger);
    }

    /** A half-open connection that nobody waits for disappears without a word. */
    void forget(TcpConnection c) {
        detach(c);
        giveBackIfUnused(c);
    }

    /** Takes a connection out of all tables. Its unread data stays if a socket is there to read it. */
    private void detach(TcpConnection c) {
        context.connections.remove(c);
        context.disarm(c);
        c.leave(TcpConnection.List.PRESENCE);
        if (c.state.isSynchronized()) {
            context.counters.connectionsOpen.add(-1);
        }
        c.state = TcpState.CLOSED;
        c.stop();
        context.giveBackAll(c.send);
        behindGaps.clear(c);
        if (c.isIn(TcpConnection.List.BACKLOG)) {
            context.budget.unacceptedFrames -= c.receive.queue.frames();
            c.leave(TcpConnection.List.BACKLOG);
        }
        if (c.socket == null) {
            context.budget.receiveFrames -= c.receive.queue.clear();
            context.giveBackIdle(c.receive);
        }
    }

    private void completeConnect(TcpConnection c, Status status) {
        if (c.connectSlot != OperationTable.NONE) {
            context.operations.complete(c.connectSlot, status);
            c.connectSlot = OperationTable.NONE;
        }
    }

    /** Ends all pushes that wait, and who waits for room for one. */
    void completePushes(TcpConnection c, Status status) {
        context.room.end(c, status);
        context.operations.completeAll(c.send.firstPush, status);
        c.send.firstPush = OperationTable.NONE;
        c.send.firstPushLeft = 0;
    }

    /** Ends all pops that wait. */
    void completePops(TcpConnection c, Status status) {
        context.operations.completeAll(c.receive.firstPop, status);
        c.receive.firstPop = OperationTable.NONE;
    }

    /** Ends the application's close, if it waits. */
    void completeClose(TcpConnection c, Status status) {
        if (c.closeSlot != OperationTable.NONE) {
            context.operations.complete(c.closeSlot, status);
            c.closeSlot = OperationTable.NONE;
        }
    }

    /** Gives the control block back if the connection is over, no socket refers to it and nothing is owed. */
    void giveBackIfUnused(TcpConnection c) {
        if (c.state == TcpState.CLOSED && c.socket == null && !c.send.resetOwed) {
            context.budget.receiveFrames -= c.receive.queue.clear();
            context.giveBackIdle(c.receive);
            context.giveBack(c);
        }
    }

    // ---- listeners

    /** The listener is gone: who waits for an accept, and whoever is in his handshake, is told by a reset. */
    void close(TcpListener listener) {
        listener.closed = true;
        context.operations.completeAll(listener.firstAccept, Status.CANCELLED);
        listener.firstAccept = OperationTable.NONE;
        resetHalfOpen(listener);
        for (TcpConnection c = listener.ready.first(); c != null; c = listener.ready.first()) {
            abort(c, Status.CANCELLED);
        }
    }

    /** As far as the transmit queue takes it. */
    private void resetHalfOpen(TcpListener listener) {
        HalfOpenTable table = context.halfOpen;
        boolean went = true;
        while (listener.oldestHalfOpen != HalfOpenTable.NONE) {
            int e = listener.oldestHalfOpen;
            if (went) {
                table.flow(e, flow);
                IpPath path = context.ip.path(flow);
                int flags = TcpHeader.RST | TcpHeader.ACK;
                went = writer.stateless(path, flow.ports, table.iss(e) + 1, table.irs(e) + 1, flags, 0);
            }
            context.forgetHalfOpen(e);
        }
    }
}
