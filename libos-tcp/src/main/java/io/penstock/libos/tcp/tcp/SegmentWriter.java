package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.SendResult;
import io.penstock.memory.Buffer;

/**
 * Writes segments into frames and gives them down.
 *
 * <p>Payload goes out of the application's own frame, with the header written into its headroom, whenever the entry owns
 * that headroom and nobody but this queue holds the frame; else a copy goes, in a frame from the reserve.
 */
final class SegmentWriter {
    private final TcpCore core;
    private final int frameBytes;
    private final int headroomBytes;
    /** Whether the last segment did not go because the transmit queue was full: nobody else's will go either. */
    private boolean queueFull;
    /** Whether the last segment had no way to the peer. */
    private boolean unreachable;

    SegmentWriter(TcpCore core) {
        this.core = core;
        frameBytes = core.pool.frameBytes();
        headroomBytes = core.pool.headroomBytes();
    }

    boolean queueIsFull() {
        return queueFull;
    }

    boolean wasUnreachable() {
        return unreachable;
    }

    /** SMSS (RFC 5681), as the path is now: what a segment to this peer may carry. */
    int smss(Tcb t) {
        return Math.min(t.peerMss, maxPayload(t.path));
    }

    /** The MSS option of a SYN (RFC 6691): what a segment from this peer may carry, options not counted. */
    int maxPayload(IpPath path) {
        int room = Math.max(headroomBytes, path.headerRoomBytes() + TcpHeader.MAX_LENGTH_BYTES);
        return Math.min(path.mtuPayloadBytes() - TcpHeader.LENGTH_BYTES, frameBytes - room);
    }

    /**
     * Sends bytes of the send queue.
     *
     * @return false if nothing went because the transmit queue is full or no frame is free: try again next turn
     */
    boolean data(Tcb t, int sequence, int length, int flags) {
        RetransmissionQueue queue = t.sendQueue;
        int position = queue.find(sequence);
        int allFlags = flags | TcpHeader.ACK;
        int end = sequence + length;
        if (end == t.sndEnd || queue.endsPush(position, end)) {
            allFlags |= TcpHeader.PSH;
        }
        int room = t.path.headerRoomBytes() + TcpHeader.LENGTH_BYTES;
        if (queue.isInPlace(position, sequence, length)) {
            Buffer frame = queue.frame(position);
            int offset = queue.offset(position);
            if (frame.holds() == 1 && offset >= room) {
                int header = offset - TcpHeader.LENGTH_BYTES;
                finish(t, frame.frameAddress() + header, sequence, TcpHeader.LENGTH_BYTES, length, allFlags);
                return sent(
                        t, t.path.send(frame, header, TcpHeader.LENGTH_BYTES + length, TcpHeader.PROTOCOL), allFlags);
            }
        }
        Buffer frame = core.pool.allocateReserved();
        if (frame == null) {
            queueFull = false;
            core.counters.txBlocked.increment();
            return false;
        }
        int offset = Math.max(headroomBytes, room);
        queue.copy(position, sequence, length, frame.frameAddress() + offset);
        core.counters.txCopiedBytes.add(length);
        int header = offset - TcpHeader.LENGTH_BYTES;
        finish(t, frame.frameAddress() + header, sequence, TcpHeader.LENGTH_BYTES, length, allFlags);
        SendResult result = t.path.send(frame, header, TcpHeader.LENGTH_BYTES + length, TcpHeader.PROTOCOL);
        frame.release();
        return sent(t, result, allFlags);
    }

    /** Sends a segment without payload. Returns false as {@link #data} does. */
    boolean control(Tcb t, int sequence, int flags) {
        Buffer frame = core.pool.allocateReserved();
        if (frame == null) {
            queueFull = false;
            core.counters.txBlocked.increment();
            return false;
        }
        int header = Math.max(headroomBytes, t.path.headerRoomBytes());
        long address = frame.frameAddress() + header;
        int headerBytes = TcpHeader.LENGTH_BYTES;
        if ((flags & TcpHeader.SYN) != 0) {
            headerBytes += TcpOptions.writeSyn(
                    address + TcpHeader.LENGTH_BYTES,
                    maxPayload(t.path),
                    t.windowScaling ? t.rcvWndShift : TcpOptions.NONE);
        }
        finish(t, address, sequence, headerBytes, 0, flags);
        SendResult result = t.path.send(frame, header, headerBytes, TcpHeader.PROTOCOL);
        frame.release();
        return sent(t, result, flags);
    }

    /**
     * Sends a segment that belongs to no connection: a reset for a port where nobody is, an ACK out of TIME-WAIT. Nothing
     * is remembered if it cannot go now: whoever provoked it will try again.
     *
     * @return whether it went
     */
    boolean stateless(IpPath path, int ports, int sequence, int acknowledgment, int flags, int window) {
        Buffer frame = path == null ? null : core.pool.allocateReserved();
        if (frame == null) {
            return false;
        }
        int offset = Math.max(headroomBytes, path.headerRoomBytes());
        long header = frame.frameAddress() + offset;
        TcpHeader.ports(header, FourTuple.localPort(ports), FourTuple.remotePort(ports));
        TcpHeader.write(
                header, sequence, acknowledgment, TcpHeader.headerBytesAndFlags(TcpHeader.LENGTH_BYTES, flags), window);
        TcpHeader.checksum(header, TcpHeader.LENGTH_BYTES, path.pseudoHeaderSum(TcpHeader.PROTOCOL));
        boolean sent = path.send(frame, offset, TcpHeader.LENGTH_BYTES, TcpHeader.PROTOCOL) == SendResult.SENT;
        frame.release();
        if (sent) {
            core.counters.txSegments.increment();
            if ((flags & TcpHeader.RST) != 0) {
                core.counters.resetsSent.increment();
            }
        }
        return sent;
    }

    private void finish(Tcb t, long header, int sequence, int headerBytes, int payloadBytes, int flags) {
        TcpHeader.ports(header, t.localPort(), t.remotePort());
        TcpHeader.write(
                header,
                sequence,
                (flags & TcpHeader.ACK) != 0 ? t.rcvNxt : 0,
                TcpHeader.headerBytesAndFlags(headerBytes, flags),
                ReceiveWindow.field(core, t, (flags & TcpHeader.SYN) != 0));
        TcpHeader.checksum(header, headerBytes + payloadBytes, t.pseudoHeaderSum);
    }

    /** A segment without a way to the peer counts as sent and lost: the timers decide how long to try. */
    private boolean sent(Tcb t, SendResult result, int flags) {
        queueFull = result == SendResult.FULL;
        unreachable = result == SendResult.UNREACHABLE;
        if (queueFull) {
            core.counters.txBlocked.increment();
            return false;
        }
        if (result == SendResult.SENT) {
            core.counters.txSegments.increment();
            if ((flags & TcpHeader.RST) != 0) {
                core.counters.resetsSent.increment();
            }
        }
        if ((flags & TcpHeader.ACK) != 0) {
            t.acknowledged();
        }
        return true;
    }
}
