package io.penstock.system.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.net.NetworkNamespace;
import io.penstock.benchmarks.net.VethWire;
import io.penstock.benchmarks.process.Child;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.datapath.device.dpdk.DpdkEnvironment;
import io.penstock.linux.proc.Namespace;
import io.penstock.system.afxdp.EchoProcess;
import io.penstock.system.afxdp.Station;
import io.penstock.system.afxdp.UdpPeer;
import io.penstock.system.afxdp.Wires;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DPDK's drivers over the kernel's interfaces, with a socket of the kernel at the far end. */
@ExtendWith(DpdkEnvironment.class)
@Timeout(120)
class KernelWiresTest {
    /** net_af_xdp takes more than one only of interfaces that call them combined, as veth does not. */
    private static final int QUEUES = 1;

    private static final int TRIES = 50;
    private static final int LARGEST = 1472;
    private static final int STREAM_BYTES = 3 << 20;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final VethWire wire = VethWire.create(QUEUES);

    @BeforeAll
    static void openTheFirstSocket() {
        try (UdpPeer first = UdpPeer.in("/proc/self/ns/net")) {
            assertThat(first)
                    .as("from which on the class library keeps one of its own")
                    .isNotNull();
        }
    }

    @AfterEach
    void close() {
        wire.close();
    }

    private void assertEchoes(NetworkNamespace namespace, String address) {
        try (UdpPeer peer = UdpPeer.in(namespace)) {
            for (int length : new int[] {0, 1, 18, 19, 100, 1000, LARGEST - 1, LARGEST}) {
                byte[] payload = new byte[length];
                random.nextBytes(payload);
                assertThat(peer.echoes(address, Wires.ECHO_PORT, payload, TRIES))
                        .as("%d bytes, seed %d", length, seed)
                        .isTrue();
            }
            for (int i = 0; i < 300; i++) {
                byte[] payload = new byte[random.nextInt(LARGEST + 1)];
                random.nextBytes(payload);
                assertThat(peer.echoes(address, Wires.ECHO_PORT, payload, TRIES))
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dpdk:net_af_packet0,iface=vb",
                "dpdk:net_af_packet0,iface=vb,qpairs=2,port.queues=2",
                "dpdk:net_af_packet0,iface=vb,framecnt=64,qdisc_bypass=0,port.rxd=64,port.txd=64"
            })
    void talksWithTheKernelOverVeth(String device) {
        for (int round = 0; round < 2; round++) {
            try (Station station = Station.open(wire.penstockServer(), device)) {
                assertEchoes(wire.client(), VethWire.PENSTOCK_ADDRESS);
                assertThat(station.isUp()).isTrue();
            }
        }
    }

    @Test
    void talksWithTheKernelOverTap() {
        for (int round = 0; round < 2; round++) {
            try (Station station = Station.open(wire.client(), "dpdk:net_tap0,iface=dtap0")) {
                wire.client().ip("addr add 198.18.4.1/24 dev dtap0");
                wire.client().ip("link set dtap0 up");
                Wires.await("the link", station::isUp);
                assertEchoes(wire.client(), "198.18.4.2");
                assertThat(station.echoed()).isGreaterThan(300);
            }
            assertThat(Wires.find(wire.client(), "dtap0")).as("the interface").isNull();
        }
    }

    /** The driver finishes checksums, and cuts what is longer than a segment; the kernel would not take a wrong one. */
    @Test
    void aStreamGoesOverTapWithTheDriversOffloads() {
        List<String> command = wire.client()
                .command(PenstockCommand.of(
                        "echo",
                        "--device",
                        "dpdk:net_tap0,iface=dtap0",
                        "--address",
                        VethWire.PENSTOCK_ADDRESS + "/24"));
        try (Child server = Child.start("the echo server", command)) {
            server.awaitLine(line -> line.startsWith("ready"), EchoProcess.START_NANOS);
            wire.client().ip("addr add 198.18.0.7/32 dev dtap0");
            wire.client().ip("route add " + VethWire.PENSTOCK_ADDRESS + "/32 dev dtap0 src 198.18.0.7");
            wire.client().ip("link set dtap0 up");
            byte[] sent = new byte[STREAM_BYTES];
            random.nextBytes(sent);
            byte[] received = Namespace.call(
                    "/run/netns/" + wire.client().name(), () -> Stream.echoed(VethWire.PENSTOCK_ADDRESS, sent));
            assertThat(received).as("seed %d", seed).isEqualTo(sent);
            assertThat(server.isAlive()).isTrue();
        }
    }

    /**
     * In processes of their own also because net_af_xdp keeps its socket when it is closed (DPDK 22.11 with libxdp 1.3), so
     * that a process can have an interface once.
     */
    @ParameterizedTest
    @ValueSource(strings = {"dpdk:net_af_packet0,iface=vb", "dpdk:net_af_xdp0,iface=vb"})
    void aServerThatWasKilledIsStartedAgain(String device) {
        int program = -1;
        for (int round = 0; round < 3; round++) {
            try (Child server = EchoProcess.startAndAwait(wire.penstockServer(), device)) {
                assertEchoes(wire.client(), VethWire.PENSTOCK_ADDRESS);
                program = Wires.find(wire.penstockServer(), "vb").xdpProgramId();
                server.kill();
            }
        }
        assertThat(program != 0).as("an XDP program").isEqualTo(device.contains("af_xdp"));
    }
}
