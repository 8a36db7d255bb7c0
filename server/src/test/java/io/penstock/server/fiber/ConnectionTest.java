package io.penstock.server.fiber;

import static io.penstock.server.fiber.Clients.MILLIS;
import static io.penstock.server.fiber.Clients.text;
import static io.penstock.server.fiber.Clients.write;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Status;
import io.penstock.memory.Buffer;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The table at Connection, row by row, and how writers are held up. */
class ConnectionTest {
    private final Clients clients = new Clients();
    private final List<String> seen = new ArrayList<>();
    private int client;

    @AfterEach
    void nothingLeaks() {
        clients.close();
    }

    /** The first fiber with one connection. */
    private interface OneConnection {
        void run(FiberScope scope, Connection connection) throws Exception;
    }

    private void run(OneConnection task) throws Exception {
        Clients script = clients;
        script.run(scope -> {
            try (Listener listener = scope.listen(Endpoint.any(7));
                    Connection connection = listener.accept()) {
                task.run(scope, connection);
            }
        });
    }

    private Clients connected() {
        return clients.then(() -> client = clients.os.connect());
    }

    @Test
    void aReadThatTimesOutLosesNothing() throws Exception {
        connected().after(5 * MILLIS).after(6 * MILLIS).then(() -> clients.send(client, "late"));
        run((_, connection) -> {
            assertThatThrownBy(() -> connection.read(10 * MILLIS))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("10000000 ns");
            assertThat(text(connection.read())).isEqualTo("late");
        });
    }

    @Test
    void whatCameAfterAnInterruptedReadIsTheNextOnes() throws Exception {
        connected().then(() -> clients.send(client, "kept"));
        run((scope, connection) -> {
            Fiber<Void> reader = scope.fork(() -> {
                assertThatThrownBy(connection::read).isInstanceOf(InterruptedException.class);
            });
            scope.sleep(0);
            reader.interrupt();
            reader.join();
            scope.fork(() -> {
                assertThat(text(connection.read())).isEqualTo("kept");
                seen.add("read");
            });
            scope.join();
        });
        assertThat(seen).containsExactly("read");
    }

    @Test
    void readsIntoAnArrayAndKeepsTheRest() throws Exception {
        connected()
                .then(() -> clients.os.send(client, "abc".getBytes(US_ASCII), "defgh".getBytes(US_ASCII)))
                .then(() -> clients.os.end(client));
        run((_, connection) -> {
            byte[] into = new byte[6];
            assertThat(connection.read(into, 1, 4)).isEqualTo(4);
            assertThat(new String(into, 1, 4, US_ASCII)).isEqualTo("abcd");
            assertThat(connection.read(into, 0, 2)).isEqualTo(2);
            assertThat(new String(into, 0, 2, US_ASCII)).isEqualTo("ef");
            assertThat(text(connection.read())).isEqualTo("gh");
            assertThat(connection.read(into, 0, 0)).isZero();
            assertThat(connection.read(into, 0, 6)).isEqualTo(-1);
            assertThat(connection.read()).as("each time").isNull();
        });
    }

    @Test
    void aWriterWaitsUntilThePeerReads() throws Exception {
        clients.os.sendBufferBytes = 4;
        connected()
                .then(() -> assertThat(seen).containsExactly("one", "two"))
                .then(() -> assertThat(clients.read(client)).isEqualTo("1111"))
                .then(() -> assertThat(seen).containsExactly("one", "two", "three"))
                .then(() -> assertThat(clients.read(client)).isEqualTo("2222"))
                .then(() -> assertThat(clients.read(client)).isEqualTo("3333"));
        run((_, connection) -> {
            write(connection, "1111");
            seen.add("one");
            write(connection, "2222"); // waits in the connection
            seen.add("two");
            write(connection, "3333"); // holds the fiber up
            seen.add("three");
            connection.awaitDelivery();
            seen.add("delivered");
        });
        assertThat(seen).containsExactly("one", "two", "three", "delivered");
    }

