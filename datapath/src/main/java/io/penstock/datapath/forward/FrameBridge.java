package io.penstock.datapath.forward;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Bridge;
import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketEdit;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.Clock;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.FrameShape;
import io.penstock.memory.OutOfMemoryRegionException;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.util.List;

/**
 * A bridge over the device SPI, between any two back ends. Both devices have frames of one pool: what one of them received
 * into is what the other one sends from. One thread opens, drives and closes it.
 */
public final class FrameBridge implements Bridge {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int FRAMES = 8192;

    private final Region region;
    private final FramePool pool;
    private final PacketQueue[] queues;
    private final PacketEdit edit;
    private final Burst out;
    /** Made anew when the size of bursts changes, and so hardly ever. */
    private Burst in;

    private long received;
    private long sent;
    private long dropped;
    private int framesBack;
    private boolean closed;

    private FrameBridge(Region region, FramePool pool, PacketQueue[] queues, PacketEdit edit, int maxBurst) {
        this.region = region;
        this.pool = pool;
        this.queues = queues;
        this.edit = edit;
        this.in = new Burst(maxBurst);
        this.out = new Burst(maxBurst);
    }

    /**
     * Opens devices by their names. The calling thread will drive the bridge.
     *
     * @param specs one device or two
     * @param edit what happens to each packet on its way
     * @param maxBurst how many packets a burst has at most, 1 or more
     * @param clock the devices' time, which the caller updates
     * @throws ConfigurationException if a device or the memory cannot be had; nothing is left half done
     */
    public static Bridge open(List<DeviceSpec> specs, PacketEdit edit, int maxBurst, Clock clock) {
        int prefixBytes = 0;
        int strideBytes = 0;
        for (DeviceSpec spec : specs) {
            prefixBytes = Math.max(prefixBytes, Devices.framePrefixBytes(spec));
            strideBytes = Math.max(strideBytes, Devices.minFrameBytes(spec));
        }
        Region region = map((long) FRAMES * strideBytes);
        FramePool pool = null;
        PacketQueue[] queues = new PacketQueue[specs.size()];
        boolean opened = false;
        try {
            pool = FramePool.over(
                    "bridge", region, new FrameShape(strideBytes, prefixBytes, FramePool.DEFAULT_HEADROOM_BYTES));
            DeviceSetup setup = new DeviceSetup(pool, ACCESS, clock, DeviceSetup.Steering.everything());
            for (int i = 0; i < queues.length; i++) {
                queues[i] = Devices.open(specs.get(i), setup);
            }
            opened = true;
            return new FrameBridge(region, pool, queues, edit, maxBurst);
        } finally {
            if (!opened) {
                close(queues);
                if (pool != null) {
                    pool.close();
                }
                region.close();
            }
        }
    }

    private static Region map(long lengthBytes) {
        try {
            return Region.map(lengthBytes);
        } catch (OutOfMemoryRegionException e) {
            throw new ConfigurationException(e.getMessage(), e);
        }
    }

    @Override
    public int turn(int maxBurst) {
        int count = 0;
        for (int i = 0; i < queues.length; i++) {
            PacketQueue from = queues[i];
            count += carry(from, edit.reflects() ? from : queues[queues.length - 1 - i], maxBurst);
        }
        for (PacketQueue queue : queues) {
            int _ = queue.reclaim();
        }
        return count;
    }

    private int carry(PacketQueue from, PacketQueue to, int maxBurst) {
        if (in.capacity() != maxBurst) {
            in = new Burst(maxBurst);
        }
        in.clear();
        int count = from.rxBurst(in);
        if (count == 0) {
            return 0;
        }
        received += count;
        out.clear();
        long ownMac = from.info().macAddress();
        for (int i = 0; i < count; i++) {
            int length = edit == PacketEdit.NONE ? in.length(i) : edit.edit(in.address(i), in.length(i), ownMac);
            if (length != PacketEdit.DROP) {
                ACCESS.hold(in.frame(i));
                out.add(in.frame(i), in.offset(i), length);
            }
            in.frame(i).release(); // what goes on is the device's from here on
        }
        int taken = to.txBurst(out);
        sent += taken;
        dropped += count - taken;
        for (int i = taken; i < out.count(); i++) {
            out.unhold(ACCESS, i);
        }
        return count;
    }

    @Override
    public long received() {
        return received;
    }

    @Override
    public long sent() {
        return sent;
    }

    @Override
    public long dropped() {
        return dropped;
    }

    @Override
    public String mode() {
        return queues.length == 1
                ? queues[0].info().mode()
                : queues[0].info().mode() + "; " + queues[1].info().mode();
    }

    @Override
    public int buffers() {
        return FRAMES;
    }

    @Override
    public int buffersBack() {
        return framesBack;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        close(queues);
        framesBack = pool.freeFrames();
        pool.close();
        region.close();
    }

    @Override
    public String lostReason() {
        for (PacketQueue queue : queues) {
            String lost = queue.events().lost();
            if (lost != null) {
                return lost;
            }
        }
        return null;
    }

    private static void close(PacketQueue... queues) {
        for (int i = queues.length - 1; i >= 0; i--) {
            if (queues[i] != null) {
                queues[i].close();
            }
        }
    }
}
