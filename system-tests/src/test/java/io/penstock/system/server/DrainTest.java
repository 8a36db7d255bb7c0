package io.penstock.system.server;

import static io.penstock.testkit.net.VethWire.PENSTOCK_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.testkit.Await;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.RunFolder;
import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** At SIGTERM a server takes no more connections, answers what has come, and ends each stream; who does not read is reset. */
@Timeout(120)
class DrainTest {
    private static final long DRAIN_FOR_EVER_SECONDS = 600;

    private final VethWire wire = VethWire.create(2);
    private final RunFolder folder = RunFolder.create();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        folder.close();
        wire.close();
    }

    private Server echo(long drainSeconds) {
        return server("echo", drainSeconds, Server.echoArguments(wire));
    }

    private Server kv(long drainSeconds) {
        return server(
                "kv",
                drainSeconds,
                "kv",
                "--device",
                Server.DEVICE,
                "--address",
                wire.penstockCidr(),
                "--port",
                "7",
                "--max-memory",
                "16",
                "--idle",
                "yield");
    }

    private Server server(String name, long drainSeconds, String... arguments) {
        Server server = start(drainSeconds, arguments);
        server.process().awaitLine(line -> line.startsWith("ready " + name), Server.DEADLINE_NANOS);
        return server;
    }

    private Server start(long drainSeconds, String... arguments) {
        String[] all = Stream.concat(Arrays.stream(arguments), Stream.of("--drain", Long.toString(drainSeconds)))
                .toArray(String[]::new);
        Server server = Server.start(wire.penstockServer(), folder, all);
        opened.add(server);
        return server;
    }

    private List<Socket> connect(int count) {
        List<Socket> sockets = Load.connect(wire.client(), PENSTOCK_ADDRESS, 7, count);
        opened.addAll(sockets);
        return sockets;
    }

    private static void signal(Server server) {
        Shell.run("kill", "-TERM", Long.toString(server.process().pid()));
    }

    private static void assertThatItEnds(Server server, int connectionsReset) {
        assertThat(server.process().awaitExit(Server.DEADLINE_NANOS)).isZero();
        assertThat(server.process().remainingLines(Server.DEADLINE_NANOS))
                .last()
                .asString()
                .endsWith("connections reset " + connectionsReset);
    }

    private void awaitThatNobodyIsAccepted() {
        Await.until("new connections are refused", () -> {
            try {
                connect(1).getFirst().close(); // one that is still taken is no client to wait for, or to be counted
                return false;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (RuntimeException e) {
                return e.getCause() instanceof ConnectException;
            }
        });
    }

    /**
     * More than the two kernels and the stack hold, so that some of it waits in the server.
     *
     * @return what ends the writing
     */
    private static CompletableFuture<IOException> fillWithoutReading(Socket socket, byte[] data) {
        CompletableFuture<IOException> end = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                socket.getOutputStream().write(data);
                end.complete(null);
            } catch (IOException e) {
                end.complete(e);
            }
        });
        return end;
    }

    @Test
    void echoAnswersWhatHasComeThenEndsEachStream() throws IOException {
        Server server = echo(30);
        List<Socket> sockets = connect(8);
        byte[] sent = new byte[20_000];
        new Random(8).nextBytes(sent);
        for (Socket socket : sockets.subList(1, 8)) {
            socket.getOutputStream().write(sent);
        }
        for (Socket socket : sockets.subList(1, 8)) {
            Await.until("the echo has come", () -> available(socket) == sent.length);
            socket.getOutputStream().write(sent, 0, 100);
        }
        signal(server);

        assertThat(sockets.getFirst().getInputStream().read()).isEqualTo(-1);
        awaitThatNobodyIsAccepted();
        for (Socket socket : sockets) {
            byte[] echoed = socket.getInputStream().readAllBytes(); // would throw at a reset
            assertThat(Arrays.mismatch(echoed, sent)).isIn(-1, Math.min(echoed.length, sent.length));
            socket.close();
        }
        assertThatItEnds(server, 0);
    }

    @Test
    void kvSendsAllRepliesToAClientThatReadsLate() throws IOException {
        Server server = kv(30);
        Socket socket = connect(1).getFirst();
        int gets = 200;
        String value = "x".repeat(1000);
        String requests = "SET k " + value + "\r\n" + "GET k\r\n".repeat(gets);
        socket.getOutputStream().write(requests.getBytes(StandardCharsets.US_ASCII));
        Await.until("all is executed", () -> server.counter("kv.commands") == 1 + gets);
        signal(server);

        awaitThatNobodyIsAccepted();
        String replies = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertThat(replies).isEqualTo("+OK\r\n" + ("$1000\r\n" + value + "\r\n").repeat(gets));
        socket.close();
        assertThatItEnds(server, 0);
    }

    @Test
    void resetsWhoDoesNotReadWhenTimeIsOver() {
        Server server = echo(1);
        Socket socket = connect(1).getFirst();
        CompletableFuture<IOException> end = fillWithoutReading(socket, new byte[32 << 20]);
        Await.until("the client's window is shut", () -> server.counter("tcp.zero-window-probes") > 0);
        signal(server);
        assertThatItEnds(server, 1);
        // What it still writes is thrown away, perhaps all of it: then nobody but the reader is left to hear of the
        // reset.
        IOException whileWriting = end.join();
        if (whileWriting == null) {
            assertThatThrownBy(() -> socket.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
        } else {
            assertThat(whileWriting).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void aPeerThatHasAllAndDoesNotCloseHoldsNothingUp() throws IOException {
        Server server = echo(DRAIN_FOR_EVER_SECONDS);
        List<Socket> sockets = connect(4);
        signal(server);
        assertThatItEnds(server, 0);
        for (Socket socket : sockets) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aSecondSignalEndsItAtOnce() {
        Server server = kv(DRAIN_FOR_EVER_SECONDS);
        Socket socket = connect(1).getFirst();
        String big =
                "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048576\r\n" + "x".repeat(1 << 20) + "\r\n" + "GET k\r\n".repeat(64);
        CompletableFuture<IOException> _ = fillWithoutReading(socket, big.getBytes(StandardCharsets.US_ASCII));
        Await.until("the client's window is shut", () -> server.counter("tcp.zero-window-probes") > 0);
        signal(server);
        awaitThatNobodyIsAccepted();
        Await.until("no other client is left", () -> server.counter("tcp.connections.open") == 1);
        assertThat(server.process().isAlive()).isTrue();
        signal(server);
        assertThatItEnds(server, 1);
    }

    @Test
    void aSignalDuringStartUpEndsItWithExitCode0() {
        // Before it serves it asks for 150 ms whether somebody has its address.
        Server server = start(5, Server.echoArguments(wire));
        Await.until("a sign of life", () -> !Server.files(folder).isEmpty());
        signal(server);
        assertThat(server.process().awaitExit(Server.DEADLINE_NANOS)).isZero();
        assertThat(Traces.locks(wire)).as("lock files").isEmpty();
    }

    private static int available(Socket socket) {
        try {
            return socket.getInputStream().available();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
