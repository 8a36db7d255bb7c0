package io.penstock.libos.tcp.link;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.wire.Checksum;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;

/**
 * What there is of a packet beside the piece that begins with its headers: payload that lies elsewhere, and how the device
 * is to segment it. Only for devices that have the offload. Reused; owner's thread.
 */
public final class TxPayload {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    private Buffer body;
    private int bodyOffset;
    private int bodyBytes;
    private int segmentBytes;
    private int packets = 1;

    /** Nothing: all payload lies behind the headers, and goes out as one packet. */
    public TxPayload none() {
        body = null;
        bodyBytes = 0;
        segmentBytes = 0;
        packets = 1;
        return this;
    }

    /**
     * The payload, or its last part, lies in another frame, which the device will hold as well; all else as {@link #none}.
     *
     * @param offset where it begins in that frame
     */
    public TxPayload body(Buffer frame, int offset, int lengthBytes) {
        body = frame;
        bodyOffset = offset;
        bodyBytes = lengthBytes;
        segmentBytes = 0;
        packets = 1;
        return this;
    }

    /**
     * The device makes segments of it (TSO).
     *
     * @param payloadBytes how much payload each segment gets
     * @param count how many there will be
     */
    public TxPayload segmentation(int payloadBytes, int count) {
        segmentBytes = payloadBytes;
        packets = count;
        return this;
    }

    /** How long the second piece is; 0 if there is none. */
    public int bodyBytes() {
        return bodyBytes;
    }

    /** The sum of the second piece for a checksum; it begins at an even place of the packet. */
    public long bodySum() {
        return body == null ? 0 : Checksum.sum(body.frameAddress() + bodyOffset, bodyBytes);
    }

    /** Whether the device is to segment it. */
    public boolean isSegmented() {
        return segmentBytes != 0;
    }

    /** How many packets the device makes of it. */
    public int packets() {
        return packets;
    }

    /** Says all this of the packet that was added last, and takes the hold on the second piece. */
    public void addTo(Burst burst) {
        if (body != null) {
            ACCESS.hold(body);
            burst.body(body, bodyOffset, bodyBytes);
            body = null; // whoever has it now gives it back: nothing here keeps it from the garbage collector
        }
        if (segmentBytes != 0) {
            burst.segmentation(segmentBytes);
        }
    }
}