    @Test
    void writersOfOneConnectionTakeTurns() throws Exception {
        clients.os.sendBufferBytes = 2;
        connected();
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            clients.then(() -> all.append(clients.read(client)));
        }
        run((scope, connection) -> {
            for (int i = 0; i < 10; i++) {
                String own = "" + i + i;
                scope.fork(() -> write(connection, own));
            }
            scope.join();
            scope.sleep(Long.MAX_VALUE);
        });
        assertThat(all).hasToString("00112233445566778899");
    }

    @Test
    void aWriterThatIsInterruptedGivesItsTurnToTheNext() throws Exception {
        clients.os.sendBufferBytes = 1;
        connected();
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            clients.then(() -> all.append(clients.read(client)));
        }
        run((scope, connection) -> {
            write(connection, "a");
            write(connection, "b");
            Fiber<?> second = scope.fork(() ->
                    assertThatThrownBy(() -> write(connection, "never")).isInstanceOf(InterruptedException.class));
            scope.fork(() -> write(connection, "c"));
            scope.sleep(0);
            second.interrupt();
            scope.join();
            scope.sleep(Long.MAX_VALUE);
        });
        assertThat(all).hasToString("abc");
    }

    @Test
    void whatIsWrittenMayBeReleasedAtOnce() throws Exception {
        connected().then(() -> assertThat(clients.read(client)).hasSize(5000));
        run((scope, connection) -> {
            Buffer chain = scope.allocate(5000);
            connection.write(chain);
            chain.release();
            connection.awaitDelivery();
        });
    }

    @Test
    void aResetIsToldToReadersAndToWritersFromWhenItIsKnown() throws Exception {
        connected().then(() -> clients.os.reset(client));
        run((_, connection) -> {
            assertThatThrownBy(connection::read)
                    .isInstanceOfSatisfying(OperationFailedException.class, e -> {
                        assertThat(e.status()).isEqualTo(Status.CONNECTION_RESET);
                        assertThat(e.isLoss()).isTrue();
                    })
                    .hasMessageEndingWith("CONNECTION_RESET");
            assertThatThrownBy(connection::read).isInstanceOf(OperationFailedException.class);
        });
    }

    @Test
    void afterItsOwnEndAWriteIsRefused() throws Exception {
        connected().then(() -> assertThat(clients.os.isShut(client)).isTrue()).then(() -> clients.send(client, "more"));
        run((_, connection) -> {
            write(connection, "all");
            connection.shutdownOutput();
            assertThatThrownBy(() -> write(connection, "too late"))
                    .isInstanceOfSatisfying(
                            OperationFailedException.class,
                            e -> assertThat(e.status()).isEqualTo(Status.BROKEN_PIPE));
            assertThat(text(connection.read())).isEqualTo("more");
        });
    }

    @Test
    void aCloseTellsWhoeverWaits() throws Exception {
        clients.os.sendBufferBytes = 1;
        connected();
        run((scope, connection) -> {
            write(connection, "a");
            write(connection, "b");
            scope.fork(() -> assertThatThrownBy(connection::read).isInstanceOf(AsynchronousCloseException.class));
            scope.fork(() ->
                    assertThatThrownBy(() -> write(connection, "c")).isInstanceOf(AsynchronousCloseException.class));
            scope.fork(
                    () -> assertThatThrownBy(connection::awaitDelivery).isInstanceOf(AsynchronousCloseException.class));
            scope.sleep(0);
            connection.close();
            scope.join();
            connection.close(); // nothing
            assertThatThrownBy(connection::read)
                    .isInstanceOf(ClosedChannelException.class)
                    .isNotInstanceOf(AsynchronousCloseException.class);
            assertThatThrownBy(() -> write(connection, "d")).isInstanceOf(ClosedChannelException.class);
            seen.add("all");
        });
        assertThat(seen).containsExactly("all");
    }

    @Test
    void whatWasWrittenGoesOutBeforeTheClose() throws Exception {
        clients.os.sendBufferBytes = 3;
        connected()
                .then(() -> assertThat(clients.os.isClosed(client)).isFalse())
                .then(() -> assertThat(clients.read(client)).isEqualTo("abc"))
                .then(() -> assertThat(clients.read(client)).isEqualTo("def"))
                .then(() -> assertThat(clients.os.isClosed(client)).isTrue());
        run((scope, connection) -> {
            write(connection, "abc");
            write(connection, "def");
            connection.close();
            scope.sleep(Long.MAX_VALUE);
        });
    }

    @Test
    void oneFiberReadsAtATime() throws Exception {
        connected();
        run((scope, connection) -> {
            Fiber<?> first = scope.fork(() -> text(connection.read()));
            scope.sleep(0);
            assertThatThrownBy(connection::read)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("does already");
            first.interrupt();
            assertThatThrownBy(first::join).hasCauseInstanceOf(InterruptedException.class);
            seen.add("done");
            scope.sleep(Long.MAX_VALUE);
        });
        assertThat(seen).containsExactly("done");
    }

    @Test
    void otherThreadsAreRefused() throws Exception {
        connected()
                .then(() -> assertThatThrownBy(() -> escaped.read())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("no fiber of this loop"));
        run((scope, connection) -> {
            escaped = connection;
            scope.sleep(Long.MAX_VALUE);
        });
    }

    private Connection escaped;

    @Test
    void allocationWaitsForFrames() throws Exception {
        connected()
                .then(() -> clients.os.framesAreOut = true)
                .then(() -> clients.send(client, "go"))
                .after(MILLIS)
                .after(MILLIS)
                .then(() -> assertThat(seen).isEmpty())
                .then(() -> clients.os.framesAreOut = false)
                .after(MILLIS)
                .then(() -> assertThat(seen).containsExactly("allocated"));
        run((scope, connection) -> {
            connection.read().release();
            scope.allocate(100).release();
            seen.add("allocated");
            assertThatThrownBy(() -> scope.allocate(1 << 30)).isInstanceOf(IllegalArgumentException.class);
            scope.sleep(Long.MAX_VALUE);
        });
    }
}
