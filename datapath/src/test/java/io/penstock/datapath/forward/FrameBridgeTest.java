package io.penstock.datapath.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Bridge;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketEdit;
import io.penstock.datapath.device.WireEnd;
import io.penstock.datapath.poll.VirtualClock;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameBridgeTest {
    private static final int BURST = 8;
    private static final long SEED = 31;

    private final VirtualClock clock = new VirtualClock();
    private final Random random = new Random(SEED);
    private final String wire =
            "bridge-" + ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
    private Bridge bridge;
    private WireEnd east;
    private WireEnd west;

    private void open(String scheme, PacketEdit edit, int devices) {
        List<DeviceSpec> specs = Stream.of("e", "w")
                .limit(devices)
                .map(end -> Devices.parse(scheme + ":" + wire + end))
                .toList();
        bridge = Forwarder.open(specs, edit, BURST, clock);
        east = openEnd(scheme + ":" + wire + "e");
        west = devices == 1 ? null : openEnd(scheme + ":" + wire + "w");
        turn(); // devices look whether the wire has its other end
    }

    private WireEnd openEnd(String device) {
        return new WireEnd(clock, setup -> Devices.open(Devices.parse(device), setup));
    }

    private void turn() {
        clock.advance(10_000_000);
        int _ = bridge.turn(BURST);
    }

    private byte[] packet() {
        byte[] packet = new byte[60 + random.nextInt(1400)];
        random.nextBytes(packet);
        return packet;
    }

    @AfterEach
    void everyFrameIsBack() {
        if (bridge != null) {
            bridge.close();
            assertThat(bridge.buffersBack()).isEqualTo(bridge.buffers());
            east.close();
            if (west != null) {
                west.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sim", "shm"})
    void packetsGoBothWaysUntouchedAndInOrder(String scheme) {
        open(scheme, PacketEdit.NONE, 2);
        for (int i = 0; i < 500; i++) {
            byte[] there = packet();
            byte[] back = packet();
            assertThat(east.send(there)).isTrue();
            assertThat(west.send(back)).isTrue();
            turn();
            clock.advance(10_000_000);
            assertThat(west.receiveBytes()).as("seed %d, packet %d", SEED, i).isEqualTo(there);
            assertThat(east.receiveBytes()).as("seed %d, packet %d", SEED, i).isEqualTo(back);
        }
        assertThat(bridge.received()).isEqualTo(1000);
        assertThat(bridge.sent()).isEqualTo(1000);
        assertThat(bridge.dropped()).isZero();
    }

    @Test
    void aLoneDeviceGetsItsPacketsBackWithTheAddressesSwapped() {
        open("shm", new MacSwap(), 1);
        byte[] sent = packet();
        assertThat(east.send(sent)).isTrue();
        turn();
        byte[] expected = sent.clone();
        System.arraycopy(sent, 0, expected, 6, 6);
        System.arraycopy(sent, 6, expected, 0, 6);
        assertThat(east.receiveBytes()).isEqualTo(expected);
    }

    @Test
    void whatReflectsGoesBackAndWhatIsDroppedNowhere() {
        PacketEdit edit = new PacketEdit() {
            @Override
            public int edit(long address, int lengthBytes, long ownMac) {
                return lengthBytes > 700 ? DROP : lengthBytes - 1;
            }

            @Override
            public boolean reflects() {
                return true;
            }
        };
        open("shm", edit, 2);
        assertThat(west.send(new byte[900])).isTrue();
        assertThat(west.send(new byte[100])).isTrue();
        turn();
        assertThat(west.receiveBytes()).hasSize(99);
        assertThat(west.receiveBytes()).isNull();
        assertThat(east.receiveBytes()).isNull();
        assertThat(bridge.received()).isEqualTo(2);
        assertThat(bridge.sent()).isEqualTo(1);
        assertThat(bridge.dropped()).isEqualTo(1);
    }

    @Test
    void whatTheOtherSideHasNoRoomForIsDroppedAndCounted() {
        open("shm", PacketEdit.NONE, 2);
        int sent = 0;
        while (bridge.dropped() == 0 && sent < 100_000) {
            assertThat(east.send(new byte[60])).isTrue(); // nobody receives at the western end
            sent++;
            turn();
        }
        assertThat(bridge.dropped()).isEqualTo(1);
        assertThat(bridge.sent()).isEqualTo(sent - 1);
    }

    @Test
    void aDeviceThatCannotBeHadLeavesTheOtherOneClosed() {
        List<DeviceSpec> specs = List.of(Devices.parse("shm:" + wire + "e"), Devices.parse("tap:no/such/name,mode=x"));
        assertThatThrownBy(() -> Forwarder.open(specs, PacketEdit.NONE, BURST, clock))
                .isInstanceOf(ConfigurationException.class);
        open("shm", PacketEdit.NONE, 1); // else the wire would have two ends already
    }

    @Test
    void aForwarderEndsAfterSoManyPackets() {
        open("shm", new MacSwap(), 1);
        for (int i = 0; i < 40; i++) {
            assertThat(east.send(packet())).isTrue();
        }
        Forwarder forwarder = new Forwarder(
                bridge, new Forwarder.Plan(BURST, 20, Long.MAX_VALUE, Long.MAX_VALUE), clock, Counters.inMemory());
        forwarder.run((_, _, _) -> {});
        assertThat(bridge.received()).isBetween(20L, 20L + 2 * BURST);
    }
}
