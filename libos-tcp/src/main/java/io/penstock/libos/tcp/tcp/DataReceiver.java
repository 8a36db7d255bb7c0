package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.libos.tcp.stream.Reassembly;
import io.penstock.libos.tcp.stream.ReceiveQueue;
import io.penstock.libos.tcp.stream.Sequence;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;

/** Text and FIN of a segment (RFC 9293, section 3.10.7.4, seventh and eighth step), and the way of data to pops. */
final class DataReceiver {
    /** So many unread frames of a connection may be used badly: a small segment keeps its frame. */
    private static final int FRAMES_BEFORE_SMALL_COPIES = 4;

    private final TcpContext context;
    private final BehindGaps behindGaps;
    private final ConnectionEnd end;
    private final OperationTable operations;

    DataReceiver(TcpContext context, BehindGaps behindGaps, ConnectionEnd end) {
        this.context = context;
        this.behindGaps = behindGaps;
        this.end = end;
        operations = context.operations;
    }

    void receive(TcpConnection c, Segment s) {
        if (!c.state.mayReceive()) {
            return; // the peer has sent its FIN: what comes behind it is an error of the peer's
        }
        boolean fin = s.has(TcpHeader.FIN);
        int endSequence = s.sequence + s.payloadBytes;
        if (s.payloadBytes > 0) {
            if (c.orphan && Sequence.gt(endSequence, c.receive.nxt)) {
                end.abort(c, Status.CONNECTION_ABORTED); // nobody will read it (RFC 9293, section 3.6.1)
                return;
            }
            fin &= Sequence.leq(endSequence, c.receive.adv); // a FIN behind what does not fit comes again
            text(c, s);
        }
        if (fin) {
            c.receive.finPending = true;
            c.receive.finSequence = endSequence;
            if (c.receive.nxt != endSequence) {
                context.oweAck(c);
            }
        }
        if (c.receive.finPending && c.receive.finSequence == c.receive.nxt) {
            endOfStream(c);
        }
    }

    // ---- text

    private void text(TcpConnection c, Segment s) {
        int old = c.receive.nxt - s.sequence;
        if (old > 0) {
            if (old >= s.payloadBytes) {
                context.counters.rxDuplicate.increment();
                context.oweAck(c);
                return;
            }
            s.trimFront(old);
        }
        int room = c.receive.adv - s.sequence;
        if (s.payloadBytes > room) {
            if (room <= 0) {
                context.counters.rxOutOfWindow.increment();
                context.oweAck(c); // a probe of our zero window (MUST-37)
                return;
            }
            s.payloadBytes = room;
        }
        if (s.sequence == c.receive.nxt) {
            inOrder(c, s);
        } else {
            outOfOrder(c, s);
        }
    }

    private void inOrder(TcpConnection c, Segment s) {
        int length = s.payloadBytes;
        if (!accept(c, s)) {
            dropped();
            context.oweAck(c);
            return;
        }
        c.receive.nxt += length;
        c.receive.unackedBytes += length;
        c.receive.mss = Math.max(c.receive.mss, length);
        c.receive.ackPending = true;
        c.receive.duplicateAcksOwed = 0;
        if (c.receive.behindGap) {
            fillGap(c);
            c.receive.ackNow = true; // RFC 5681, section 4.2: at once when a gap is filled, in part or in full
        } else if (c.receive.unackedBytes >= 2 * c.receive.mss) {
            c.receive.ackNow = true; // every second full segment
        }
        context.markReady(c);
        servePops(c);
    }

    /**
     * Gives in-order payload to the pop that waits, or puts it on the receive queue: the frame itself, or a copy if frames are
     * many and this one is small.
     */
    private boolean accept(TcpConnection c, Segment s) {
        if (context.budget.isExhausted()) {
            behindGaps.makeRoomInOrder(c);
            if (context.budget.isExhausted()) {
                return false;
            }
        }
        int pop = c.receive.firstPop;
        if (pop != OperationTable.NONE && s.payloadBytes <= operations.lengthBytes(pop)) {
            c.receive.firstPop = operations.rest(pop);
            give(c, pop, s.take()); // nothing lies unread before it, or the pop would not wait
            return true;
        }
        if (pop == OperationTable.NONE) {
            int frames = c.receive.queue.frames();
            if (frames > 0
                    && shouldCopy(frames, s)
                    && coalesce(c, s.frame.frameAddress() + s.payloadOffset, s.payloadBytes)) {
                return true;
            }
            if (frames >= context.config.maxReceiveFrames() || !mayKeep(c, frames)) {
                return false;
            }
            if (c.socket == null) {
                context.budget.unacceptedFrames++;
            }
        }
        context.receiveQueue(c).add(s.take());
        context.budget.receiveFrames++;
        return true;
    }

    /** Whether data that nobody waits for should be copied behind other such data rather than keep its frame. */
    private boolean shouldCopy(int frames, Segment s) {
        return frames >= context.config.coalesceBeyondFrames()
                || (frames >= FRAMES_BEFORE_SMALL_COPIES && Reassembly.isSmall(s.payloadBytes, s.frame.frameBytes()))
                || context.budget.areFramesFew()
                || context.budget.isUnderPressure();
    }

