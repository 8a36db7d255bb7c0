package io.penstock.system.server;

import static io.penstock.testkit.net.VethWire.CLIENT_ADDRESS;
import static io.penstock.testkit.net.VethWire.PENSTOCK_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.system.afxdp.UdpPeer;
import io.penstock.testkit.Await;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.RunFolder;
import io.penstock.testkit.process.Shell;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With {@code --ports-only}, the kernel keeps all of its own address but these ports, and its neighbours. */
@Timeout(300)
class SharedAddressTest {
    /** 120 and more for neighbours to age on both sides. */
    private static final long SECONDS = Long.getLong("penstock.test.ageing.seconds", 1);

    private static final String KERNEL_PORT = "9";

    private final VethWire wire = VethWire.create(1);
    private final RunFolder folder = RunFolder.create();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private Server server;

    @BeforeEach
    void start() {
        wire.kernelServer().ip("addr flush dev vb");
        wire.kernelServer().ip("addr add " + PENSTOCK_ADDRESS + "/24 dev vb");
        List<String> arguments = new ArrayList<>(List.of(Server.echoArguments(wire)));
        arguments.add("--ports-only");
        server = opened(Server.start(wire.penstockServer(), folder, arguments.toArray(String[]::new)));
        server.process().awaitLine(line -> line.startsWith("ready echo"), Server.DEADLINE_NANOS);
        opened(listener(wire.client()));
        opened(listener(wire.kernelServer()));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        folder.close();
        wire.close();
    }

    private <T extends AutoCloseable> T opened(T one) {
        opened.add(one);
        return one;
    }

    private static Child listener(NetworkNamespace namespace) {
        return Child.start(
                "the kernel's echo",
                namespace.command(List.of("socat", "TCP4-LISTEN:" + KERNEL_PORT + ",reuseaddr,fork", "PIPE")));
    }

    private void forgetNeighbours() {
        wire.client().ip("neigh flush all");
        wire.kernelServer().ip("neigh flush all");
    }

    private static void run(NetworkNamespace namespace, String... command) {
        Shell.Answer result = Shell.tryRun(namespace.command(List.of(command)));
        assertThat(result.isOk()).as(String.join(" ", command) + ": " + result).isTrue();
    }

    private static void pings(NetworkNamespace from, String to, String... options) {
        List<String> command = new ArrayList<>(List.of("ping", "-n", "-c", "1", "-W", "5"));
        command.addAll(List.of(options));
        command.add(to);
        run(from, command.toArray(String[]::new));
    }

    private static void connects(NetworkNamespace from, String to, String port) {
        String client =
                "[ \"$(echo hello | socat -t 5 - TCP4:" + to + ":" + port + ",retry=20,interval=0.1)\" = hello ]";
        run(from, "sh", "-c", client);
    }

    private void assertAllIsServed(UdpPeer peer) {
        pings(wire.client(), PENSTOCK_ADDRESS);
        forgetNeighbours();
        pings(wire.kernelServer(), CLIENT_ADDRESS);
        forgetNeighbours();
        connects(wire.kernelServer(), CLIENT_ADDRESS, KERNEL_PORT);
        forgetNeighbours();
        connects(wire.client(), PENSTOCK_ADDRESS, KERNEL_PORT);
        forgetNeighbours();
        connects(wire.client(), PENSTOCK_ADDRESS, "7");
        forgetNeighbours();
        assertThat(peer.echoes(PENSTOCK_ADDRESS, 7, new byte[100], 30)).isTrue();
    }

    @Test
    void theKernelAndTheStackFindTheirNeighboursBothWays() {
        long end = System.nanoTime() + SECONDS * 1_000_000_000L;
        try (UdpPeer peer = UdpPeer.in(wire.client())) {
            forgetNeighbours();
            do {
                assertAllIsServed(peer);
            } while (System.nanoTime() < end);
        }
        assertThat(server.counter("echo.connections.accepted")).isPositive();
        assertThat(server.counter("arp.replies.sent"))
                .as("answered by the kernel alone")
                .isZero();
    }

    /** The stack's entries age, too: on a quiet wire, nothing is flushed. */
    @Test
    void neighboursAreKnownForAsLongAsTheyAreUsed() {
        long end = System.nanoTime() + SECONDS * 1_000_000_000L;
        try (UdpPeer peer = UdpPeer.in(wire.client())) {
            do {
                connects(wire.client(), PENSTOCK_ADDRESS, "7");
                connects(wire.kernelServer(), CLIENT_ADDRESS, KERNEL_PORT);
                assertThat(peer.echoes(PENSTOCK_ADDRESS, 7, new byte[100], 30)).isTrue();
            } while (System.nanoTime() < end);
        }
    }

    @Test
    void fragmentsAreTheKernels() {
        pings(wire.client(), PENSTOCK_ADDRESS, "-s", "4000");
        pings(wire.kernelServer(), CLIENT_ADDRESS, "-s", "4000");
        assertThat(server.counter("rx.dropped.ip-fragment")).isZero();
    }

    @Test
    void icmpErrorsGoToTheOwnerOfThePort() {
        try (UdpPeer peer = UdpPeer.in(wire.client())) {
            // Answered at once from now on: while a first answer waits for its neighbour, others would follow, and the
            // client's kernel tells one host of six errors and then of one a second.
            assertThat(peer.echoes(PENSTOCK_ADDRESS, 7, new byte[100], 30)).isTrue();
            peer.send(PENSTOCK_ADDRESS, 7, new byte[100]);
        } // the answer finds no socket any more, and is refused by the client's kernel
        Await.until("the stack's error", () -> {
            try (UdpPeer peer = UdpPeer.in(wire.client())) {
                peer.send(PENSTOCK_ADDRESS, 7, new byte[100]);
            }
            return server.counter("icmp.errors.received") > 0;
        });
        long[] seen = {0};
        Await.until("the last of these errors", () -> {
            long last = seen[0];
            seen[0] = server.counter("icmp.errors.received");
            return seen[0] == last;
        });
        long before = seen[0];
        // The kernel hears of its own: socat ends at once instead of waiting for an answer.
        Shell.Answer refused = Shell.tryRun(wire.kernelServer()
                .command(List.of(
                        "sh",
                        "-c",
                        "echo hello | timeout 20 socat -t 15 - UDP4:" + CLIENT_ADDRESS
                                + ":5999 2>&1 | grep -i refused")));
        assertThat(refused.isOk()).as(refused.toString()).isTrue();
        assertThat(server.counter("icmp.errors.received")).isEqualTo(before);
    }
}
