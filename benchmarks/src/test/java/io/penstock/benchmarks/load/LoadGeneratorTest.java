package io.penstock.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.benchmarks.kernel.PeerKind;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class LoadGeneratorTest {

    @ParameterizedTest
    @CsvSource({
        "KERNEL_SPINNING, tcp, 1", "KERNEL_SPINNING, tcp, 5", "KERNEL_SPINNING, udp, 3",
        "KERNEL_BLOCKING, tcp, 1", "KERNEL_BLOCKING, tcp, 5", "KERNEL_BLOCKING, udp, 1",
        "NETTY, tcp, 3", "NETTY, udp, 1",
    })
    void drivesEveryServer(PeerKind kind, String transport, int connections) throws Exception {
        try (LoopbackServer server = LoopbackServer.start(kind, transport.equals("tcp"))) {
            LoadResult result = LoadGenerator.run(load(transport, server.port(), connections, 1024));
            assertThat(result.requests()).isGreaterThan(connections);
            assertThat(result.faults().wrong()).isZero();
            assertThat(result.latency().p50()).isPositive();
            assertThat(result.latency().max())
                    .isGreaterThanOrEqualTo(result.latency().p50());
            assertThat(result.latencies().getTotalCount()).isEqualTo(result.requests());
            assertThat(result.cost().clientNanos()).isPositive();
        }
    }

    @Test
    void countsAnswersThatAreNotTheRequest() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> echoWithOneBitWrong(listener));
            LoadResult result = LoadGenerator.run(load("tcp", listener.getLocalPort(), 1, 64));
            assertThat(result.requests()).isPositive();
            assertThat(result.faults().wrong()).isEqualTo(result.requests());
        }
    }

    private static void echoWithOneBitWrong(ServerSocket listener) {
        try (Socket socket = listener.accept()) {
            byte[] bytes = new byte[64];
            while (socket.getInputStream().readNBytes(bytes, 0, 64) == 64) {
                bytes[40] ^= 1;
                socket.getOutputStream().write(bytes);
            }
        } catch (IOException _) {
            // The client resets when it is done.
        }
    }

    @Test
    void countsDatagramsThatDoNotComeBack() throws Exception {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> answerEveryOther(socket));
            LoadResult result = LoadGenerator.run(load("udp", socket.getLocalPort(), 1, 64));
            assertThat(result.faults().lost()).isPositive();
            assertThat(result.faults().wrong()).isZero();
        }
    }

    private static void answerEveryOther(DatagramSocket socket) {
        DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
        try {
            for (long count = 0; ; count++) {
                packet.setLength(2048);
                socket.receive(packet);
                if (count % 2 == 0) {
                    socket.send(packet);
                }
            }
        } catch (IOException _) {
            // The test has closed the socket.
        }
    }

    @Test
    void saysWhyItCannotConnect() throws Exception {
        int port;
        try (ServerSocket closedAtOnce = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closedAtOnce.getLocalPort();
        }
        assertThatThrownBy(() -> LoadGenerator.run(load("tcp", port, 1, 64)))
                .isInstanceOf(LoadException.class)
                .hasMessageContaining("cannot connect to 127.0.0.1:" + port);
    }

    private static LoadSpec load(String transport, int port, int connections, int sizeBytes) {
        return new LoadSpec(
                new LoadSpec.Target(transport, "127.0.0.1", port),
                connections,
                sizeBytes,
                new LoadSpec.Timing(20, 300),
                0,
                null);
    }
}
