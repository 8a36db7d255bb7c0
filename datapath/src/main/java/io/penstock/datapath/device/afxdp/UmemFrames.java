package io.penstock.datapath.device.afxdp;

import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;
import org.agrona.collections.Object2IntHashMap;

/**
 * The UMEM: a region's memory as the kernel addresses it, and what of it the kernel has.
 *
 * <pre>
 *   UMEM = region
 *   |  frames: the pool's own run      |  objects: blocks of a heap, of any size              |
 *   +-----------+-----------+--  --+---+--------+--------+----------------+--  --+
 *   |  frame 0  |  frame 1  |      |            |        |                |      |
 *   +-----------+-----------+--  --+---+--------+--------+----------------+--  --+
 *   | 256 | received packet |         XDP keeps 256 bytes free in front of what it receives
 * </pre>
 *
 * <p>A descriptor names bytes, not an owner. So this class notes for each frame what the kernel has it for; when the
 * device is closed, it gives back every frame that the kernel did not return.
 */
final class UmemFrames {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final byte OURS = 0;
    private static final byte RECEIVING = -1;

    private final FramePool pool;
    private final long regionAddress;
    /** Where the pool's frames begin and end in the UMEM. */
    private final long firstFrame;

    private final long framesBytes;
    private final int shift;
    private final int mask;
    private final int pageShift;
    /** {@link #OURS}, {@link #RECEIVING}, or how many times it lies in the tx ring. */
    private final byte[] given;
    /** How many times each object lies in the tx ring. */
    private final Object2IntHashMap<Buffer> objects = new Object2IntHashMap<>(0);

    private boolean withinPages;

    UmemFrames(FramePool pool) {
        this.pool = pool;
        this.regionAddress = pool.region().address();
        this.firstFrame = ACCESS.frame(pool, 0).frameAddress() - regionAddress;
        this.framesBytes = (long) pool.capacityFrames() * pool.strideBytes();
        this.shift = Integer.numberOfTrailingZeros(pool.strideBytes());
        this.mask = pool.strideBytes() - 1;
        this.pageShift = Long.numberOfTrailingZeros(pool.region().pageKind().sizeBytes());
        this.given = new byte[pool.capacityFrames()];
    }

    FramePool pool() {
        return pool;
    }

    /** Whether there is more in the region than the pool's frames, so that packets may lie across the borders of chunks. */
    static boolean hasObjects(FramePool pool) {
        return (long) pool.capacityFrames() * pool.strideBytes() < pool.region().lengthBytes();
    }

    /**
     * Under zero-copy the NIC reads the pages themselves: a packet across the border of two that are not neighbours in
     * physical memory, huge ones or small, cannot be sent (xp_desc_crosses_non_contig_pg in net/xdp/xsk_buff_pool.h), and
     * would never complete.
     */
    void onlyWithinPages() {
        withinPages = true;
    }

    /** Whether the device cannot send these bytes from where they lie. Frames never cross a page. */
    boolean isOutOfReach(Buffer frame, int offset, int lengthBytes) {
        long first = frame.frameAddress() + offset;
        return withinPages && (first ^ (first + lengthBytes - 1)) >>> pageShift != 0;
    }

    int offsetInFrame(long umemOffset) {
        return (int) (umemOffset - firstFrame) & mask;
    }

    /** The number of the frame that lies there, or -1 if it is an object. */
    private int frameIndex(long umemOffset) {
        long at = umemOffset - firstFrame;
        return at >= 0 && at < framesBytes ? (int) (at >>> shift) : -1;
    }

    /** Gives a fresh frame to the kernel to receive into. Returns its offset in the UMEM. */
    long giveForReceiving(Buffer frame) {
        given[frame.frameIndex()] = RECEIVING;
        return frame.frameAddress() - regionAddress;
    }

    /** Takes a frame back that the kernel has received into, with the reference that it was allocated with. */
    Buffer takeReceived(long umemOffset) {
        int index = frameIndex(umemOffset);
        given[index] = OURS;
        return ACCESS.frame(pool, index);
    }

    /** Gives a held frame or object to the kernel to transmit. Returns its offset in the UMEM. */
    long giveForTransmission(Buffer frame) {
        long umemOffset = frame.frameAddress() - regionAddress;
        int index = frameIndex(umemOffset);
        if (index >= 0) {
            given[index]++;
        } else {
            objects.put(frame, objects.getValue(frame) + 1);
        }
        return umemOffset;
    }

    /** Takes a frame or object back that was transmitted, and gives its hold back. */
    void takeTransmitted(long umemOffset) {
        int index = frameIndex(umemOffset);
        if (index >= 0) {
            given[index]--;
            ACCESS.unhold(ACCESS.frame(pool, index));
        } else {
            takeObject(ACCESS.frameAt(pool, regionAddress + umemOffset));
        }
    }

    private void takeObject(Buffer object) {
        int left = objects.getValue(object) - 1;
        if (left == 0) {
            objects.removeKey(object);
        } else {
            objects.put(object, left);
        }
        ACCESS.unhold(object);
    }

    /** Sends every frame home that the kernel still has. Only after its sockets are closed. */
    void takeAll() {
        for (int i = 0; i < given.length; i++) {
            if (given[i] == RECEIVING) {
                given[i] = OURS;
                ACCESS.frame(pool, i).release();
            }
            while (given[i] > 0) {
                given[i]--;
                ACCESS.unhold(ACCESS.frame(pool, i));
            }
        }
        objects.forEachInt((object, times) -> {
            for (int i = 0; i < times; i++) {
                ACCESS.unhold(object);
            }
        });
        objects.clear();
    }
}
