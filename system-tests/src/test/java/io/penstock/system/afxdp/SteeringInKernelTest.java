package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.datapath.device.afxdp.SteeringProgram;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.Bpf;
import io.penstock.linux.net.XdpSocket;
import io.penstock.testkit.Await;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's verifier admits the steering program, and its own run gives the verdicts that were meant. */
class SteeringInKernelTest {
    private static final int XDP_REDIRECT = 4;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int KERNELS = 0xc6120003;

    private int map;
    private int socket;

    @BeforeEach
    void open() {
        map = Bpf.createSocketMap("test", 1);
        socket = XdpSocket.open();
        assertThat(Bpf.updateMap(map, 0, socket)).isZero();
    }

    @AfterEach
    void close() {
        FileDescriptors.close(socket);
        FileDescriptors.close(map);
    }

    private int verdict(Steering steering, byte[] packet) {
        long[] program = SteeringProgram.assemble(steering, map);
        int fd = Bpf.loadXdp("test", program);
        assertThat(fd).as(() -> Bpf.verifierLog("test", program)).isPositive();
        try {
            return Bpf.testRun(fd, packet);
        } finally {
            FileDescriptors.close(fd);
        }
    }

    private static byte[] ipv4(int destination, int protocol, int port) {
        return ByteBuffer.allocate(60)
                .putShort(12, (short) 0x0800)
                .put(14, (byte) 0x45)
                .put(23, (byte) protocol)
                .putInt(30, destination)
                .putShort(36, (short) port)
                .array();
    }

    private static byte[] arp(int target) {
        return ByteBuffer.allocate(60)
                .putShort(12, (short) 0x0806)
                .putShort(14, (short) 1)
                .putShort(16, (short) 0x0800)
                .putShort(18, (short) 0x0604)
                .putInt(38, target)
                .array();
    }

    @Test
    void takesWhatIsOursAndPassesTheRest() {
        Steering address = Steering.toAddress(Wires.OURS);
        assertThat(verdict(address, arp(Wires.OURS))).isEqualTo(XDP_REDIRECT);
        assertThat(verdict(address, arp(KERNELS))).isEqualTo(SteeringProgram.XDP_PASS);
        assertThat(verdict(address, ipv4(Wires.OURS, TCP, 80))).isEqualTo(XDP_REDIRECT);
        assertThat(verdict(address, ipv4(KERNELS, TCP, 80))).isEqualTo(SteeringProgram.XDP_PASS);
        assertThat(verdict(address, new byte[60])).isEqualTo(SteeringProgram.XDP_PASS);
        assertThat(verdict(Steering.everything(), new byte[60])).isEqualTo(XDP_REDIRECT);
    }

    @Test
    void takesOnlyItsPorts() {
        Steering ports = Steering.toIpv4(List.of(Wires.OURS), List.of(7, 50_000));
        for (int protocol : new int[] {TCP, UDP}) {
            assertThat(verdict(ports, ipv4(Wires.OURS, protocol, 7))).isEqualTo(XDP_REDIRECT);
            assertThat(verdict(ports, ipv4(Wires.OURS, protocol, 50_000))).isEqualTo(XDP_REDIRECT);
            assertThat(verdict(ports, ipv4(Wires.OURS, protocol, 9))).isEqualTo(SteeringProgram.XDP_PASS);
        }
        byte[] fragment = ipv4(Wires.OURS, UDP, 9);
        fragment[20] = 0x20;
        assertThat(verdict(ports, fragment)).isEqualTo(XDP_REDIRECT);
    }

    @Test
    void passesWhatArrivesOnAQueueWithoutASocket() {
        FileDescriptors.close(socket); // which takes it out of the map
        Await.until("the map is empty", () -> verdict(Steering.toAddress(Wires.OURS), arp(Wires.OURS)) != XDP_REDIRECT);
        assertThat(verdict(Steering.toAddress(Wires.OURS), arp(Wires.OURS))).isEqualTo(SteeringProgram.XDP_PASS);
        socket = XdpSocket.open();
    }

    @Test
    void isAdmittedWithAsManyAddressesAndPortsAsThereMayBe() {
        List<Integer> addresses =
                IntStream.range(0, 256).mapToObj(i -> Wires.OURS + i).toList();
        List<Integer> ports = IntStream.rangeClosed(1, 1024).boxed().toList();
        assertThat(verdict(Steering.toIpv4(addresses, ports), ipv4(Wires.OURS + 255, TCP, 1024)))
                .isEqualTo(XDP_REDIRECT);
    }

    @Test
    void isRefusedWithTheVerifiersWordsIfItIsNone() {
        long[] nothing = {0x95L}; // exits without a result
        assertThat(Bpf.loadXdp("test", nothing)).isNegative();
        assertThat(Bpf.verifierLog("test", nothing)).contains("R0 !read_ok");
    }
}
