package io.penstock.system.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.linux.net.Ethtool;
import io.penstock.system.afxdp.UdpPeer;
import io.penstock.system.afxdp.Wires;
import io.penstock.testkit.Await;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.RunFolder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer on the same machine with all the offloads that its kernel gives it: it leaves checksums and cutting to others. */
@Timeout(180)
class PeerOffloadsTest {
    private static final String ADDRESS = VethWire.PENSTOCK_ADDRESS;
    private static final int STREAM_BYTES = 8 << 20;
    private static final int PATIENCE_MILLIS = 30_000;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    @Test
    void isServedOverVeth() {
        try (VethWire wire = VethWire.create(1);
                RunFolder folder = RunFolder.create();
                Server server = echo(wire.penstockServer(), folder, "afxdp:vb")) {
            assertServed(wire.client(), server);
            assertThat(server.counter("rx.checksum.partial"))
                    .as("packets whose checksum was left out, of TCP and UDP")
                    .isGreaterThan(1000);
        }
    }

    /** Generic mode lets a veth's other end send segments that fit no frame, which only that end can change. */
    @Test
    void isToldInGenericModeWhatToSwitchOff() {
        try (VethWire wire = Wires.keepTagsInPackets(VethWire.create(1));
                RunFolder folder = RunFolder.create();
                Server server = echo(wire.penstockServer(), folder, "afxdp:vb,mode=generic")) {
            assertDatagramsServed(wire.client());
            wire.client().call(() -> {
                try (Socket socket = connect()) {
                    Thread writer = writer(socket, new byte[STREAM_BYTES]);
                    Await.until(
                            "a line that says so",
                            () -> server.process().errorLines().stream()
                                    .anyMatch(line ->
                                            line.contains("packets larger than a frame of 2048 bytes come in on vb")
                                                    && line.contains("ethtool -K PEER tso off gso off")));
                    writer.interrupt();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                Ethtool.setOffload(VethWire.CLIENT_INTERFACE, Ethtool.Offload.TCP_SEGMENTATION, false);
                Ethtool.setOffload(VethWire.CLIENT_INTERFACE, Ethtool.Offload.GENERIC_SEGMENTATION, false);
                return null;
            });
            assertThat(server.counter("rx.dropped.device.too-large")).isPositive();
            assertStreamServed(wire.client());
            assertChecksumsTaken(server);
        }
    }

    @Test
    void isServedOverTap() {
        try (NetworkNamespace namespace = NetworkNamespace.create("tap");
                RunFolder folder = RunFolder.create();
                Server server = echo(namespace, folder, "tap:pt")) {
            namespace.ip("addr add 198.18.0.1/24 dev pt");
            assertServed(namespace, server);
        }
    }

    private static Server echo(NetworkNamespace namespace, RunFolder folder, String device) {
        Server server = Server.start(
                namespace,
                folder,
                "echo",
                "--device",
                device,
                "--address",
                ADDRESS + "/24",
                "--tcp",
                "7",
                "--udp",
                "7",
                "--idle",
                "yield");
        server.process().awaitLine(line -> line.startsWith("ready echo"), Server.DEADLINE_NANOS);
        return server;
    }

    private void assertServed(NetworkNamespace clients, Server server) {
        assertDatagramsServed(clients);
        assertStreamServed(clients);
        assertChecksumsTaken(server);
        assertThat(server.counter("rx.dropped.device"))
                .as("too large for a frame")
                .isZero();
    }

    private void assertDatagramsServed(NetworkNamespace clients) {
        try (UdpPeer peer = UdpPeer.in(clients)) {
            for (int length : new int[] {0, 1, 64, 1471, 1472}) {
                byte[] payload = new byte[length];
                random.nextBytes(payload);
                assertThat(peer.echoes(ADDRESS, Wires.ECHO_PORT, payload, 10))
                        .as(length + " bytes, seed " + seed)
                        .isTrue();
            }
        }
    }

    /** Both directions at once, as it is an echo. */
    private void assertStreamServed(NetworkNamespace clients) {
        byte[] sent = new byte[STREAM_BYTES];
        random.nextBytes(sent);
        byte[] back = clients.call(() -> echoed(sent));
        assertThat(Arrays.mismatch(back, sent))
                .as("first difference, seed " + seed)
                .isEqualTo(-1);
    }

    private static void assertChecksumsTaken(Server server) {
        assertThat(server.counter("tcp.rx.bad-checksum")).isZero();
        assertThat(server.counter("rx.dropped.udp-checksum")).isZero();
        assertThat(server.counter("rx.dropped.checksum-partial")).isZero();
    }

    private static byte[] echoed(byte[] bytes) {
        try (Socket socket = connect()) {
            writer(socket, bytes);
            return socket.getInputStream().readNBytes(bytes.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress(ADDRESS, Wires.ECHO_PORT), PATIENCE_MILLIS);
        return socket;
    }

    private static Thread writer(Socket socket, byte[] bytes) {
        Thread writer = new Thread(() -> write(socket, bytes), "stream-writer");
        writer.setDaemon(true);
        writer.start();
        return writer;
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
        } catch (IOException _) {
            // then less comes back, which the reader says
        }
    }
}
