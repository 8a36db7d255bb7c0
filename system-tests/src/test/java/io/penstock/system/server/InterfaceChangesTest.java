package io.penstock.system.server;

import static io.penstock.testkit.net.VethWire.PENSTOCK_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.system.afxdp.BpfTools;
import io.penstock.system.afxdp.UdpPeer;
import io.penstock.testkit.Await;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.RunFolder;
import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is done to the interface under a server is followed, or the server ends and says why. */
@Timeout(120)
class InterfaceChangesTest {
    private static final int LOST = 3;

    private final VethWire wire = VethWire.create(4);
    private final RunFolder folder = RunFolder.create();
    private Server server;

    @BeforeEach
    void start() {
        channels(wire.client(), "va", 1);
        channels(wire.penstockServer(), "vb", 1);
        server = Server.echo(wire, folder);
        assertThat(echoes(1000)).isTrue();
    }

    @AfterEach
    void close() {
        server.close();
        folder.close();
        wire.close();
    }

    private static void channels(NetworkNamespace namespace, String name, int count) {
        Shell.run(namespace.command(List.of("ethtool", "-L", name, "rx", "" + count, "tx", "" + count)));
    }

    /** A connection of its own, all bytes there and back. */
    private boolean echoes(int bytes) {
        return wire.client().call(() -> {
            try (Socket socket = new Socket()) {
                socket.setSoTimeout(10_000);
                socket.connect(new InetSocketAddress(InetAddress.ofLiteral(PENSTOCK_ADDRESS), 7), 10_000);
                byte[] sent = new byte[bytes];
                Arrays.fill(sent, (byte) 7);
                socket.getOutputStream().write(sent);
                return Arrays.equals(socket.getInputStream().readNBytes(bytes), sent);
            } catch (IOException _) {
                return false;
            }
        });
    }

    private void assertEndsAsLost(String line) {
        assertThat(server.process().awaitExit(Server.DEADLINE_NANOS)).isEqualTo(LOST);
        assertThat(server.process().errorLines()).last().asString().isEqualTo("penstock: " + line);
        assertThat(Traces.locks(wire)).as("lock files").isEmpty();
    }

    @Test
    void endsWhenTheInterfaceIsDeletedAndMadeAgain() {
        wire.penstockServer().ip("link del vb");
        wire.penstockServer().ip("link add vb type veth peer name vc");
        assertEndsAsLost("interface vb has gone: it was deleted, or moved to another network namespace");
    }

    @Test
    void endsWhenTheInterfaceIsMovedAway() {
        wire.penstockServer().ip("link set vb netns " + wire.client().name());
        assertEndsAsLost("interface vb has gone: it was deleted, or moved to another network namespace");
    }

    @Test
    void endsWhenItsProgramIsDetached() {
        BpfTools.detach(wire.penstockServer().xdpProgramId("vb"));
        assertEndsAsLost("the XDP program of vb was detached by somebody else: no packets arrive any more");
    }

    @Test
    void endsWhenTheHardwareAddressIsChanged() {
        wire.penstockServer().ip("link set vb address 02:00:00:00:00:07");
        assertEndsAsLost("the hardware address of vb was changed: peers do not reach the old one any more");
    }

    @Test
    void takesQueuesThatComeToBe() {
        for (int count : new int[] {2, 4}) {
            channels(wire.penstockServer(), "vb", count);
            channels(wire.client(), "va", count);
            for (int i = 0; i < 40; i++) {
                assertThat(echoes(1000)).as("connection " + i).isTrue();
            }
        }
        assertThat(server.counter("rx.passed.queue-without-socket")).isZero();
    }

    @Test
    void countsPacketsOnQueuesThatItWasNotToldToTake() {
        server.close();
        String[] arguments = Server.echoArguments(wire);
        arguments[2] = Server.DEVICE + ",queues=0";
        server = Server.start(wire.penstockServer(), folder, arguments);
        server.process().awaitLine(line -> line.startsWith("ready echo"), Server.DEADLINE_NANOS);
        channels(wire.penstockServer(), "vb", 2);
        channels(wire.client(), "va", 2);
        Await.until("a packet on the other queue", () -> {
            try (UdpPeer peer = UdpPeer.in(wire.client())) { // from another port each time
                peer.send(PENSTOCK_ADDRESS, 7, new byte[100]);
            }
            return server.counter("rx.passed.queue-without-socket") > 0;
        });
    }

    @Test
    void followsAnMtuThatIsLoweredAndRaised() {
        for (int mtu : new int[] {1400, 1500, 600, 1778}) {
            wire.penstockServer().ip("link set vb mtu " + mtu);
            wire.client().ip("link set va mtu " + mtu);
            assertThat(echoes(200_000)).as("MTU " + mtu).isTrue();
        }
        wire.penstockServer().ip("link set vb mtu 3000"); // more than its frames carry
        assertThat(echoes(200_000)).isTrue();
    }

    @Test
    void sendsSmallerSegmentsOnAConnectionThatStoodBeforeTheMtuWasLowered() {
        boolean whole = wire.client().call(() -> {
            try (Socket socket = new Socket(InetAddress.ofLiteral(PENSTOCK_ADDRESS), 7)) {
                socket.setSoTimeout(20_000);
                byte[] sent = new byte[100_000];
                socket.getOutputStream().write(sent);
                boolean before = Arrays.equals(socket.getInputStream().readNBytes(sent.length), sent);
                wire.penstockServer().ip("link set vb mtu 1000");
                wire.client().ip("link set va mtu 1000");
                socket.getOutputStream().write(sent);
                return before && Arrays.equals(socket.getInputStream().readNBytes(sent.length), sent);
            }
        });
        assertThat(whole).isTrue();
    }
}
