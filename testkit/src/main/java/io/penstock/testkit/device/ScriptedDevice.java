package io.penstock.testkit.device;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** A device whose other end is the test: it puts packets in, and looks at what comes out. */
public final class ScriptedDevice implements PacketQueue {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    public static final long MAC = 0x0200_0000_0001L;

    /** A transmitted packet. */
    public static final class Sent {
        private final byte[] bytes;
        private final Buffer frame;
        private final long address;

        private Sent(byte[] bytes, Buffer frame, long address) {
            this.bytes = bytes;
            this.frame = frame;
            this.address = address;
        }

        public byte[] bytes() {
            return bytes;
        }

        public Buffer frame() {
            return frame;
        }

        /** Where it lay when it was sent. */
        public long address() {
            return address;
        }
    }

    private final DeviceSetup setup;
    private final DeviceInfo info;
    private final PortEvents events;
    private final ArrayDeque<byte[]> arriving = new ArrayDeque<>();
    private final ArrayDeque<Integer> arrivingFlags = new ArrayDeque<>();
    private final List<Sent> sent = new ArrayList<>();
    private final List<Buffer> kept = new ArrayList<>();
    private long lastReceivedAddress;
    private int room = Integer.MAX_VALUE;
    private boolean keepsFrames;
    private boolean closed;

    public ScriptedDevice(DeviceSetup setup) {
        this(setup, 1500);
    }

    public ScriptedDevice(DeviceSetup setup, int mtuBytes) {
        this(setup, mtuBytes, Capabilities.none());
    }

    /** A device that claims to take work off the stack. */
    public ScriptedDevice(DeviceSetup setup, int mtuBytes, Capabilities capabilities) {
        this.setup = setup;
        this.info = new DeviceInfo("test:0", "in a test", MAC, mtuBytes, 1, capabilities);
        this.events = new PortEvents(info);
    }

    /** A packet that arrives next. */
    public void arrives(byte[] packet) {
        arrives(packet, 0);
    }

    /** As {@link #arrives(byte[])}, with what the device says of it ({@code PacketFlags}). */
    public void arrives(byte[] packet, int flags) {
        arriving.add(packet);
        arrivingFlags.add(flags);
    }

    /** Whether the stack has taken all that arrived. */
    public boolean isDrained() {
        return arriving.isEmpty();
    }

    /** What was sent since this was asked last. */
    public List<Sent> takeSent() {
        List<Sent> taken = List.copyOf(sent);
        sent.clear();
        return taken;
    }

    /** The only packet that was sent since this was asked last. */
    public byte[] takeOne() {
        List<Sent> taken = takeSent();
        if (taken.size() != 1) {
            throw new AssertionError("expected one packet, got " + taken.size());
        }
        return taken.getFirst().bytes();
    }

    /** How many more packets it takes. */
    public void room(int packets) {
        room = packets;
    }

    /** Whether frames stay in the device, as in a NIC's ring, until {@link #giveBack}. */
    public void keepsFrames(boolean keep) {
        keepsFrames = keep;
    }

    /** Gives back what it kept. */
    public void giveBack() {
        kept.forEach(ACCESS::unhold);
        kept.clear();
    }

    /** Where the packet that was received last lies. */
    public long lastReceivedAddress() {
        return lastReceivedAddress;
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public PortEvents events() {
        return events;
    }

    @Override
    public int rxBurst(Burst burst) {
        int count = 0;
        while (!burst.isFull() && !arriving.isEmpty()) {
            Buffer frame = ACCESS.allocateReserved(setup.pool());
            if (frame == null) {
                break;
            }
            byte[] packet = arriving.poll();
            lastReceivedAddress = frame.address();
            RawMemory.copyFrom(packet, 0, frame.address(), packet.length);
            burst.add(frame, frame.offset(), packet.length);
            burst.flag(arrivingFlags.remove());
            count++;
        }
        return count;
    }

    @Override
    public int txBurst(Burst burst) {
        int count = Math.min(room, burst.count());
        for (int i = 0; i < count; i++) {
            byte[] bytes = new byte[burst.length(i)];
            RawMemory.copyTo(burst.address(i), bytes, 0, bytes.length);
            sent.add(new Sent(bytes, burst.frame(i), burst.address(i)));
            if (keepsFrames) {
                kept.add(burst.frame(i));
            } else {
                ACCESS.unhold(burst.frame(i));
            }
        }
        room -= room == Integer.MAX_VALUE ? 0 : count;
        return count;
    }

    @Override
    public int reclaim() {
        return 0;
    }

    @Override
    public long rxDropped() {
        return 0;
    }

    @Override
    public void close() {
        giveBack();
        closed = true;
    }
}
