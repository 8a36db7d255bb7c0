package io.penstock.system.server;

import static io.penstock.testkit.net.VethWire.PENSTOCK_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.RunFolder;
import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that nobody here wrote find in {@code penstock echo} what they expect of any host. */
@Timeout(120)
class ClientsTest {
    private static final int BULK_BYTES = 5_000_003;
    private static final int UNSERVED_PORT = 9;

    private static VethWire wire;
    private static RunFolder folder;
    private static Server server;

    @TempDir
    private Path files;

    @BeforeAll
    static void start() {
        wire = VethWire.create(2);
        folder = RunFolder.create();
        server = Server.echo(wire, folder);
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
        folder.close();
        wire.close();
    }

    @AfterEach
    void keepsRunning() {
        assertThat(server.process().isAlive()).isTrue();
        assertThat(server.counter("tcp.rx.malformed")).isZero();
        assertThat(server.counter("tcp.rx.bad-checksum")).isZero();
    }

    private static String run(String... command) {
        return Shell.run(wire.client().command(List.of(command)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 56, 1000, 1472})
    void answersPing(int sizeBytes) {
        String answer = run(
                "ping", "-n", "-c", "3", "-i", "0.02", "-W", "5", "-M", "do", "-s", "" + sizeBytes, PENSTOCK_ADDRESS);
        assertThat(answer).contains("3 packets transmitted, 3 received, 0% packet loss");
        assertThat(answer).doesNotContain("wrong", "truncated", "DUP");
    }

    @Test
    void echoesToNetcat() {
        assertThat(run("sh", "-c", "printf 'one\\ntwo\\n' | nc -n -N -w 10 " + PENSTOCK_ADDRESS + " 7"))
                .isEqualTo("one\ntwo\n");
    }

    @Test
    void echoesDatagramsToNetcat() {
        assertThat(run("sh", "-c", "printf 'one\\n' | nc -n -u -W 1 -w 10 " + PENSTOCK_ADDRESS + " 7"))
                .isEqualTo("one\n");
    }

    @Test
    void echoesMegabytesToSocat() throws IOException {
        long seed = new Random().nextLong();
        byte[] sent = new byte[BULK_BYTES];
        new Random(seed).nextBytes(sent);
        Path in = Files.write(files.resolve("in"), sent);
        Path out = files.resolve("out");
        run("sh", "-c", "socat -t 20 - TCP4:" + PENSTOCK_ADDRESS + ":7 < " + in + " > " + out);
        assertThat(Files.mismatch(in, out)).as("seed " + seed).isEqualTo(-1);
    }

    @Test
    void echoesToTheTelnetOfCurl() {
        try (Child curl = Child.start(
                "curl",
                wire.client()
                        .command(List.of(
                                "curl", "-sS", "-N", "--max-time", "30", "telnet://" + PENSTOCK_ADDRESS + ":7")))) {
            for (String line : List.of("one", "two", "three")) {
                curl.send(line);
                assertThat(curl.awaitLine(_ -> true, Server.DEADLINE_NANOS)).isEqualTo(line);
            }
        }
    }

    @Test
    void echoesToAPlainSocketAndEndsTheStreamAfterIt() throws IOException {
        byte[] message = "to and fro".getBytes(StandardCharsets.US_ASCII);
        try (Socket socket = Load.connect(wire.client(), PENSTOCK_ADDRESS, 7, 1).getFirst()) {
            socket.getOutputStream().write(message);
            assertThat(socket.getInputStream().readNBytes(message.length)).isEqualTo(message);
            socket.getOutputStream().write(message);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes())
                    .as("all, then the end of the stream")
                    .isEqualTo(message);
        }
    }

    @Test
    void showsAConnectScanWhichPortsAreOpen() {
        assertThat(run("nmap", "-n", "-Pn", "-sT", "-oG", "-", "-p", "7," + UNSERVED_PORT, PENSTOCK_ADDRESS))
                .contains("7/open/tcp", UNSERVED_PORT + "/closed/tcp");
    }

    @Test
    void showsADatagramScanWhichPortsAreOpen() {
        assertThat(run("nmap", "-n", "-Pn", "-sU", "-oG", "-", "-p", "7," + UNSERVED_PORT, PENSTOCK_ADDRESS))
                .contains("7/open/udp", UNSERVED_PORT + "/closed/udp");
    }

    @Test
    void saysThatAPortOfDatagramsIsUnreachable() throws IOException {
        try (DatagramSocket socket = wire.client()
                .call(() -> DatagramChannel.open(java.net.StandardProtocolFamily.INET)
                        .connect(new InetSocketAddress(InetAddress.ofLiteral(PENSTOCK_ADDRESS), UNSERVED_PORT))
                        .socket())) {
            socket.setSoTimeout(10_000);
            socket.send(new DatagramPacket(new byte[10], 10));
            assertThatThrownBy(() -> socket.receive(new DatagramPacket(new byte[10], 10)))
                    .isInstanceOf(PortUnreachableException.class);
        }
    }
}
