package io.penstock.testkit.device;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.Clock;
import io.penstock.memory.Buffer;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;

/** The other end of a wire whose near end something under test has: sends and receives packets as bytes. One thread. */
public final class FarEnd implements AutoCloseable {
    private static final int FRAMES = 256;

    private final Region region = Region.mapSmall(FRAMES * 2048L);
    private final FramePool pool = FramePool.over("far", region, 2048, FramePool.DEFAULT_HEADROOM_BYTES);
    private final PacketQueue device;
    private final Burst burst = new Burst(1);

    /** Opens a device, such as {@code shm:NAME}. */
    public FarEnd(String name, Clock clock) {
        device = Devices.open(Devices.parse(name), new DeviceSetup(pool, clock, DeviceSetup.Steering.everything()));
    }

    /** Sends a packet. Returns whether it was taken. */
    public boolean send(byte[] packet) {
        Buffer frame = pool.allocate().length(packet.length);
        for (int i = 0; i < packet.length; i++) {
            frame.putByte(i, packet[i]);
        }
        frame.hold();
        burst.clear();
        burst.add(frame, frame.offset(), packet.length);
        boolean taken = device.txBurst(burst) == 1;
        if (!taken) {
            frame.unhold();
        }
        frame.release();
        device.reclaim();
        return taken;
    }

    /** The next packet, or null. */
    public byte[] receive() {
        burst.clear();
        if (device.rxBurst(burst) == 0) {
            return null;
        }
        Buffer frame = burst.frame(0).window(burst.offset(0), burst.length(0));
        byte[] packet = new byte[frame.length()];
        for (int i = 0; i < packet.length; i++) {
            packet[i] = frame.getByte(i);
        }
        frame.release();
        return packet;
    }

    @Override
    public void close() {
        device.close();
        pool.close();
        region.close();
    }
}
