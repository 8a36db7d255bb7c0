package io.penstock.testkit.device;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PacketFlags;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.util.Set;

/**
 * A device with offloads, made of one without: does in software what a NIC does, and holds the stack to the contract.
 *
 * <p>As a NIC does, it reads packets some turns after it took them, and gives frames back only then: whoever changes a byte
 * that it still holds is found out. Allocates nothing.
 */
public final class OffloadDevice extends ForwardingDevice {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** Small, so that bursts are taken in part. */
    private static final int RING_PACKETS = 48;

    private static final int READ_AFTER_TURNS = 2;
    private static final int MAX_TSO_BYTES = 40_000;

    private final DeviceInfo info;
    private final Capabilities can;
    private final PacketContract contract;
    private final Region region;
    private final FramePool scratch;
    private final SoftwareOffload software;
    private final Burst ring = new Burst(RING_PACKETS);
    private final long[] sums = new long[RING_PACKETS];
    private final int[] takenIn = new int[RING_PACKETS];
    private final Burst out = new Burst(128);
    private final Burst in = new Burst(64);
    private int turn;
    private long bodies;
    private long segmented;
    private boolean vouchesForAll;

    /**
     * Takes over a device.
     *
     * @param setup the stack's, for whose pool the body's frames are looked up
     */
    public OffloadDevice(PacketQueue wire, DeviceSetup setup, Set<Offload> offloads) {
        super(wire);
        this.can = new Capabilities(offloads, 0, offloads.contains(Offload.TCP_SEGMENTATION) ? MAX_TSO_BYTES : 0);
        DeviceInfo plain = wire.info();
        this.info =
                new DeviceInfo(plain.name(), plain.mode(), plain.macAddress(), plain.mtuBytes(), plain.queues(), can);
        this.contract = new PacketContract(info, setup.pool().region());
        this.region = Region.mapSmall(128 * 2048);
        this.scratch = FramePool.over("nic", region, 2048, 256);
        this.software = new SoftwareOffload(info.mtuBytes());
    }

    /** How many packets came in two pieces. */
    public long bodies() {
        return bodies;
    }

    /** How many packets were segmented. */
    public long segmented() {
        return segmented;
    }

    /** Says of every packet that its checksums are right, as a NIC that is mistaken. */
    public void vouchForAll() {
        vouchesForAll = true;
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    // ---- sending

    @Override
    public int txBurst(Burst burst) {
        int count = 0;
        while (count < burst.count() && !ring.isFull()) {
            contract.check(burst, count);
            int at = ring.count();
            ring.addFrom(burst, count);
            sums[at] = PacketContract.fingerprint(ring, at);
            takenIn[at] = turn;
            bodies += ring.hasBody(at) ? 1 : 0;
            count++;
        }
        return count;
    }

    @Override
    public int reclaim() {
        turn++;
        int done = 0;
        while (done < ring.count() && turn - takenIn[done] > READ_AFTER_TURNS && send(done)) {
            done++;
        }
        forgetFirst(done);
        return done + super.reclaim();
    }

    private void forgetFirst(int done) {
        ring.dropFirst(done);
        System.arraycopy(sums, done, sums, 0, ring.count());
        System.arraycopy(takenIn, done, takenIn, 0, ring.count());
    }

    /** Returns false if there is no room on the wire. */
    private boolean send(int i) {
        if (sums[i] != PacketContract.fingerprint(ring, i)) {
            throw new AssertionError("a packet was changed while the device held it");
        }
        int packets = software.begin(ring, i);
        if (out.count() + packets > out.capacity() && !flush()) {
            return false;
        }
        for (int n = 0; n < packets; n++) {
            Buffer frame = ACCESS.allocateReserved(scratch);
            out.add(frame, frame.offset(), software.write(n, frame.address()));
            ACCESS.hold(frame);
            frame.release();
        }
        segmented += packets > 1 ? 1 : 0;
        ring.unhold(ACCESS, i);
        return flush() || !out.isFull();
    }

    private boolean flush() {
        out.dropFirst(super.txBurst(out));
        return out.count() == 0;
    }

    // ---- receiving

    @Override
    public int rxBurst(Burst burst) {
        int before = burst.count();
        int count = super.rxBurst(burst);
        if (count == 0 || !(can.has(Offload.RX_CHECKSUM) || can.has(Offload.RSS_HASH))) {
            return count;
        }
        in.clear();
        for (int i = before; i < burst.count(); i++) {
            in.addFrom(burst, i);
        }
        burst.clear();
        for (int i = 0; i < in.count(); i++) {
            burst.addFrom(in, i);
            if (can.has(Offload.RX_CHECKSUM)) {
                burst.flag(
                        vouchesForAll
                                ? PacketFlags.RX_IPV4_CHECKSUM_GOOD | PacketFlags.RX_L4_CHECKSUM_GOOD
                                : SoftwareOffload.verify(in.address(i), in.length(i)));
            }
            if (can.has(Offload.RSS_HASH)) {
                burst.hashed(RawMemory.getInt(in.address(i) + 26));
            }
        }
        return count;
    }

    @Override
    public void close() {
        for (int i = 0; i < ring.count(); i++) {
            if (!send(i)) {
                ring.unhold(ACCESS, i);
            }
        }
        for (int i = 0; i < out.count(); i++) {
            out.unhold(ACCESS, i);
        }
        super.close();
        software.close();
        scratch.close();
        region.close();
    }
}
