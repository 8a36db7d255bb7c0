package io.penstock.datapath.device;

import io.penstock.memory.Buffer;

/**
 * A run of packets between a device and a stack: frames, and where in them the packet lies.
 *
 * <p>The offset and length stand here and not in the buffer, because a transmitted frame's window belongs to the
 * application that may still read it. Reused; owner's thread.
 */
public final class Burst {
    private final Buffer[] frames;
    private final int[] offsets;
    private final int[] lengths;
    private int count;

    public Burst(int capacity) {
        frames = new Buffer[capacity];
        offsets = new int[capacity];
        lengths = new int[capacity];
    }

    /** Adds one packet; the caller has checked {@link #isFull()}. */
    public void add(Buffer frame, int offset, int lengthBytes) {
        int i = count;
        frames[i] = frame;
        offsets[i] = offset;
        lengths[i] = lengthBytes;
        count = i + 1;
    }

    public Buffer frame(int i) {
        return frames[i];
    }

    /** Where packet {@code i} begins in its frame. */
    public int offset(int i) {
        return offsets[i];
    }

    /** How long packet {@code i} is, from the Ethernet header on, without the frame check sequence. */
    public int length(int i) {
        return lengths[i];
    }

    /** The absolute address of packet {@code i}. */
    public long address(int i) {
        return frames[i].frameAddress() + offsets[i];
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

    public void clear() {
        count = 0;
    }

    /** Drops the first {@code n} packets, which somebody else has taken over. */
    public void dropFirst(int n) {
        int left = count - n;
        if (n != 0 && left != 0) {
            System.arraycopy(frames, n, frames, 0, left);
            System.arraycopy(offsets, n, offsets, 0, left);
            System.arraycopy(lengths, n, lengths, 0, left);
        }
        count = left;
    }
}
