package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Shell;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not the stack's stays the kernel's, on the same interface at the same time. */
@Timeout(120)
class SharedInterfaceTest {
    private static final int KERNEL_PORT = 9;

    private final VethWire wire = Wires.keepTagsInPackets(VethWire.create(1));

    @AfterEach
    void close() {
        wire.close();
    }

    private boolean pings(String address) {
        return Shell.tryRun(wire.client().command(List.of("ping", "-c", "1", "-W", "5", address)))
                .isOk();
    }

    @ParameterizedTest
    @ValueSource(strings = {"afxdp:vb", "afxdp:vb,mode=generic"})
    void leavesAnotherAddressToTheKernel(String device) {
        try (Station station = Station.open(wire.penstockServer(), device);
                UdpPeer kernel = UdpPeer.bound(
                        wire.kernelServer(), new InetSocketAddress(VethWire.KERNEL_ADDRESS, Wires.ECHO_PORT));
                UdpPeer peer = UdpPeer.in(wire.client())) {
            kernel.echo();
            for (int i = 0; i < 20; i++) {
                assertThat(peer.echoes(VethWire.KERNEL_ADDRESS, Wires.ECHO_PORT, new byte[] {1, 2, 3}, 30))
                        .as("the kernel's address")
                        .isTrue();
                assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[] {4, 5}, 30))
                        .as("Penstock's address")
                        .isTrue();
            }
            assertThat(pings(VethWire.KERNEL_ADDRESS)).isTrue();
            assertThat(pings(VethWire.PENSTOCK_ADDRESS))
                    .as("no ICMP behind the echo")
                    .isFalse();
            assertThat(station.echoed()).isGreaterThanOrEqualTo(20);
        }
    }

    @Test
    void takesOnlyItsPortsOfAnAddressThatTheKernelHasToo() {
        wire.kernelServer().ip("addr add " + VethWire.PENSTOCK_ADDRESS + "/24 dev vb");
        Steering onePort = Steering.toIpv4(List.of(Wires.OURS), List.of(Wires.ECHO_PORT));
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb", onePort, 4096);
                UdpPeer kernel = UdpPeer.bound(
                        wire.kernelServer(), new InetSocketAddress(VethWire.PENSTOCK_ADDRESS, KERNEL_PORT));
                UdpPeer peer = UdpPeer.in(wire.client())) {
            kernel.echo();
            wire.kernelServer().ip("neigh flush all");
            wire.client().ip("neigh flush all");
            assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[100], 30))
                    .isTrue();
            long ours = station.echoed();
            assertThat(ours).isPositive();
            for (int i = 0; i < 20; i++) {
                assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, KERNEL_PORT, new byte[100], 30))
                        .isTrue();
            }
            assertThat(station.echoed()).as("the kernel's port went past").isEqualTo(ours);
        }
        try (UdpPeer kernel = UdpPeer.bound(
                        wire.kernelServer(), new InetSocketAddress(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT));
                UdpPeer peer = UdpPeer.in(wire.client())) {
            kernel.echo();
            assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[100], 30))
                    .as("after the device was closed, the port is the kernel's again")
                    .isTrue();
        }
    }
}
