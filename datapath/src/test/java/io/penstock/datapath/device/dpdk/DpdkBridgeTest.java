package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Bridge;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketEdit;
import io.penstock.linux.RawMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Packets from driver to driver. */
@ExtendWith(DpdkEnvironment.class)
class DpdkBridgeTest {
    private static final int BURST = 32;
    private static final int RING_ENTRIES = 1023;

    @TempDir
    private Path folder;

    private static Bridge open(PacketEdit edit, String first, String second) {
        return Devices.openBridge(Devices.parse(first), second == null ? null : Devices.parse(second), edit, BURST);
    }

    /** Drives it until nothing comes any more. */
    private static void drive(Bridge bridge) {
        for (int idle = 0; idle < 3; idle++) {
            if (bridge.turn(BURST) != 0) {
                idle = -1;
            }
        }
    }

    private static void closeAndCount(Bridge bridge) {
        bridge.close();
        assertThat(bridge.buffersBack()).isEqualTo(bridge.buffers());
        assertThat(bridge.turn(BURST)).as("of a closed one").isZero();
    }

    @Test
    void everyPacketBetweenTwoPortsIsSentAndEveryMbufComesBack() {
        Bridge bridge = open(PacketEdit.NONE, "dpdk:net_null0", "dpdk:net_null1");
        Random random = new Random(4);
        long expected = 0;
        for (int i = 0; i < 10_000; i++) {
            int burst = 1 + random.nextInt(BURST);
            assertThat(bridge.turn(burst)).isEqualTo(2 * burst);
            expected += 2L * burst;
        }
        closeAndCount(bridge);
        assertThat(bridge.received()).isEqualTo(expected);
        assertThat(bridge.sent()).isEqualTo(expected);
        assertThat(bridge.dropped()).isZero();
        assertThat(bridge.mode()).contains("DPDK").contains("net_null");
    }

    @Test
    void aLonePortGetsItsOwnPacketsBack() throws IOException {
        Random random = new Random(5);
        List<byte[]> packets = Capture.random(700, random);
        Capture.write(folder.resolve("in"), packets);
        Bridge bridge = open(PacketEdit.NONE, pcap("net_pcap0", "in", "out"), null);
        drive(bridge);
        closeAndCount(bridge);
        assertThat(Capture.read(folder.resolve("out"))).containsExactlyElementsOf(packets);
    }

    @Test
    void aCaptureReplayedIntoEachPortComesOutOfTheOther() throws IOException {
        Random random = new Random(6);
        List<byte[]> east = Capture.random(1000, random);
        List<byte[]> west = Capture.random(333, random);
        Capture.write(folder.resolve("east"), east);
        Capture.write(folder.resolve("west"), west);
        Bridge bridge =
                open(PacketEdit.NONE, pcap("net_pcap0", "east", "east-out"), pcap("net_pcap1", "west", "west-out"));
        drive(bridge);
        closeAndCount(bridge);
        assertThat(Capture.read(folder.resolve("west-out"))).containsExactlyElementsOf(east);
        assertThat(Capture.read(folder.resolve("east-out"))).containsExactlyElementsOf(west);
        assertThat(bridge.received()).isEqualTo(1333);
        assertThat(bridge.sent()).isEqualTo(1333);
    }

    @Test
    void editedPacketsGoOnAsTheEditLeavesThemAndDroppedOnesDoNot() throws IOException {
        List<byte[]> packets = Capture.random(500, new Random(7));
        Capture.write(folder.resolve("in"), packets);
        Capture.write(folder.resolve("none"), List.of());
        List<byte[]> expected = new ArrayList<>();
        for (byte[] packet : packets) {
            if (packet[0] % 3 != 0) {
                byte[] edited = Arrays.copyOf(packet, packet.length - (packet[1] & 15));
                edited[2] = 42;
                expected.add(edited);
            }
        }
        PacketEdit edit = (address, lengthBytes, _) -> {
            if (RawMemory.getByte(address) % 3 == 0) {
                return PacketEdit.DROP;
            }
            RawMemory.putByte(address + 2, (byte) 42);
            return lengthBytes - (RawMemory.getByte(address + 1) & 15);
        };
        Bridge bridge = open(edit, pcap("net_pcap0", "in", "back"), pcap("net_pcap1", "none", "out"));
        drive(bridge);
        closeAndCount(bridge);
        assertThat(Capture.read(folder.resolve("out"))).containsExactlyElementsOf(expected);
        assertThat(Capture.read(folder.resolve("back"))).isEmpty();
        assertThat(bridge.sent()).isEqualTo(expected.size());
        assertThat(bridge.dropped()).isEqualTo(packets.size() - expected.size());
    }

    @Test
    void aReflectingEditSendsBackWhereItCameFrom() throws IOException {
        List<byte[]> packets = Capture.random(100, new Random(8));
        Capture.write(folder.resolve("in"), packets);
        Capture.write(folder.resolve("none"), List.of());
        PacketEdit edit = new PacketEdit() {
            @Override
            public int edit(long address, int lengthBytes, long ownMac) {
                return lengthBytes;
            }

            @Override
            public boolean reflects() {
                return true;
            }
        };
        Bridge bridge = open(edit, pcap("net_pcap0", "in", "back"), pcap("net_pcap1", "none", "out"));
        drive(bridge);
        closeAndCount(bridge);
        assertThat(Capture.read(folder.resolve("back"))).containsExactlyElementsOf(packets);
        assertThat(Capture.read(folder.resolve("out"))).isEmpty();
    }

    @Test
    void whatAPortHasNoRoomForIsDroppedAndFreed() {
        Bridge bridge = open(PacketEdit.NONE, "dpdk:net_null0", "dpdk:net_ring0,port.wire=nobody");
        for (int i = 0; i < 100; i++) {
            assertThat(bridge.turn(BURST)).isEqualTo(BURST);
        }
        closeAndCount(bridge);
        assertThat(bridge.sent()).isEqualTo(RING_ENTRIES);
        assertThat(bridge.dropped()).isEqualTo(100 * BURST - RING_ENTRIES);
    }

    @Test
    void whatCannotBeABridgeIsRefusedAndNothingStaysOpen() {
        assertThatThrownBy(() -> open(PacketEdit.NONE, "dpdk:net_null0", "dpdk:net_null0"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("name it once");
        assertThatThrownBy(() -> open(PacketEdit.NONE, "dpdk:net_null0,port.queues=2", null))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("port.queues=2");
        assertThatThrownBy(() -> open(PacketEdit.NONE, "dpdk:net_null0", "dpdk:net_nonsense0"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("net_nonsense0");
        closeAndCount(open(PacketEdit.NONE, "dpdk:net_null0", null));
    }

    private String pcap(String port, String in, String out) {
        return "dpdk:" + port + ",rx_pcap=" + folder.resolve(in) + ",tx_pcap=" + folder.resolve(out);
    }
}
