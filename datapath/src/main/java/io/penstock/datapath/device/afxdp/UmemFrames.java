package io.penstock.datapath.device.afxdp;

import io.penstock.memory.Buffer;
import io.penstock.memory.FramePool;

/**
 * The UMEM: a pool's frames as the kernel addresses them, and which of them the kernel has.
 *
 * <pre>
 *   UMEM = region
 *   +-----------+-----------+--  --+
 *   |  chunk 0  |  chunk 1  |      |     offset in the UMEM = (frame index &lt;&lt; shift) + offset in the frame
 *   +-----------+-----------+--  --+
 *   | 256 | received packet |            XDP keeps 256 bytes free in front of what it receives
 * </pre>
 *
 * <p>A descriptor names bytes, not an owner. So it is written down here what each frame was given to the kernel for; when
 * the device is closed, every frame that the kernel did not return goes home by this record.
 */
final class UmemFrames {
    private static final byte OURS = 0;
    private static final byte RECEIVING = -1;

    private final FramePool pool;
    private final int shift;
    private final int mask;
    /** {@link #OURS}, {@link #RECEIVING}, or how many times it lies in the tx ring. */
    private final byte[] given;

    UmemFrames(FramePool pool) {
        this.pool = pool;
        this.shift = Integer.numberOfTrailingZeros(pool.frameBytes());
        this.mask = pool.frameBytes() - 1;
        this.given = new byte[pool.capacityFrames()];
    }

    FramePool pool() {
        return pool;
    }

    int frameBytes() {
        return mask + 1;
    }

    int offsetInFrame(long umemOffset) {
        return (int) umemOffset & mask;
    }

    /** Gives a fresh frame to the kernel to receive into. Returns its offset in the UMEM. */
    long giveForReceiving(Buffer frame) {
        int index = frame.frameIndex();
        given[index] = RECEIVING;
        return (long) index << shift;
    }

    /** Takes a frame back that the kernel has received into, with the reference that it was allocated with. */
    Buffer takeReceived(long umemOffset) {
        int index = (int) (umemOffset >>> shift);
        given[index] = OURS;
        return pool.frame(index);
    }

    /** Gives a held frame to the kernel to transmit. Returns its offset in the UMEM. */
    long giveForTransmission(Buffer frame) {
        int index = frame.frameIndex();
        given[index]++;
        return (long) index << shift;
    }

    /** Takes a frame back that was transmitted, and gives its hold back. */
    void takeTransmitted(long umemOffset) {
        int index = (int) (umemOffset >>> shift);
        given[index]--;
        pool.frame(index).unhold();
    }

    /** Sends every frame home that the kernel still has. Only after its sockets are closed. */
    void takeAll() {
        for (int i = 0; i < given.length; i++) {
            if (given[i] == RECEIVING) {
                given[i] = OURS;
                pool.frame(i).release();
            }
            while (given[i] > 0) {
                given[i]--;
                pool.frame(i).unhold();
            }
        }
    }
}
