package io.penstock.datapath.device;

import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;

/**
 * A run of packets between a device and a stack: frames, and where in them the packet lies.
 *
 * <p>The offset and length stand here and not in the buffer, because a transmitted frame's window belongs to the
 * application that may still read it. A packet to be sent may have a second piece, its body, which follows the first on
 * the wire and has a hold of its own. Reused; owner's thread.
 *
 * <pre>
 *   packet i   frame, offset, length | flags
 *                                        RX_HASH              hash
 *                                        HAS_BODY             body, body's offset, body's length
 *                                        TX_TCP_SEGMENTATION  segment's bytes
 * </pre>
 */
public final class Burst {
    private final Buffer[] frames;
    private final int[] offsets;
    private final int[] lengths;
    private final int[] flags;
    // Valid where a flag says so.
    private final int[] hashes;
    private final Buffer[] bodies;
    private final int[] bodyOffsets;
    private final int[] bodyLengths;
    private final int[] segmentBytes;
    private int count;
    /** Whether any packet may have had a flag since there was none at all; what plain packets do not use is not moved. */
    private boolean flagged;

    public Burst(int capacity) {
        frames = new Buffer[capacity];
        offsets = new int[capacity];
        lengths = new int[capacity];
        flags = new int[capacity];
        hashes = new int[capacity];
        bodies = new Buffer[capacity];
        bodyOffsets = new int[capacity];
        bodyLengths = new int[capacity];
        segmentBytes = new int[capacity];
    }

    // ---- adding

    /** Adds one packet without flags; the caller has checked {@link #isFull()}. */
    public void add(Buffer frame, int offset, int lengthBytes) {
        int i = count;
        frames[i] = frame;
        offsets[i] = offset;
        lengths[i] = lengthBytes;
        flags[i] = 0;
        count = i + 1;
    }

    /** Sets flags of the packet that was added last, beside those that it has. */
    public void flag(int packetFlags) {
        flags[count - 1] |= packetFlags;
        flagged = true;
    }

    /** Gives the packet that was added last the hash of its addresses and ports. */
    public void hashed(int hash) {
        hashes[count - 1] = hash;
        flag(PacketFlags.RX_HASH);
    }

    /**
     * Gives the packet that was added last its second piece.
     *
     * @param frame carries a hold of its own
     * @param offset where the piece begins in its frame
     */
    public void body(Buffer frame, int offset, int lengthBytes) {
        int i = count - 1;
        bodies[i] = frame;
        bodyOffsets[i] = offset;
        bodyLengths[i] = lengthBytes;
        flag(PacketFlags.HAS_BODY);
    }

    /**
     * Has the packet that was added last cut by the device.
     *
     * @param payloadBytes how much payload each segment gets; the last one gets what is left
     */
    public void segmentation(int payloadBytes) {
        segmentBytes[count - 1] = payloadBytes;
        flag(PacketFlags.TX_TCP_SEGMENTATION | PacketFlags.TX_TCP_CHECKSUM | PacketFlags.TX_IPV4_CHECKSUM);
    }

    /** Adds packet {@code i} of another burst, with all that is said of it. */
    public void addFrom(Burst other, int i) {
        add(other.frames[i], other.offsets[i], other.lengths[i]);
        int packetFlags = other.flags[i];
        if (packetFlags != 0) {
            int last = count - 1;
            hashes[last] = other.hashes[i];
            bodies[last] = other.bodies[i];
            bodyOffsets[last] = other.bodyOffsets[i];
            bodyLengths[last] = other.bodyLengths[i];
            segmentBytes[last] = other.segmentBytes[i];
            flag(packetFlags);
        }
    }

    // ---- reading

    public Buffer frame(int i) {
        return frames[i];
    }

    /** Where packet {@code i} begins in its frame. */
    public int offset(int i) {
        return offsets[i];
    }

    /**
     * How long packet {@code i} is, from the Ethernet header on, without the frame check sequence; without its body, if it
     * has one.
     */
    public int length(int i) {
        return lengths[i];
    }

    /** How long packet {@code i} is with its body. */
    public int totalLength(int i) {
        return hasBody(i) ? lengths[i] + bodyLengths[i] : lengths[i];
    }

    /** The absolute address of packet {@code i}. */
    public long address(int i) {
        return frames[i].frameAddress() + offsets[i];
    }

    /** What is said of packet {@code i}: a combination of {@link PacketFlags}. */
    public int flags(int i) {
        return flags[i];
    }

    /** The device's hash of packet {@code i}'s addresses and ports; valid with {@link PacketFlags#RX_HASH}. */
    public int hash(int i) {
        return hashes[i];
    }

    /** Whether packet {@code i} has a second piece. */
    public boolean hasBody(int i) {
        return (flags[i] & PacketFlags.HAS_BODY) != 0;
    }

    /** The frame of packet {@code i}'s second piece; valid with {@link PacketFlags#HAS_BODY}. */
    public Buffer body(int i) {
        return bodies[i];
    }

    /** Where packet {@code i}'s second piece begins in its frame. */
    public int bodyOffset(int i) {
        return bodyOffsets[i];
    }

    /** How long packet {@code i}'s second piece is. */
    public int bodyLength(int i) {
        return bodyLengths[i];
    }

    /** The absolute address of packet {@code i}'s second piece. */
    public long bodyAddress(int i) {
        return bodies[i].frameAddress() + bodyOffsets[i];
    }

    /** How much payload each segment of packet {@code i} gets; valid with {@link PacketFlags#TX_TCP_SEGMENTATION}. */
    public int segmentBytes(int i) {
        return segmentBytes[i];
    }

    /**
     * Gives the holds of packet {@code i} back: its frame's, and its body's if it has one.
     *
     * @param access the caller's
     */
    public void unhold(FrameAccess access, int i) {
        access.unhold(frames[i]);
        if (hasBody(i)) {
            access.unhold(bodies[i]);
        }
    }

    public int count() {
        return count;
    }

    public int capacity() {
        return frames.length;
    }

    public boolean isFull() {
        return count == frames.length;
    }

    /** Drops all packets; their holds and references are the caller's affair. */
    public void clear() {
        count = 0;
        flagged = false;
    }

    /** Drops the first {@code n} packets, which somebody else has taken over. */
    public void dropFirst(int n) {
        int left = count - n;
        if (n != 0 && left != 0) {
            System.arraycopy(frames, n, frames, 0, left);
            System.arraycopy(offsets, n, offsets, 0, left);
            System.arraycopy(lengths, n, lengths, 0, left);
            System.arraycopy(flags, n, flags, 0, left);
            if (flagged) {
                System.arraycopy(hashes, n, hashes, 0, left);
                System.arraycopy(bodies, n, bodies, 0, left);
                System.arraycopy(bodyOffsets, n, bodyOffsets, 0, left);
                System.arraycopy(bodyLengths, n, bodyLengths, 0, left);
                System.arraycopy(segmentBytes, n, segmentBytes, 0, left);
            }
        }
        count = left;
        flagged &= left != 0;
    }
}
