package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;
import io.penstock.datapath.Status;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;

/** Text and FIN of a segment (RFC 9293, section 3.10.7.4, seventh and eighth step), and the way of data to pops. */
final class DataReceiver {
    /** So many unread frames of a connection may be used badly: a small segment keeps its frame. */
    private static final int FRAMES_BEFORE_SMALL_COPIES = 4;

    private final TcpCore core;
    private final OperationTable operations;

    DataReceiver(TcpCore core) {
        this.core = core;
        operations = core.operations;
    }

    void receive(Tcb t, Segment s) {
        if (!t.state.mayReceive()) {
            return; // the peer has sent its FIN: what comes behind it is an error of the peer's
        }
        boolean fin = s.has(TcpHeader.FIN);
        int end = s.sequence + s.payloadBytes;
        if (s.payloadBytes > 0) {
            if (t.orphan && Sequence.gt(end, t.rcvNxt)) {
                core.end.abort(t, Status.CONNECTION_ABORTED); // nobody will read it (RFC 9293, section 3.6.1)
                return;
            }
            fin &= Sequence.leq(end, t.rcvAdv); // a FIN behind what does not fit comes again
            text(t, s);
        }
        if (fin) {
            t.finPending = true;
            t.finSequence = end;
            if (t.rcvNxt != end) {
                SegmentArrival.oweAck(core, t);
            }
        }
        if (t.finPending && t.finSequence == t.rcvNxt) {
            endOfStream(t);
        }
    }

    // ---- text

    private void text(Tcb t, Segment s) {
        int old = t.rcvNxt - s.sequence;
        if (old > 0) {
            if (old >= s.payloadBytes) {
                core.counters.rxDuplicate.increment();
                SegmentArrival.oweAck(core, t);
                return;
            }
            s.trimFront(old);
        }
        int room = t.rcvAdv - s.sequence;
        if (s.payloadBytes > room) {
            if (room <= 0) {
                core.counters.rxOutOfWindow.increment();
                SegmentArrival.oweAck(core, t); // a probe of our zero window (MUST-37)
                return;
            }
            s.payloadBytes = room;
        }
        if (s.sequence == t.rcvNxt) {
            inOrder(t, s);
        } else {
            outOfOrder(t, s);
        }
    }

    private void inOrder(Tcb t, Segment s) {
        int length = s.payloadBytes;
        if (!accept(t, s)) {
            dropped();
            SegmentArrival.oweAck(core, t);
            return;
        }
        t.rcvNxt += length;
        t.unackedBytes += length;
        t.rcvMss = Math.max(t.rcvMss, length);
        t.ackPending = true;
        t.duplicateAcksOwed = 0;
        if (t.behindGap) {
            fillGap(t);
            t.ackNow = true; // RFC 5681, section 4.2: at once when a gap is filled, in part or in full
        } else if (t.unackedBytes >= 2 * t.rcvMss) {
            t.ackNow = true; // every second full segment
        }
        core.markDirty(t);
        servePops(t);
    }

    /**
     * Gives in-order payload to the pop that waits, or puts it on the receive queue: the frame itself, or a copy if frames are
     * many and this one is small.
     */
    private boolean accept(Tcb t, Segment s) {
        if (core.budget.isExhausted()) {
            core.behindGaps.makeRoomInOrder(t);
            if (core.budget.isExhausted()) {
                return false;
            }
        }
        int pop = t.firstPop;
        if (pop != OperationTable.NONE && s.payloadBytes <= operations.lengthBytes(pop)) {
            t.firstPop = operations.rest(pop);
            give(core, t, pop, s.take()); // nothing lies unread before it, or the pop would not wait
            return true;
        }
        if (pop == OperationTable.NONE) {
            int frames = t.receiveQueue.frames();
            if (frames > 0
                    && shouldCopy(frames, s)
                    && coalesce(t, s.frame.frameAddress() + s.payloadOffset, s.payloadBytes)) {
                return true;
            }
            if (frames >= core.config.maxReceiveFrames() || !mayKeep(t, frames)) {
                return false;
            }
            if (t.socket == null) {
                core.budget.unacceptedFrames++;
            }
        }
        t.receiveQueue.add(s.take());
        core.budget.receiveFrames++;
        return true;
    }

    /** Whether data that nobody waits for should be copied behind other such data rather than keep its frame. */
    private boolean shouldCopy(int frames, Segment s) {
        return frames >= core.config.coalesceBeyondFrames()
                || (frames >= FRAMES_BEFORE_SMALL_COPIES && Reassembly.isSmall(s.payloadBytes, s.frame.frameBytes()))
                || core.budget.areFramesFew()
                || core.budget.isUnderPressure();
    }

    private boolean coalesce(Tcb t, long address, int lengthBytes) {
        boolean copied = t.receiveQueue.coalesce(address, lengthBytes);
        if (copied) {
            core.counters.rxCoalescedBytes.add(lengthBytes);
        }
        return copied;
    }

