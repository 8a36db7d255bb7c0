package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.wire.TcpOptions;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;

/** A received segment, taken apart (RFC 9293, figure 5). One object is filled again and again. */
final class Segment {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    /** Null as soon as somebody has taken the frame over. */
    Buffer frame;

    /** Where the payload begins in the frame. */
    int payloadOffset;

    /** SEG.LEN without SYN and FIN. */
    int payloadBytes;

    int sequence;
    int acknowledgment;
    int flags;
    /** SEG.WND, not scaled. */
    int window;
    /** What it carries behind its header. */
    final TcpOptions options = new TcpOptions();

    /** Between whom. */
    FlowKey flow;

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** SEG.LEN: SYN and FIN count one each. */
    int sequenceLength() {
        return payloadBytes + (flags >> 1 & 1) + (flags & 1);
    }

    /** Drops bytes from the payload's front; the sequence number moves with them. */
    void trimFront(int bytes) {
        sequence += bytes;
        payloadOffset += bytes;
        payloadBytes -= bytes;
    }

    /** Takes the frame over, its window on the payload. */
    Buffer take() {
        Buffer taken = frame;
        frame = null;
        return ACCESS.window(taken, payloadOffset, payloadBytes);
    }
}
