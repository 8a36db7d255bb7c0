package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.datapath.wire.TcpOptions;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.SendResult;
import io.penstock.libos.tcp.ip.TxOffloads;
import io.penstock.libos.tcp.link.TxPayload;
import io.penstock.libos.tcp.stream.OptionTemplate;
import io.penstock.libos.tcp.stream.SendBuffer;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;

/**
 * Writes segments into frames and gives them down.
 *
 * <p>Payload goes out of the application's own frame, with the header written into its headroom, whenever the entry owns
 * that headroom and nobody but this queue holds the frame. Else, if the device puts packets together, the header goes in a
 * frame from the reserve and the payload from where it lies, with a hold for the device, behind a copy of what lies in other
 * entries before it; else a copy goes.
 */
final class SegmentWriter {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** NICs refuse to cut into smaller segments (Intel's 700 series; others take less). */
    private static final int MIN_TSO_SEGMENT_BYTES = 256;

    private final TcpContext context;
    private final Counter segments;
    private final int frameBytes;
    private final int headroomBytes;
    private final TxPayload rest = new TxPayload();
    /** What became of the last segment; null if no frame was free for it. */
    private SendResult last;

    SegmentWriter(TcpContext context) {
        this.context = context;
        segments = context.counters.txSegments;
        frameBytes = context.pool.frameBytes();
        headroomBytes = context.pool.headroomBytes();
    }

    /** Whether the last segment did not go because the transmit queue was full: nobody else's will go either. */
    boolean queueIsFull() {
        return last == SendResult.QUEUE_FULL;
    }

    /** Whether the last segment did not go because too many wait for its neighbour's answer: others' will go. */
    boolean neighbourIsBusy() {
        return last == SendResult.NEIGHBOUR_BUSY;
    }

    /** Whether the last segment had no way to the peer. */
    boolean wasUnreachable() {
        return last == SendResult.UNREACHABLE;
    }

    /** SMSS (RFC 5681), as the path is now: what a segment to this peer may carry. */
    int smss(TcpConnection c) {
        int max = Math.min(c.send.peerMss, fitting(c.path, c.path.mtuPayloadBytes()));
        return max - c.send.options.lengthBytes(); // RFC 6691: neither side's MSS counts them
    }

    /** The MSS option of a SYN (RFC 6691): what a segment from this peer may carry, options not counted. */
    int maxPayload(IpPath path) {
        return fitting(path, path.linkPayloadBytes());
    }

    private int fitting(IpPath path, int packetBytes) {
        int room = Math.max(headroomBytes, path.headerRoomBytes() + TcpHeader.MAX_LENGTH_BYTES);
        return Math.min(packetBytes - TcpHeader.LENGTH_BYTES, frameBytes - room);
    }

    /**
     * How many bytes from {@code sequence} on one packet could carry that the device cuts: as far as they can go from where
     * they lie. 0 if the device cuts none.
     */
    int maxTsoBytes(TcpConnection c, int position, int sequence) {
        TxOffloads offloads = c.path.offloads();
        if (offloads.maxTsoBytes() == 0 || smss(c) < MIN_TSO_SEGMENT_BYTES) {
            return 0;
        }
        SendBuffer queue = c.send.buffer;
        int length = Math.min(queue.left(position, sequence), offloads.maxTsoBytes());
        boolean gathered = offloads.bodies() && queue.canGather(position, sequence, length);
        return gathered || goesInPlace(c, position, sequence, length) ? length : 0;
    }

    private boolean goesInPlace(TcpConnection c, int position, int sequence, int length) {
        SendBuffer queue = c.send.buffer;
        return queue.isInPlace(position, sequence, length)
                && ACCESS.holds(queue.frame(position)) == 1
                && queue.offset(position) >= c.path.headerRoomBytes() + c.send.headerBytes();
    }

    /**
     * Sends bytes of the send queue.
     *
     * @param segmentBytes if less than the length, the device cuts the packet ({@link #maxTsoBytes}) into segments of so
     *     many bytes
     * @return false if nothing went because the transmit queue is full, no frame is free, or the neighbour is busy
     */
    boolean data(TcpConnection c, int sequence, int length, int flags, int segmentBytes) {
        SendBuffer queue = c.send.buffer;
        int position = queue.find(sequence);
        int allFlags = flags | TcpHeader.ACK;
        int end = sequence + length;
        if (end == c.send.end || queue.endsPush(position, end)) {
            allFlags |= TcpHeader.PSH;
        }
        TxPayload whole = length > segmentBytes ? rest.none() : null;
        if (goesInPlace(c, position, sequence, length)) {
            Buffer frame = queue.frame(position);
            int header = queue.offset(position) - c.send.headerBytes();
            return give(c, frame, header, sequence, length, allFlags, whole, segmentBytes);
        }
        Buffer frame = ACCESS.allocateReserved(context.pool);
        if (frame == null) {
            last = null;
            context.counters.txBlocked.increment();
            return false;
        }
        int headerBytes = c.send.headerBytes();
        int header = Math.max(headroomBytes - headerBytes, c.path.headerRoomBytes());
        int copied = length;
        int last = position;
        if (c.path.offloads().bodies()) {
            last = queue.lastOf(position, sequence, length);
            int before = queue.bytesBefore(last, sequence);
            before += before & 1; // the checksum's words go on in the second piece
            if (queue.canGather(last, sequence + before, length - before)) {
                copied = before;
            }
        }
        if (copied > 0) {
            queue.copy(position, sequence, copied, frame.frameAddress() + header + headerBytes);
            context.counters.txCopiedBytes.add(copied);
        }
        boolean went;
        if (copied < length) {
            rest.body(queue.frame(last), queue.offsetOf(last, sequence + copied), length - copied);
            went = give(c, frame, header, sequence, copied, allFlags, rest, segmentBytes);
            if (went) {
                queue.wasGathered(last);
                context.counters.txGatheredBytes.add(length - copied);
            }
        } else {
            went = give(c, frame, header, sequence, length, allFlags, whole, segmentBytes);
        }
        frame.release();
        return went;
    }

    /**
     * Writes the header of a segment with payload and gives it down.
     *
     * @param payloadBytes as much of it as lies behind the header
     * @param payload what else there is; null if that is all, and goes out as one packet
     */
    private boolean give(
            TcpConnection c,
            Buffer frame,
            int header,
            int sequence,
            int payloadBytes,
            int flags,
            TxPayload payload,
            int segmentBytes) {
        int length = payloadBytes + (payload == null ? 0 : payload.bodyBytes());
        int packets = 1;
        if (length > segmentBytes) {
            packets = (length + segmentBytes - 1) / segmentBytes;
            payload.segmentation(segmentBytes, packets);
        }
        long at = frame.frameAddress() + header;
        int headerBytes = c.send.headerBytes();
        int firstBytes = headerBytes + payloadBytes;
        write(c, at, sequence, headerBytes, flags);
        c.send.options.write(at + TcpHeader.LENGTH_BYTES);
        checksum(c, at, firstBytes, payload);
        if (!sent(c, c.path.send(frame, header, firstBytes, TcpHeader.PROTOCOL, true, payload), flags)) {
            return false;
        }
        if (packets > 1) {
            segments.add(packets - 1);
            context.counters.txTsoPackets.increment();
        }
        return true;
    }

    /** As far as the device does not do it. */
    private static void checksum(TcpConnection c, long header, int firstBytes, TxPayload payload) {
        if (payload != null && payload.isSegmented()) {
            TcpHeader.unfinishedChecksum(header, c.pseudoHeaderSum); // each segment has a length of its own
            return;
        }
        long sum = c.pseudoHeaderSum + firstBytes + (payload == null ? 0 : payload.bodyBytes());
        if (c.path.offloads().tcpChecksum()) {
            TcpHeader.unfinishedChecksum(header, sum);
        } else {
            TcpHeader.checksum(header, firstBytes, payload == null ? sum : sum + payload.bodySum());
        }
    }

    /** Sends a segment without payload. Returns false as {@link #data} does. */
    boolean control(TcpConnection c, int sequence, int flags) {
        Buffer frame = ACCESS.allocateReserved(context.pool);
        if (frame == null) {
            last = null;
            context.counters.txBlocked.increment();
            return false;
        }
        int header = Math.max(headroomBytes, c.path.headerRoomBytes());
        long address = frame.frameAddress() + header;
        int headerBytes = c.send.headerBytes();
        if ((flags & TcpHeader.SYN) != 0) {
            headerBytes = TcpHeader.LENGTH_BYTES
                    + TcpOptions.writeSyn(
                            address + TcpHeader.LENGTH_BYTES,
                            maxPayload(c.path),
                            c.receive.windowScaling ? c.receive.wndShift : TcpOptions.NONE);
        } else {
            c.send.options.write(address + TcpHeader.LENGTH_BYTES);
        }
        write(c, address, sequence, headerBytes, flags);
        checksum(c, address, headerBytes, null);
        SendResult result = c.path.send(frame, header, headerBytes, TcpHeader.PROTOCOL);
        frame.release();
        return sent(c, result, flags);
    }

    /**
     * Sends a segment that belongs to no connection: a reset for a port where nobody is, an ACK out of TIME-WAIT. Nothing
     * is remembered if it cannot go now: whoever provoked it will try again.
     *
     * @return whether it went
     */
    boolean stateless(IpPath path, int ports, int sequence, int acknowledgment, int flags, int window) {
        return sendBare(path, ports, sequence, acknowledgment, flags, window, OptionTemplate.NONE) == SendResult.SENT;
    }

    /**
     * Sends what makes the peer answer with an ACK: an empty segment from before its window. As it may look at nothing but
     * that number, nothing that the segment says counts as said.
     *
     * @return null if no frame was free
     */
    SendResult probe(TcpConnection c) {
        int window = c.receive.lastWindowField();
        return sendBare(c.path, c.ports, c.send.una - 1, c.receive.nxt, TcpHeader.ACK, window, c.send.options);
    }

    private SendResult sendBare(
            IpPath path, int ports, int sequence, int acknowledgment, int flags, int window, OptionTemplate options) {
        Buffer frame = path == null ? null : ACCESS.allocateReserved(context.pool);
        if (frame == null) {
            return null;
        }
        int offset = Math.max(headroomBytes, path.headerRoomBytes());
        long header = frame.frameAddress() + offset;
        TcpHeader.ports(header, ports);
        int lengthBytes = TcpHeader.LENGTH_BYTES + options.lengthBytes();
        int lengthAndFlags = TcpHeader.headerBytesAndFlags(lengthBytes, flags);
        TcpHeader.write(header, sequence, acknowledgment, lengthAndFlags, window);
        options.write(header + TcpHeader.LENGTH_BYTES);
        SendResult result = finish(path, frame, offset, lengthBytes);
        if (result == SendResult.SENT) {
            segments.increment();
            if ((flags & TcpHeader.RST) != 0) {
                context.counters.resetsSent.increment();
            }
        }
        return result;
    }

    /** Sends the SYN-ACK of a connection that has no control block yet. */
    SendResult synAck(IpPath path, HalfOpenTable table, int e) {
        Buffer frame = ACCESS.allocateReserved(context.pool);
        if (frame == null) {
            context.counters.txBlocked.increment();
            return SendResult.QUEUE_FULL;
        }
        int offset = Math.max(headroomBytes, path.headerRoomBytes());
        long header = frame.frameAddress() + offset;
        int ports = table.ports(e);
        boolean scaled = table.windowShift(e) != TcpOptions.NONE;
        int shift = scaled ? ReceiveState.shiftFor(context.config.maxReceiveBufferBytes()) : TcpOptions.NONE;
        int length =
                TcpHeader.LENGTH_BYTES + TcpOptions.writeSyn(header + TcpHeader.LENGTH_BYTES, maxPayload(path), shift);
        TcpHeader.ports(header, ports);
        int lengthAndFlags = TcpHeader.headerBytesAndFlags(length, TcpHeader.SYN | TcpHeader.ACK);
        TcpHeader.write(header, table.iss(e), table.irs(e) + 1, lengthAndFlags, table.ownWindow(e));
        SendResult result = finish(path, frame, offset, length);
        if (result == SendResult.SENT) {
            segments.increment();
        } else if (result == SendResult.QUEUE_FULL) {
            context.counters.txBlocked.increment();
        }
        return result;
    }

    /** The checksum of a segment without a connection, and down with it. */
    private SendResult finish(IpPath path, Buffer frame, int offset, int lengthBytes) {
        long header = frame.frameAddress() + offset;
        long sum = path.pseudoHeaderSum(TcpHeader.PROTOCOL) + lengthBytes;
        if (path.offloads().tcpChecksum()) {
            TcpHeader.unfinishedChecksum(header, sum);
        } else {
            TcpHeader.checksum(header, lengthBytes, sum);
        }
        SendResult result = path.send(frame, offset, lengthBytes, TcpHeader.PROTOCOL);
        frame.release();
        return result;
    }

    private void write(TcpConnection c, long header, int sequence, int headerBytes, int flags) {
        TcpHeader.ports(header, c.ports);
        TcpHeader.write(
                header,
                sequence,
                (flags & TcpHeader.ACK) != 0 ? c.receive.nxt : 0,
                TcpHeader.headerBytesAndFlags(headerBytes, flags),
                (flags & TcpHeader.SYN) != 0 ? c.receive.synWindowField() : c.receive.windowField(context.budget));
    }

    /** A segment without a way to the peer counts as sent and lost: the timers decide how long to try. */
    private boolean sent(TcpConnection c, SendResult result, int flags) {
        last = result;
        if (result == SendResult.QUEUE_FULL || result == SendResult.NEIGHBOUR_BUSY) {
            context.counters.txBlocked.increment();
            return false;
        }
        if (result == SendResult.SENT) {
            segments.increment();
            if ((flags & TcpHeader.RST) != 0) {
                context.counters.resetsSent.increment();
            }
        }
        if ((flags & TcpHeader.ACK) != 0) {
            c.acknowledged();
        }
        return true;
    }
}
