package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.TunTap;
import io.penstock.testkit.Await;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.Shell;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cable to the kernel: the kernel itself is the peer. */
@Timeout(120)
class TapTest {
    private static final String ADDRESS = "198.18.0.2";

    private final NetworkNamespace namespace = NetworkNamespace.create("tap");

    @AfterEach
    void close() {
        namespace.close();
    }

    private Station open(String device) {
        Station station = Station.open(namespace, device);
        namespace.ip("addr add 198.18.0.1/24 dev pt");
        return station;
    }

    private static boolean echoes(UdpPeer peer, byte[] payload) {
        return peer.echoes(ADDRESS, Wires.ECHO_PORT, payload, 30);
    }

    @Test
    void sendsEverySizeBackUnchanged() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try (Station station = open("tap:pt");
                UdpPeer peer = UdpPeer.in(namespace)) {
            for (int length : new int[] {0, 1, 18, 64, 1000, 1472}) {
                byte[] payload = new byte[length];
                random.nextBytes(payload);
                assertThat(echoes(peer, payload))
                        .as(length + " bytes, seed " + seed)
                        .isTrue();
            }
            assertThat(station.txDropped()).isZero();
        }
        assertThat(Wires.find(namespace, "pt")).as("it was made for the device").isNull();
    }

    @Test
    void hasAHardwareAddressThatIsNotTheKernels() {
        try (Station station = Station.open(namespace, "tap:pt")) {
            long mac = station.info().macAddress();
            assertThat(mac).isNotEqualTo(Wires.find(namespace, "pt").macAddress());
            assertThat((mac >>> 40) & 3).as("locally administered, not a group").isEqualTo(2);
            assertThat(station.info().mode()).isEqualTo("TAP, 1 queue");
        }
        try (Station station = Station.open(namespace, "tap:pt,mac=02:00:00:00:00:07")) {
            assertThat(station.info().macAddress()).isEqualTo(0x0200_0000_0007L);
        }
    }

    @Test
    void attachesToAnInterfaceThatWasMadeBeforehand() {
        namespace.ip("tuntap add pt mode tap");
        try (Station station = open("tap:pt");
                UdpPeer peer = UdpPeer.in(namespace)) {
            assertThat(echoes(peer, new byte[64])).isTrue();
            assertThat(station.isUp()).isTrue();
        }
        assertThat(Wires.find(namespace, "pt")).as("it stays").isNotNull();
    }

    @Test
    void passesAFloodThroughAndMakesNoGarbage() throws InterruptedException {
        try (Station station = open("tap:pt");
                UdpPeer peer = UdpPeer.in(namespace)) {
            assertThat(echoes(peer, new byte[64])).isTrue();
            Thread flood = new Thread(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    peer.send(ADDRESS, Wires.ECHO_PORT, new byte[64]);
                }
            });
            flood.setDaemon(true);
            flood.start();
            long bytes = Long.MAX_VALUE;
            for (int i = 0; i < 20 && bytes != 0; i++) {
                bytes = station.allocatedWhileEchoing(20_000);
            }
            flood.interrupt();
            flood.join();
            assertThat(bytes).isZero();
        }
    }

    @Test
    void goesOnAfterTheInterfaceWasDownAndUp() {
        try (Station station = open("tap:pt");
                UdpPeer peer = UdpPeer.in(namespace)) {
            assertThat(echoes(peer, new byte[64])).isTrue();
            namespace.ip("link set pt down");
            Await.until("down", () -> !station.isUp());
            station.transmitOne();
            assertThat(station.txDropped()).isPositive();
            namespace.ip("link set pt up");
            Await.until("up", station::isUp);
            assertThat(echoes(peer, new byte[64])).isTrue();
        }
    }

    @Test
    void runsOnWithoutTheInterfaceOnceItIsDeleted() {
        try (Station station = open("tap:pt");
                UdpPeer peer = UdpPeer.in(namespace)) {
            assertThat(echoes(peer, new byte[64])).isTrue();
            namespace.ip("link del pt");
            Await.until("gone", () -> !station.isUp());
            station.transmitOne();
            assertThat(station.txDropped()).isPositive();
            assertThat(station.isUp()).isFalse();
            assertThat(station.lostReason())
                    .isEqualTo(
                            "TAP interface of tap:pt has gone: it was deleted, or moved to another network namespace");
        }
    }

    @Test
    void refusesAnInterfaceThatIsInUse() {
        int fd = namespace.call(() -> TunTap.attach("pt"));
        assertThat(fd).isPositive();
        assertThatThrownBy(() -> Station.open(namespace, "tap:pt"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("TAP interface pt is in use by another process: stop that one, or use another name");
        FileDescriptors.close(fd);
    }

    @Test
    void refusesAnInterfaceThatIsNoTap() {
        assertThatThrownBy(() -> Station.open(namespace, "tap:lo"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("interface lo exists and is not a TAP interface: use another name");
    }

    @Test
    void refusesAnMtuThatDoesNotFitAFrame() {
        namespace.ip("tuntap add pt mode tap");
        namespace.ip("link set pt mtu 9000");
        assertThatThrownBy(() -> Station.open(namespace, "tap:pt"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("the MTU 9000 of pt does not fit a frame of 4096 bytes: lower it to 3826 or less with 'ip"
                        + " link set pt mtu 1500'");
    }

    @ParameterizedTest
    @ValueSource(ints = {576, 1500, 1778, 1779, 3400, 3826})
    void takesTheFramesThatFitItsMtu(int mtu) {
        namespace.ip("tuntap add pt mode tap");
        namespace.ip("link set pt mtu " + mtu);
        try (Station station = open("tap:pt");
                UdpPeer peer = UdpPeer.in(namespace)) {
            assertThat(station.info().mtuBytes()).isEqualTo(mtu);
            assertThat(echoes(peer, new byte[mtu - 28])).isTrue();
        }
    }

    @Test
    void followsItsMtu() {
        try (Station station = open("tap:pt")) {
            for (int mtu : new int[] {1400, 1778}) {
                namespace.ip("link set pt mtu " + mtu);
                Await.until("the MTU", () -> station.mtuBytes() == mtu);
            }
            namespace.ip("link set pt mtu 4000");
            namespace.ip("link set pt mtu 1300");
            Await.until("the MTU", () -> station.mtuBytes() == 1300);
        }
    }

    @Test
    void namesTheCapabilityThatIsMissing() {
        try (Child child = EchoProcess.start(
                namespace, "tap:pt", "setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin")) {
            assertThat(EchoProcess.refusal(child)).contains("making the TAP interface pt needs CAP_NET_ADMIN");
        }
    }

    /** User 0 of this machine may only be a user of a new namespace with CAP_SETFCAP; nothing else is left to it. */
    @Test
    void worksWithoutACapabilityInAUserNamespace() {
        try (Child child = EchoProcess.start(
                namespace,
                "tap:pt",
                "setpriv",
                "--bounding-set=-all,+setfcap",
                "--inh-caps=-all",
                "unshare",
                "--user",
                "--map-root-user",
                "--net")) {
            child.awaitLine(line -> line.startsWith("ready"), EchoProcess.START_NANOS);
            Shell.run(
                    "nsenter",
                    "--net=/proc/" + child.pid() + "/ns/net",
                    "ip",
                    "addr",
                    "add",
                    "198.18.0.1/24",
                    "dev",
                    "pt");
            try (UdpPeer peer = UdpPeer.in("/proc/" + child.pid() + "/ns/net")) {
                assertThat(echoes(peer, new byte[64])).isTrue();
            }
        }
    }
}
