package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketPort;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.FrameShape;
import io.penstock.memory.PinnedHeap;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A device with frames of its own, and with objects that it can send in place. One thread. */
public final class DpdkEnd implements AutoCloseable {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    static final int BURST = 64;
    private static final int STRIDE_BYTES = 2048;
    private static final int FRAMES = 4096;
    private static final int HEADROOM_BYTES = 256;
    private static final long HEAP_BYTES = 8L << 20;
    private static final long DEADLINE_NANOS = 20_000_000_000L;

    public final Region region;
    public final PinnedHeap heap;
    public final CoreHeap objects;
    public final FramePool pool;
    public final SystemClock clock = new SystemClock();
    public final PacketQueue device;
    public final Burst out = new Burst(BURST);
    private final Burst in = new Burst(BURST);

    private DpdkEnd(Function<DeviceSetup, PacketQueue> opener, int frames, int strideBytes, int prefixBytes) {
        region = Region.mapSmall(HEAP_BYTES + (long) frames * strideBytes);
        heap = PinnedHeap.over("test", region);
        objects = heap.core("test");
        pool = heap.frames("test", new FrameShape(strideBytes, prefixBytes, HEADROOM_BYTES), frames);
        long _ = clock.update();
        PacketQueue opened = null;
        try {
            opened = opener.apply(setup());
            device = opened;
        } finally {
            if (opened == null) {
                assertThat(pool.framesInUse())
                        .as("frames kept by what was refused")
                        .isZero();
                closeMemory();
            }
        }
    }

    public static DpdkEnd open(String spec) {
        return open(spec, FRAMES, Math.max(STRIDE_BYTES, Devices.minFrameBytes(Devices.parse("dpdk:" + spec))));
    }

    public static DpdkEnd open(String spec, int frames, int strideBytes) {
        return new DpdkEnd(opener(spec), frames, strideBytes, DpdkProvider.PREFIX_BYTES);
    }

    /** One queue of a port that is shared. */
    public static DpdkEnd open(PacketPort port, int queue) {
        return of(port, setup -> port.open(queue, 1, setup));
    }

    /** All queues of a port that the test holds as well. */
    static DpdkEnd open(PacketPort port) {
        return of(port, port::open);
    }

    private static DpdkEnd of(PacketPort port, Function<DeviceSetup, PacketQueue> opener) {
        int strideBytes = Math.max(
                STRIDE_BYTES, Devices.minFrameBytes(Devices.parse(port.info().name())));
        return new DpdkEnd(opener, FRAMES, strideBytes, DpdkProvider.PREFIX_BYTES);
    }

    /** A port to share. */
    public static PacketPort port(String spec) {
        return Devices.openPort(Devices.parse("dpdk:" + spec));
    }

    private static Function<DeviceSetup, PacketQueue> opener(String spec) {
        return setup -> Devices.open(Devices.parse("dpdk:" + spec), setup);
    }

    static DpdkEnd withPrefix(String spec, int prefixBytes) {
        return new DpdkEnd(opener(spec), FRAMES, STRIDE_BYTES, prefixBytes);
    }

    DeviceSetup setup() {
        return new DeviceSetup(pool, ACCESS, clock, DeviceSetup.Steering.toAddress(0xc6120002));
    }

    DpdkQueue dpdk() {
        return (DpdkQueue) device;
    }

    // ---- packets

    /** Bytes that look like nothing else: addresses, a type that nobody knows, and noise. */
    public static byte[] packet(Random random, int lengthBytes) {
        byte[] packet = new byte[lengthBytes];
        random.nextBytes(packet);
        packet[0] = 2;
        packet[6] = 2;
        packet[12] = (byte) 0x88;
        packet[13] = (byte) 0xb5; // IEEE 802: local experiments
        return packet;
    }