    private boolean mayKeep(Tcb t, int frames) {
        if (core.budget.mayKeepUnread(t, frames)) {
            return true;
        }
        core.behindGaps.makeRoomInOrder(t); // what lies behind gaps goes first
        return core.budget.mayKeepUnread(t, frames);
    }

    private void fillGap(Tcb t) {
        Reassembly reassembly = t.reassembly;
        int behind = reassembly.frames();
        int unread = t.receiveQueue.frames();
        while (!reassembly.isEmpty() && Sequence.leq(reassembly.firstSequence(), t.rcvNxt)) {
            int old = t.rcvNxt - reassembly.firstSequence();
            int length = reassembly.firstLength() - old;
            if (length <= 0) {
                reassembly.dropFirst();
                continue;
            }
            int moved = appendFirst(t, old, length);
            if (moved == 0) {
                break; // no frame is free: what was not acknowledged comes again
            }
            t.rcvNxt += moved;
        }
        int added = t.receiveQueue.frames() - unread;
        core.budget.receiveFrames += added;
        if (t.socket == null) {
            core.budget.unacceptedFrames += added;
        }
        core.behindGaps.filled(t, behind - reassembly.frames());
    }

    /**
     * Moves the first piece behind the gap to the receive queue, without its first {@code old} bytes: its frame, or a copy if
     * it is small or others lie in the frame. Returns how many bytes were moved.
     */
    private int appendFirst(Tcb t, int old, int length) {
        Reassembly reassembly = t.reassembly;
        boolean alone = reassembly.firstIsAlone();
        long address = reassembly.firstAddress() + old;
        if ((!alone || Reassembly.isSmall(length, core.pool.frameBytes())) && coalesce(t, address, length)) {
            reassembly.dropFirst();
            return length;
        }
        if (alone) {
            t.receiveQueue.add(reassembly.takeFirst().advance(old));
            return length;
        }
        Buffer copy = core.pool.allocate();
        if (copy == null) {
            return 0;
        }
        int moved = Math.min(length, copy.capacity());
        copy.length(moved);
        RawMemory.copy(address, copy.address(), moved);
        t.receiveQueue.add(copy);
        if (moved == length) {
            reassembly.dropFirst();
        }
        return moved;
    }

    /** There was no place for what came: the peer sends it again. */
    private void dropped() {
        core.counters.rxDroppedMemory.increment();
        if (core.budget.isUnderPressure()) {
            core.counters.rxDroppedFramesFew.count(core.pool.freeFrames());
        }
    }

    private void outOfOrder(Tcb t, Segment s) {
        core.counters.rxOutOfOrder.increment();
        int sequence = s.sequence;
        switch (core.behindGaps.keep(t, s.take(), sequence)) {
            case DUPLICATE -> core.counters.rxDuplicate.increment();
            case FULL -> dropped();
            case KEPT -> {}
        }
        t.duplicateAcksOwed++;
        SegmentArrival.oweAck(core, t);
    }

    // ---- FIN

    private void endOfStream(Tcb t) {
        t.finPending = false;
        t.endOfStream = true;
        t.rcvNxt++;
        t.rcvAdv = Sequence.max(t.rcvAdv, t.rcvNxt);
        SegmentArrival.oweAck(core, t);
        servePops(t);
        core.end.completePops(t, Status.OK);
        switch (t.state) {
            case ESTABLISHED -> t.state = TcpState.CLOSE_WAIT;
            case FIN_WAIT_1 -> t.state = TcpState.CLOSING;
            case FIN_WAIT_2 -> core.end.enterTimeWait(t);
            default -> throw new IllegalStateException("a FIN in " + t.state);
        }
    }

    // ---- pops

    /** Hands what is there to the pops that wait. */
    private void servePops(Tcb t) {
        while (t.firstPop != OperationTable.NONE && !t.receiveQueue.isEmpty()) {
            int slot = t.firstPop;
            t.firstPop = operations.rest(slot);
            handOver(core, t, slot, operations.lengthBytes(slot));
        }
    }

    /** Ends a pop with what comes next on the receive queue, which is not empty. */
    static void handOver(TcpCore core, Tcb t, int slot, int maxBytes) {
        ReceiveQueue queue = t.receiveQueue;
        int framesBefore = queue.frames();
        Buffer payload = queue.take(maxBytes, core.pool);
        core.budget.receiveFrames -= framesBefore - queue.frames();
        if (payload == null) {
            core.operations.lengthBytes(slot, 0);
            core.operations.complete(slot, Status.NO_MEMORY);
            return;
        }
        give(core, t, slot, payload);
    }

    private static void give(TcpCore core, Tcb t, int slot, Buffer payload) {
        ReceiveWindow.read(core, t, payload.length());
        core.operations.buffer(slot, payload);
        core.operations.lengthBytes(slot, payload.length());
        core.operations.complete(slot, Status.OK);
    }
}
