package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;
import io.penstock.datapath.Status;
import io.penstock.datapath.wire.TcpHeader;

/** How connections end: in order, by a reset, by a time-out, by the application. */
final class ConnectionEnd {
    private final TcpCore core;

    ConnectionEnd(TcpCore core) {
        this.core = core;
    }

    /** The connection is lost: whoever waits is told why. What had arrived can still be popped. */
    void fail(Tcb t, Status why) {
        if (why == Status.TIMED_OUT) {
            core.counters.connectionsTimedOut.increment();
        }
        t.error = why;
        detach(t);
        completeAll(t, why);
    }

    private void completeAll(Tcb t, Status why) {
        completeConnect(t, why);
        completePushes(t, why);
        completePops(t, why);
        completeClose(t, why);
        giveBackIfUnused(t);
    }

    /** The stack gives the connection up, and tells both sides: whoever waits here, and the peer by a reset. */
    void evict(Tcb t, Status why) {
        t.error = why;
        detach(t);
        t.resetOwed = true;
        core.markDirty(t);
        completeAll(t, why);
    }

    /** Both sides have closed and all is acknowledged. */
    void finish(Tcb t) {
        detach(t);
        completeClose(t, Status.OK);
        giveBackIfUnused(t);
    }

    /** Both sides have closed, this one first: its ports stay blocked for a while. */
    void enterTimeWait(Tcb t) {
        // The answer to the FIN goes now: there is no control block to remember it. If it cannot, the FIN comes again.
        if (t.ackNow || t.ackPending) {
            core.writer.control(t, t.sndNxt, TcpHeader.ACK);
        }
        if (core.timeWait.add(t, core.clock.nanos() + core.config.timeWaitNanos())) {
            core.counters.timeWaitOverflow.increment();
        }
        core.counters.timeWait.set(core.timeWait.size());
        finish(t);
    }

    /** The application gives the connection up: RST, and nobody is left to be told. */
    void abort(Tcb t, Status closeStatus) {
        boolean reset = t.state.isSynchronized() || t.state == TcpState.SYN_RECEIVED;
        t.socket = null;
        detach(t);
        completeConnect(t, Status.CANCELLED);
        completePushes(t, Status.CANCELLED);
        completePops(t, Status.CANCELLED);
        completeClose(t, closeStatus);
        if (reset) {
            t.resetOwed = true;
            core.markDirty(t);
        }
        giveBackIfUnused(t);
    }

    /** A half-open connection that nobody waits for disappears without a word. */
    void forget(Tcb t) {
        detach(t);
        giveBackIfUnused(t);
    }

    /** Takes a connection out of all tables. Its unread data stays if a socket is there to read it. */
    private void detach(Tcb t) {
        core.connections.remove(t);
        core.timers.remove(t);
        VanishedPeers.remove(t);
        if (t.state.isSynchronized()) {
            core.counters.connectionsOpen.add(-1);
        }
        t.state = TcpState.CLOSED;
        t.stop();
        t.sendQueue.clear();
        core.behindGaps.clear(t);
        if (t.listener != null) {
            core.budget.unacceptedFrames -= t.receiveQueue.frames();
            t.listener.remove(t);
        }
        if (t.socket == null) {
            core.budget.receiveFrames -= t.receiveQueue.clear();
        }
    }

    private void completeConnect(Tcb t, Status status) {
        if (t.connectSlot != OperationTable.NONE) {
            core.operations.complete(t.connectSlot, status);
            t.connectSlot = OperationTable.NONE;
        }
    }

    /** Ends all pushes that wait. */
    void completePushes(Tcb t, Status status) {
        core.operations.completeAll(t.firstPush, status);
        t.firstPush = OperationTable.NONE;
        t.firstPushLeft = 0;
    }

    /** Ends all pops that wait. */
    void completePops(Tcb t, Status status) {
        core.operations.completeAll(t.firstPop, status);
        t.firstPop = OperationTable.NONE;
    }

    /** Ends the application's close, if it waits. */
    void completeClose(Tcb t, Status status) {
        if (t.closeSlot != OperationTable.NONE) {
            core.operations.complete(t.closeSlot, status);
            t.closeSlot = OperationTable.NONE;
        }
    }

    /** Gives the control block back if the connection is over, no socket refers to it and nothing is owed. */
    void giveBackIfUnused(Tcb t) {
        if (t.state == TcpState.CLOSED && t.socket == null && !t.resetOwed) {
            core.budget.receiveFrames -= t.receiveQueue.clear();
            core.giveBack(t);
        }
    }
}