    private boolean coalesce(TcpConnection c, long address, int lengthBytes) {
        boolean copied = c.receive.queue.coalesce(address, lengthBytes);
        if (copied) {
            context.counters.rxCoalescedBytes.add(lengthBytes);
        }
        return copied;
    }

    private boolean mayKeep(TcpConnection c, int frames) {
        if (context.budget.mayKeepUnread(c.socket != null, frames)) {
            return true;
        }
        behindGaps.makeRoomInOrder(c); // what lies behind gaps goes first
        return context.budget.mayKeepUnread(c.socket != null, frames);
    }

    private void fillGap(TcpConnection c) {
        Reassembly reassembly = c.receive.reassembly;
        int behind = reassembly.frames();
        int unread = c.receive.queue.frames();
        while (!reassembly.isEmpty() && Sequence.leq(reassembly.firstSequence(), c.receive.nxt)) {
            int old = c.receive.nxt - reassembly.firstSequence();
            int length = reassembly.firstLength() - old;
            if (length <= 0) {
                reassembly.dropFirst();
                continue;
            }
            int moved = appendFirst(c, old, length);
            if (moved == 0) {
                break; // no frame is free: what was not acknowledged comes again
            }
            c.receive.nxt += moved;
        }
        int added = c.receive.queue.frames() - unread;
        context.budget.receiveFrames += added;
        if (c.socket == null) {
            context.budget.unacceptedFrames += added;
        }
        behindGaps.filled(c, behind - reassembly.frames());
    }

    /**
     * Moves the first piece behind the gap to the receive queue, without its first {@code old} bytes: its frame, or a copy if
     * it is small or others lie in the frame. Returns how many bytes were moved.
     */
    private int appendFirst(TcpConnection c, int old, int length) {
        Reassembly reassembly = c.receive.reassembly;
        boolean alone = reassembly.firstIsAlone();
        long address = reassembly.firstAddress() + old;
        if ((!alone || Reassembly.isSmall(length, context.pool.frameBytes())) && coalesce(c, address, length)) {
            reassembly.dropFirst();
            return length;
        }
        if (alone) {
            context.receiveQueue(c).add(reassembly.takeFirst().advance(old));
            return length;
        }
        Buffer copy = context.pool.allocate();
        if (copy == null) {
            return 0;
        }
        int moved = Math.min(length, copy.capacity());
        copy.length(moved);
        RawMemory.copy(address, copy.address(), moved);
        context.receiveQueue(c).add(copy);
        if (moved == length) {
            reassembly.dropFirst();
        }
        return moved;
    }

    /** There was no place for what came: the peer sends it again. */
    private void dropped() {
        context.counters.rxDroppedMemory.increment();
        if (context.budget.isUnderPressure()) {
            context.counters.rxDroppedFramesFew.count(context.pool.freeFrames());
        }
    }

    private void outOfOrder(TcpConnection c, Segment s) {
        context.counters.rxOutOfOrder.increment();
        int sequence = s.sequence;
        switch (behindGaps.keep(c, s.take(), sequence)) {
            case DUPLICATE -> context.counters.rxDuplicate.increment();
            case FULL -> dropped();
            case KEPT -> {}
        }
        c.receive.duplicateAcksOwed++;
        context.oweAck(c);
    }

    // ---- FIN

    private void endOfStream(TcpConnection c) {
        c.receive.reachEnd();
        context.oweAck(c);
        servePops(c);
        end.completePops(c, Status.OK);
        switch (c.state) {
            case ESTABLISHED -> c.state = TcpState.CLOSE_WAIT;
            case FIN_WAIT_1 -> c.state = TcpState.CLOSING;
            case FIN_WAIT_2 -> end.enterTimeWait(c);
            default -> throw new IllegalStateException("a FIN in " + c.state);
        }
    }

    // ---- pops

    /** Hands what is there to the pops that wait. */
    private void servePops(TcpConnection c) {
        while (c.receive.firstPop != OperationTable.NONE && !c.receive.queue.isEmpty()) {
            int slot = c.receive.firstPop;
            c.receive.firstPop = operations.rest(slot);
            handOver(c, slot, operations.lengthBytes(slot));
        }
    }

    /** Ends a pop with what comes next on the receive queue, which is not empty. */
    void handOver(TcpConnection c, int slot, int maxBytes) {
        ReceiveQueue queue = c.receive.queue;
        int framesBefore = queue.frames();
        Buffer payload = queue.take(maxBytes, context.pool);
        context.budget.receiveFrames -= framesBefore - queue.frames();
        context.giveBackIdle(c.receive);
        if (payload == null) {
            operations.lengthBytes(slot, 0);
            operations.complete(slot, Status.NO_MEMORY);
            return;
        }
        give(c, slot, payload);
    }

    private void give(TcpConnection c, int slot, Buffer payload) {
        c.receive.read(payload.length(), context.budget);
        operations.buffer(slot, payload);
        operations.lengthBytes(slot, payload.length());
        operations.complete(slot, Status.OK);
    }
}
