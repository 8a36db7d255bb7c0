package io.penstock.datapath.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.poll.Clock;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.util.function.Function;

/**
 * One end of a wire in a test: a device, and a pool of its own. Packets carry a number behind a header of zeros, or whatever
 * bytes the test likes.
 */
public final class WireEnd implements AutoCloseable {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int HEADER = 14;
    private static final int FRAMES = 1024;

    private final Region region = Region.mapSmall(FRAMES * 2048L);
    public final FramePool pool = FramePool.over("test", region, 2048, FramePool.DEFAULT_HEADROOM_BYTES);
    public final PacketQueue device;
    private final Burst burst = new Burst(64);

    public WireEnd(Clock clock, Function<DeviceSetup, PacketQueue> opener) {
        device = opener.apply(new DeviceSetup(pool, ACCESS, clock, DeviceSetup.Steering.toAddress(0)));
    }

    /** Offers a packet of this length that carries {@code number} in each of its words. Returns whether it was taken. */
    public boolean send(int number, int lengthBytes) {
        Buffer frame = pool.allocate().length(lengthBytes);
        for (int at = HEADER; at + 4 <= lengthBytes; at += 4) {
            frame.putInt(at, number);
        }
        return transmit(frame);
    }

    /** Offers a packet of these bytes. Returns whether it was taken. */
    public boolean send(byte[] packet) {
        Buffer frame = pool.allocate().length(packet.length);
        for (int i = 0; i < packet.length; i++) {
            frame.putByte(i, packet[i]);
        }
        return transmit(frame);
    }

    private boolean transmit(Buffer frame) {
        burst.clear();
        ACCESS.hold(frame);
        burst.add(frame, frame.offset(), frame.length());
        boolean taken = device.txBurst(burst) == 1;
        if (!taken) {
            ACCESS.unhold(frame);
        }
        frame.release();
        device.reclaim();
        return taken;
    }

    public boolean send(int number) {
        return send(number, 64);
    }

    /** What a stack does in each turn of its loop: hears whether the other end is there. */
    public void turn() {
        int _ = device.reclaim();
    }

    /** The number of the next packet, or -1 if there is none. All of its words must carry it. */
    public int receive() {
        Burst one = new Burst(1);
        if (device.rxBurst(one) == 0) {
            return -1;
        }
        Buffer frame = ACCESS.window(one.frame(0), one.offset(0), one.length(0));
        int number = frame.getInt(HEADER);
        for (int at = HEADER; at + 4 <= frame.length(); at += 4) {
            assertThat(frame.getInt(at))
                    .as("word at %d of %d", at, frame.length())
                    .isEqualTo(number);
        }
        frame.release();
        return number;
    }

    /** The bytes of the next packet, or null if there is none. */
    public byte[] receiveBytes() {
        Burst one = new Burst(1);
        if (device.rxBurst(one) == 0) {
            return null;
        }
        Buffer frame = ACCESS.window(one.frame(0), one.offset(0), one.length(0));
        byte[] packet = new byte[frame.length()];
        for (int i = 0; i < packet.length; i++) {
            packet[i] = frame.getByte(i);
        }
        frame.release();
        return packet;
    }

    /** Receives and forgets. Returns whether there was a packet. */
    public boolean discard() {
        Burst one = new Burst(1);
        if (device.rxBurst(one) == 0) {
            return false;
        }
        one.frame(0).release();
        return true;
    }

    @Override
    public void close() {
        device.close();
        try {
            assertThat(pool.framesInUse()).as(pool.leakReport()).isZero();
        } finally {
            pool.close();
            region.close();
        }
    }
}
