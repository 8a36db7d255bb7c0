package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PacketFlags;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.grant.FrameGrant;

/**
 * The frames that a driver receives into. Each has its mbuf in front of it, for ever:
 *
 * <pre>
 *   frame of the pool, strideBytes apart
 *   | object header | struct rte_mbuf | frame: headroom, packet ......... |
 *   |&lt;------- prefixBytes ----------&gt;|^ frameAddress = buf_addr
 * </pre>
 *
 * <p>So a received packet is handed up as it lies, and an application's frame is sent as it lies. The mempool has only the
 * frames that the driver may receive into; what the stack has is outside of it. One thread; allocates and throws nothing.
 */
final class RxFrames implements AutoCloseable {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** Putting one frame at a time into the mempool would cost a call for each packet. */
    private static final int REFILL_BATCH = 32;

    private static final int CHUNK = 64;
    /** Below this many frames to receive into, the driver may get the pool's last ones. */
    private static final int LOW = 64;

    private final FramePool frames;
    private final Mempool mempool;
    private final NativeTable table = new NativeTable(CHUNK);
    private final long mempoolAddress;
    private final long firstMbuf;
    private final int strideShift;
    private final int target;
    private final int vlan;
    private final boolean stripHere;
    private final boolean flagged;
    /** By frame: whether the driver has it. */
    private final boolean[] given;

    private int givenCount;
    private long dropped;

    /**
     * Over a pool whose frames are all free or the application's.
     *
     * @param target how many frames the driver is to have
     * @param offloads what the port does by itself
     */
    RxFrames(FramePool frames, Mempool mempool, int target, int vlan, PortOffloads offloads) {
        this.frames = frames;
        this.mempool = mempool;
        this.mempoolAddress = mempool.address();
        this.firstMbuf = mbuf(ACCESS.frame(frames, 0));
        this.strideShift = Integer.numberOfTrailingZeros(frames.strideBytes());
        this.target = target;
        this.vlan = vlan;
        this.stripHere = vlan != 0 && !offloads.uses(Offload.VLAN_STRIP);
        this.flagged = vlan != 0 || offloads.uses(Offload.RX_CHECKSUM) || offloads.uses(Offload.RSS_HASH);
        this.given = new boolean[frames.capacityFrames()];
        takeAllOut();
    }

    /** The mbuf of a frame of the pool. */
    static long mbuf(Buffer frame) {
        return frame.frameAddress() - Mbuf.BYTES;
    }

    Mempool mempool() {
        return mempool;
    }

    /** A new mempool has all of its objects; but the frames are the stack's. */
    private void takeAllOut() {
        while (mempool.get(table.address(), 1)) {
            // that is all
        }
    }

    // ---- receiving

    int receive(Burst burst, BurstFunctions driver) {
        int received = driver.receive(table.address(), Math.min(CHUNK, burst.capacity() - burst.count()));
        int added = 0;
        for (int i = 0; i < received; i++) {
            long mbuf = table.get(i);
            if (Mbuf.pool(mbuf) == mempoolAddress && Mbuf.isSingleAndOwn(mbuf)) {
                int index = (int) ((mbuf - firstMbuf) >>> strideShift);
                given[index] = false;
                givenCount--;
                added += add(burst, ACCESS.frame(frames, index), Mbuf.dataOffset(mbuf), Mbuf.dataLength(mbuf), mbuf);
            } else {
                added += addCopy(burst, i, mbuf);
            }
        }
        return added;
    }

    private int add(Burst burst, Buffer frame, int offset, int lengthBytes, long mbuf) {
        if (!flagged) {
            burst.add(frame, offset, lengthBytes);
            return 1;
        }
        long flags = Mbuf.flags(mbuf);
        int stripped = 0;
        if (vlan != 0) {
            if (stripHere) {
                stripped = VlanTag.strip(frame.frameAddress() + offset, lengthBytes, vlan) ? VlanTag.BYTES : -1;
            } else if ((flags & Mbuf.RX_VLAN_STRIPPED) == 0 || !VlanTag.isOf(Mbuf.vlanTci(mbuf), vlan)) {
                stripped = -1;
            }
            if (stripped < 0) {
                frame.release(); // somebody else's VLAN, or none
                dropped++;
                return 0;
            }
        }
        burst.add(frame, offset + stripped, lengthBytes - stripped);
        flag(burst, flags, mbuf);
        return 1;
    }

    private static void flag(Burst burst, long flags, long mbuf) {
        int ours = 0;
        // Both bits: the checksum is not filled in, but what it stands for was found right.
        if ((flags & Mbuf.RX_IP_CHECKSUM_GOOD) != 0) {
            ours = PacketFlags.RX_IPV4_CHECKSUM_GOOD;
        }
        if ((flags & Mbuf.RX_L4_CHECKSUM_GOOD) != 0) {
            ours |= PacketFlags.RX_L4_CHECKSUM_GOOD;
        }
        if (ours != 0) {
            burst.flag(ours);
        }
        if ((flags & Mbuf.RX_RSS_HASH) != 0) {
            burst.hashed(Mbuf.rssHash(mbuf));
        }
    }

    /**
     * A packet in several pieces, in somebody else's memory (as over net_ring), or in a frame that is being sent (as over a
     * loop): its bytes are copied, and the mbuf goes back to where it came from.
     */
    private int addCopy(Burst burst, int i, long mbuf) {
        int lengthBytes = Mbuf.packetLength(mbuf);
        Buffer frame = lengthBytes > frames.payloadBytes() ? null : ACCESS.allocateReserved(frames);
        if (frame != null) {
            long to = frame.frameAddress() + frames.headroomBytes();
            for (long piece = mbuf; piece != 0; piece = Mbuf.next(piece)) {
                RawMemory.copy(Mbuf.data(piece), to, Mbuf.dataLength(piece));
                to += Mbuf.dataLength(piece);
            }
        }
        int added = 0;
        if (frame == null) {
            dropped++;
        } else {
            added = add(burst, frame, frames.headroomBytes(), lengthBytes, mbuf);
        }
        Mbuf.free(table.address(i), 1);
        return added;
    }

    long dropped() {
        return dropped;
    }

    // ---- refilling

    /** Gives the driver frames as long as the pool has some that the stack can spare. */
    void refill() {
        int wanted = target - givenCount;
        if (wanted < REFILL_BATCH) {
            return;
        }
        int floor = frames.capacityFrames() >> (givenCount < LOW ? 6 : 4);
        int count = Math.min(wanted, frames.freeFrames() - floor);
        while (count > 0) {
            int batch = Math.min(count, CHUNK);
            for (int i = 0; i < batch; i++) {
                Buffer frame = ACCESS.allocateReserved(frames);
                given[frame.frameIndex()] = true;
                table.set(i, mbuf(frame));
            }
            mempool.put(table.address(), batch);
            givenCount += batch;
            count -= batch;
        }
    }

    // ---- closing

    /** When the driver is closed, and so has put all that it had into the mempool: every frame goes home. */
    @Override
    public void close() {
        while (mempool.get(table.address(), 1)) {
            givenCount--;
        }
        for (int i = 0; i < given.length; i++) {
            if (given[i]) {
                given[i] = false;
                ACCESS.frame(frames, i).release();
            }
        }
        mempool.close();
    }

    /** How many frames the driver never gave back; meaningful once this is closed. */
    int lost() {
        return givenCount;
    }
}
