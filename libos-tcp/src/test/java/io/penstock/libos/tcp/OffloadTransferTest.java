package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.sim.Conditions;
import io.penstock.datapath.device.sim.SimWire;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.testkit.Garbage;
import io.penstock.testkit.device.OffloadDevice;
import io.penstock.testkit.traffic.OneWay;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Large objects over devices that take work off the stack: every byte arrives once, in order, whatever the wire does. */
class OffloadTransferTest {
    private static final int SEGMENT = 1460;

    private final VirtualClock clock = new VirtualClock();
    private final Counters counters = Counters.inMemory();
    private Stack sender;
    private Stack receiver;
    private OffloadDevice device;

    @AfterEach
    void close() {
        sender.close();
        receiver.close();
    }

    static Stream<Set<Offload>> offloads() {
        return Stream.of(
                EnumSet.noneOf(Offload.class),
                EnumSet.of(Offload.TX_TCP_CHECKSUM, Offload.TX_IPV4_CHECKSUM, Offload.RX_CHECKSUM),
                EnumSet.of(Offload.MULTI_SEGMENT),
                EnumSet.of(Offload.TCP_SEGMENTATION),
                EnumSet.of(Offload.TCP_SEGMENTATION, Offload.MULTI_SEGMENT),
                EnumSet.allOf(Offload.class));
    }

    private OneWay open(Set<Offload> offloads, Conditions there, Conditions back) {
        SimWire wire = new SimWire("transfer", there, back);
        sender = Stack.open(config("198.18.0.1/24")
                .counters(counters)
                .device(setup -> device = new OffloadDevice(wire.open(SimWire.End.A, setup), setup, offloads))
                .build());
        receiver = Stack.open(config("198.18.0.2/24")
                .device(setup -> new OffloadDevice(wire.open(SimWire.End.B, setup), setup, offloads))
                .build());
        return new OneWay(sender, receiver, wire::nextArrivalNanos, clock);
    }

    private StackConfig.Builder config(String address) {
        return StackConfig.builder()
                .address(address)
                .frames(2048)
                .heapBytes(16 << 20)
                .clock(clock);
    }

    private long count(String counter) {
        return counters.counter(counter).get();
    }

    private static Conditions bad(long seed) {
        return new Conditions()
                .lossPercent(3)
                .reorderPercent(3)
                .duplicatePercent(1)
                .corruptPercent(1)
                .delayNanos(20_000)
                .holdNanos(60_000)
                .seed(seed);
    }

    /** Frames, objects with and without room for headers, and parts of one object that is shared. */
    private OneWay.Source mixed(OneWay[] stream, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return at -> {
            int length = 1 + random.nextInt(random.nextBoolean() ? 3_000 : 120_000);
            int kind = random.nextInt(4);
            if (kind == 0) {
                Buffer chain = sender.allocate(length);
                return chain == null ? null : stream[0].fill(chain, at);
            }
            Buffer object = sender.heap().allocate(length, kind == 1 ? CoreHeap.DEFAULT_HEADROOM_BYTES : 0);
            if (object == null || kind != 3) {
                return object == null ? null : stream[0].fill(object, at);
            }
            stream[0].fill(object, at);
            Buffer first = object.slice(0, length / 2);
            first.next(object.slice(length / 2, length - length / 2));
            object.release();
            return first;
        };
    }

    @ParameterizedTest
    @MethodSource("offloads")
    void everyByteArrivesOnceOverABadWire(Set<Offload> offloads) {
        OneWay[] stream = {open(offloads, bad(81), bad(82))};
        stream[0].carry(4 << 20, mixed(stream, 83));
        assertThat(count("tcp.retransmits")).isPositive();
        assertThat(device.bodies() > 0).isEqualTo(offloads.contains(Offload.MULTI_SEGMENT));
        assertThat(device.segmented() > 0).isEqualTo(offloads.contains(Offload.TCP_SEGMENTATION));
        assertThat(count("tcp.tx.tso.packets")).isEqualTo(device.segmented());
        stream[0].end();
    }

    @ParameterizedTest
    @MethodSource("offloads")
    void whatTheDeviceCanPutTogetherIsNotCopied(Set<Offload> offloads) {
        Conditions good = new Conditions().delayNanos(20_000);
        OneWay stream = open(offloads, good, good);
        int length = 100 * SEGMENT;
        stream.carry(20L * length, at -> stream.fill(sender.heap().allocate(length, 0), at));
        boolean bodies = offloads.contains(Offload.MULTI_SEGMENT);
        boolean cuts = offloads.contains(Offload.TCP_SEGMENTATION);
        assertThat(count("tcp.retransmits")).isZero();
        assertThat(count("tcp.tx.copied.bytes")).isEqualTo(bodies ? 0 : 20L * length);
        assertThat(count("tcp.tx.gathered.bytes")).isEqualTo(bodies ? 20L * length : 0);
        assertThat(device.segmented() > 0).isEqualTo(bodies && cuts);
        assertThat(count("tcp.tx.segments")).as("segments on the wire").isBetween(20 * 100L, 20 * 100L + 40);
        stream.end();
    }

    @Test
    void anObjectWithRoomForHeadersIsCutWithoutASecondPiece() {
        Conditions good = new Conditions().delayNanos(20_000);
        OneWay stream = open(EnumSet.of(Offload.TCP_SEGMENTATION), good, good);
        int length = 20 * SEGMENT;
        stream.carry(50L * length, at -> stream.fill(sender.heap().allocate(length), at));
        assertThat(device.segmented()).isPositive();
        assertThat(device.bodies()).isZero();
        stream.end();
    }

    @Test
    void allOfItLeavesNoGarbage() {
        Conditions good = new Conditions().delayNanos(20_000);
        OneWay stream = open(EnumSet.allOf(Offload.class), good, good);
        OneWay.Source objects = at -> stream.fill(sender.heap().allocate(60_000, 0), at);
        stream.carry(40 << 20, objects);
        Garbage.assertNone(() -> stream.carry(6 << 20, objects));
        assertThat(device.segmented()).isPositive();
        stream.end();
    }
}
