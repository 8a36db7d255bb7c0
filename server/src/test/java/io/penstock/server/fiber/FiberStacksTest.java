package io.penstock.server.fiber;

import static io.penstock.server.fiber.Clients.MILLIS;
import static io.penstock.server.fiber.Clients.text;
import static io.penstock.server.fiber.Clients.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Status;
import io.penstock.memory.Buffer;
import java.net.SocketTimeoutException;
import java.security.MessageDigest;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fibers at both ends of a real connection. */
@Timeout(120)
class FiberStacksTest {

    @Test
    void anEchoGivesBackWhatManySend() throws Exception {
        long seed = System.nanoTime();
        try (TwoStacks stacks = TwoStacks.serving(Clients::echo)) {
            stacks.run(scope -> {
                for (int i = 0; i < 50; i++) {
                    long own = seed + i;
                    scope.fork(() -> sendAndCompare(scope, own, 200_000));
                }
            });
        }
    }

    /** One fiber sends, this one reads: the hashes are equal. */
    private static void sendAndCompare(FiberScope scope, long seed, int bytes) throws Exception {
        try (Connection connection = scope.connect(TwoStacks.SERVER)) {
            scope.nested(both -> {
                Fiber<byte[]> sent = both.fork(() -> send(connection, seed, bytes));
                MessageDigest received = MessageDigest.getInstance("SHA-256");
                byte[] piece = new byte[4096];
                int total = 0;
                for (int count = connection.read(piece, 0, piece.length);
                        count >= 0;
                        count = connection.read(piece, 0, piece.length)) {
                    received.update(piece, 0, count);
                    total += count;
                }
                assertThat(total).as("seed %d", seed).isEqualTo(bytes);
                assertThat(received.digest()).as("seed %d", seed).isEqualTo(sent.join());
            });
        }
    }

    private static byte[] send(Connection connection, long seed, int bytes) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        MessageDigest sent = MessageDigest.getInstance("SHA-256");
        byte[] piece = new byte[8192];
        for (int left = bytes; left > 0; ) {
            int count = Math.min(left, 1 + random.nextInt(piece.length));
            random.nextBytes(piece);
            sent.update(piece, 0, count);
            connection.write(piece, 0, count);
            left -= count;
        }
        connection.shutdownOutput();
        return sent.digest();
    }

    @Test
    void aPeerThatDoesNotReadHoldsUpTheWriterAlone() throws Exception {
        try (TwoStacks stacks = TwoStacks.serving(connection -> {
            if (text(connection.read()).equals("flood")) {
                byte[] piece = new byte[65536];
                while (true) {
                    connection.write(piece, 0, piece.length);
                }
            }
            write(connection, "answer");
            connection.read();
        })) {
            stacks.run(scope -> {
                Connection slow = scope.connect(TwoStacks.SERVER);
                write(slow, "flood");
                scope.sleep(50 * MILLIS);
                for (int i = 0; i < 20; i++) {
                    try (Connection other = scope.connect(TwoStacks.SERVER)) {
                        write(other, "quick");
                        assertThat(text(other.read())).isEqualTo("answer");
                    }
                }
                slow.read().release();
                slow.abort();
            });
        }
    }

    @Test
    void nobodyListensThere() throws Exception {
        try (TwoStacks stacks = TwoStacks.serving(Clients::echo)) {
            stacks.run(scope -> {
                assertThatThrownBy(() -> scope.connect(Endpoint.of("198.18.0.2", 8)))
                        .isInstanceOfSatisfying(
                                OperationFailedException.class,
                                e -> assertThat(e.status()).isEqualTo(Status.CONNECTION_REFUSED))
                        .hasMessage("connect to 198.18.0.2:8: CONNECTION_REFUSED");
            });
        }
    }

    @Test
    void aConnectIsGivenUpInTimeOrWhenItsFiberIsToldToEnd() throws Exception {
        Endpoint nobody = Endpoint.of("198.18.0.77", 7);
        try (TwoStacks stacks = TwoStacks.serving(Clients::echo)) {
            stacks.run(scope -> {
                assertThatThrownBy(() -> scope.connect(nobody, 10 * MILLIS)).isInstanceOf(SocketTimeoutException.class);
                Fiber<?> connecting = scope.fork(
                        () -> assertThatThrownBy(() -> scope.connect(nobody)).isInstanceOf(InterruptedException.class));
                scope.sleep(10 * MILLIS);
                connecting.interrupt();
                connecting.join();
            });
        }
    }

    @Test
    void aResetIsToldToTheReaderAndLaterToTheWriter() throws Exception {
        try (TwoStacks stacks = TwoStacks.serving(connection -> {
            connection.read().release();
            connection.abort();
        })) {
            stacks.run(scope -> {
                try (Connection connection = scope.connect(TwoStacks.SERVER)) {
                    write(connection, "x");
                    assertThatThrownBy(connection::read)
                            .isInstanceOfSatisfying(
                                    OperationFailedException.class,
                                    e -> assertThat(e.status()).isEqualTo(Status.CONNECTION_RESET));
                    assertThatThrownBy(() -> {
                                write(connection, "y");
                                connection.awaitDelivery();
                            })
                            .isInstanceOfSatisfying(
                                    OperationFailedException.class,
                                    e -> assertThat(e.status()).isEqualTo(Status.CONNECTION_RESET));
                }
            });
        }
    }

    @Test
    void theEndOfALoopWaitsUntilThePeerHasAll() throws Exception {
        int bytes = 3_000_000;
        CompletableFuture<Integer> received = new CompletableFuture<>();
        try (TwoStacks stacks = TwoStacks.serving(connection -> {
            int total = 0;
            for (Buffer chain = connection.read(); chain != null; chain = connection.read()) {
                total += chain.chainLength();
                chain.release();
            }
            received.complete(total);
        })) {
            stacks.run(scope -> {
                try (Connection connection = scope.connect(TwoStacks.SERVER)) {
                    connection.write(new byte[bytes], 0, bytes);
                }
            });
            assertThat(received.get(60, TimeUnit.SECONDS)).isEqualTo(bytes);
        }
    }

    @Test
    void aStoppedServerEndsItsConnections() throws Exception {
        TwoStacks stacks = TwoStacks.serving(Clients::echo);
        try (stacks) {
            stacks.run(scope -> {
                Connection connection = scope.connect(TwoStacks.SERVER);
                write(connection, "x");
                assertThat(text(connection.read())).isEqualTo("x");
                scope.fork(() -> {
                    assertThat(connection.read()).as("the end of the stream").isNull();
                    connection.close();
                });
                stacks.stopServer();
            });
        }
    }

    @Test
    void theStackIsTheLoopsAlone() throws Exception {
        try (TwoStacks stacks = TwoStacks.serving(Clients::echo)) {
            stacks.run(scope -> {
                assertThatThrownBy(() -> stacks.client.waitNext(null, 0))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("this stack belongs to");
                assertThat(scope.<Integer>onLoop(() -> stacks.client.socket(io.penstock.datapath.Transport.UDP)))
                        .isPositive();
            });
        }
    }
}