    public static List<byte[]> packets(Random random, int count, int minBytes, int maxBytes) {
        List<byte[]> packets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            packets.add(packet(random, minBytes + random.nextInt(maxBytes - minBytes + 1)));
        }
        return packets;
    }

    /** A frame of the pool with these bytes behind its headroom. */
    public Buffer frame(byte[] bytes) {
        Buffer frame = ACCESS.allocateReserved(pool);
        assertThat(frame).as("a free frame").isNotNull();
        return fill(frame, bytes);
    }

    public static Buffer fill(Buffer buffer, byte[] bytes) {
        buffer.length(bytes.length);
        RawMemory.copyFrom(bytes, 0, ACCESS.frameOf(buffer).frameAddress() + buffer.offset(), bytes.length);
        return buffer;
    }

    /** Adds a packet to what {@link #offer} will offer, with a hold, and lets go of it. */
    public void add(Buffer buffer) {
        ACCESS.hold(buffer);
        out.add(ACCESS.frameOf(buffer), buffer.offset(), buffer.length());
        buffer.release();
    }

    /** Gives the packet that was added last a second piece, and lets go of it. */
    public void addBody(Buffer buffer) {
        ACCESS.hold(buffer);
        out.body(ACCESS.frameOf(buffer), buffer.offset(), buffer.length());
        buffer.release();
    }

    /** Offers what was added; what is not taken stays in {@link #out}. */
    public int offer() {
        int taken = device.txBurst(out);
        out.dropFirst(taken);
        return taken;
    }

    /** Gives up what was not taken. */
    public void forget() {
        for (int i = 0; i < out.count(); i++) {
            out.unhold(ACCESS, i);
        }
        out.clear();
    }

    /** Sends all, however often they must be offered. */
    public void send(List<byte[]> packets) {
        int next = 0;
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (next < packets.size() || out.count() != 0) {
            while (next < packets.size() && !out.isFull()) {
                add(frame(packets.get(next++)));
            }
            int _ = offer();
            turn();
            assertThat(System.nanoTime()).as("time to send").isLessThan(deadline);
        }
    }

    /** What one call brings. */
    public List<byte[]> receive() {
        List<byte[]> packets = new ArrayList<>();
        in.clear();
        int received = device.rxBurst(in);
        assertThat(in.count()).isEqualTo(received);
        for (int i = 0; i < received; i++) {
            byte[] bytes = new byte[in.length(i)];
            RawMemory.copyTo(in.address(i), bytes, 0, bytes.length);
            packets.add(bytes);
            in.frame(i).release();
        }
        turn();
        return packets;
    }

    /** As many as that, and no more than come with the last of them. */
    public List<byte[]> await(int count) {
        List<byte[]> packets = new ArrayList<>();
        await(count + " packets", () -> {
            packets.addAll(receive());
            return packets.size() >= count;
        });
        return packets;
    }

    /** Turns until something is so. */
    public void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            turn();
            assertThat(System.nanoTime()).as("in vain waited for: " + what).isLessThan(deadline);
        }
    }

    public void turn() {
        long _ = clock.update() + device.reclaim() + pool.reclaim();
    }

    public static void assertSame(List<byte[]> received, List<byte[]> sent) {
        assertThat(received).hasSameSizeAs(sent);
        for (int i = 0; i < sent.size(); i++) {
            assertThat(received.get(i)).as("packet %d", i).isEqualTo(sent.get(i));
        }
    }

    /** Those that carry our type: a kernel at the other end sends some of its own accord. */
    public static List<byte[]> ours(List<byte[]> packets) {
        return packets.stream()
                .filter(p -> Arrays.equals(p, 12, 14, new byte[] {(byte) 0x88, (byte) 0xb5}, 0, 2))
                .toList();
    }

    // ---- the end

    @Override
    public void close() {
        device.close();
        try {
            int _ = pool.reclaim();
            if (!driverForgets()) {
                assertThat(dpdk().lost()).as("frames that the driver kept").isZero();
            }
            assertThat(pool.framesInUse()).as(pool.leakReport()).isZero();
            assertThat(objects.blocksInUse()).as("objects").isZero();
        } finally {
            closeMemory();
        }
    }

    /** net_af_xdp what lies in the kernel's ring, and a net_ring that is a loop what lies in that. */
    private boolean driverForgets() {
        String name = device.info().name();
        return name.startsWith("dpdk:net_af_xdp") || (name.startsWith("dpdk:net_ring") && !name.contains("wire="));
    }

    private void closeMemory() {
        pool.close();
        objects.close();
        heap.close();
        region.close();
    }
}
