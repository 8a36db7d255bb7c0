package io.penstock.server.fiber;

import static io.penstock.server.fiber.Clients.text;
import static io.penstock.server.fiber.Clients.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A fiber that is told to end while it waits, in each of its waits: it ends, and nothing is lost. */
class FiberCancelTest {
    private final Clients clients = new Clients();
    private final List<String> seen = new ArrayList<>();
    private int client;

    @AfterEach
    void nothingLeaks() {
        clients.close();
    }

    /** Forks the wait, interrupts it, and finds it ended by that. */
    private void interrupted(FiberScope scope, FiberTask wait) throws Exception {
        boolean[] entered = new boolean[1];
        Fiber<?> waiting = scope.fork("waiting", () -> {
            assertThatThrownBy(() -> {
                        entered[0] = true;
                        wait.run();
                        seen.add("went on");
                    })
                    .isInstanceOf(InterruptedException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        });
        scope.sleep(0);
        assertThat(entered[0]).isTrue();
        assertThat(waiting.isDone()).as("waits").isFalse();
        waiting.interrupt();
        waiting.join();
        assertThat(seen).isEmpty();
    }

    @Test
    void inAccept() throws Exception {
        clients.then(() -> client = clients.os.connect()).then(() -> clients.send(client, "not lost"));
        clients.run(scope -> {
            Listener listener = scope.listen(Endpoint.any(7));
            interrupted(scope, listener::accept);
            try (Connection connection = listener.accept()) {
                assertThat(text(connection.read())).isEqualTo("not lost");
            }
            interrupted(scope, listener::accept);
        });
        assertThat(clients.os.isClosed(client)).isTrue();
    }

    @Test
    void aConnectionThatNobodyTookIsReset() throws Exception {
        clients.then(() -> client = clients.os.connect()).run(scope -> {
            Listener listener = scope.listen(Endpoint.any(7));
            interrupted(scope, listener::accept);
            scope.sleep(Long.MAX_VALUE);
        });
        assertThat(clients.os.isClosed(client)).isTrue();
    }

    @Test
    void inRead() throws Exception {
        clients.then(() -> client = clients.os.connect()).then(() -> clients.send(client, "kept"));
        clients.run(scope -> {
            try (Connection connection = scope.listen(Endpoint.any(7)).accept()) {
                interrupted(scope, connection::read);
                interrupted(scope, () -> connection.read(new byte[1], 0, 1));
                assertThat(text(connection.read())).isEqualTo("kept");
            }
        });
    }

    @Test
    void whatCameForAnInterruptedReaderGoesWithTheConnection() throws Exception {
        clients.then(() -> client = clients.os.connect()).then(() -> clients.send(client, "unread"));
        clients.run(scope -> {
            Connection connection = scope.listen(Endpoint.any(7)).accept();
            interrupted(scope, connection::read);
            scope.sleep(Long.MAX_VALUE);
        });
        assertThat(clients.os.isClosed(client)).isTrue(); // and no frame is left
    }

    @Test
    void inWriteAndInWaitingForDelivery() throws Exception {
        clients.os.sendBufferBytes = 1;
        clients.then(() -> client = clients.os.connect())
                .then(() -> assertThat(clients.read(client)).isEqualTo("a"))
                .then(() -> assertThat(clients.read(client)).isEqualTo("b"))
                .then(() -> assertThat(clients.read(client)).isEmpty());
        clients.run(scope -> {
            Connection connection = scope.listen(Endpoint.any(7)).accept();
            write(connection, "a");
            write(connection, "b");
            interrupted(scope, () -> write(connection, "never"));
            interrupted(scope, connection::awaitDelivery);
            connection.awaitDelivery();
            scope.sleep(Long.MAX_VALUE);
        });
    }

    @Test
    void inSleepAndInJoins() throws Exception {
        clients.run(scope -> {
            interrupted(scope, () -> scope.sleep(Long.MAX_VALUE));
            Fiber<?> other = scope.fork(() -> scope.sleep(Long.MAX_VALUE));
            interrupted(scope, other::join);
            interrupted(
                    scope,
                    () -> scope.nested(inner -> {
                        inner.fork(() -> scope.sleep(Long.MAX_VALUE));
                        inner.join();
                    }));
            interrupted(scope, () -> scope.nested(inner -> inner.fork(() -> scope.sleep(Long.MAX_VALUE))));
            other.interrupt();
        });
    }

    @Test
    void inAllocation() throws Exception {
        clients.run(scope -> {
            clients.os.framesAreOut = true;
            interrupted(scope, () -> scope.allocate(1));
        });
    }

    @Test
    void inLocksAndQueuesOfJava() throws Exception {
        clients.run(scope -> {
            ReentrantLock lock = new ReentrantLock();
            lock.lock();
            interrupted(scope, lock::lockInterruptibly);
            BlockingQueue<String> queue = new ArrayBlockingQueue<>(1);
            interrupted(scope, queue::take);
            Object monitor = new Object();
            interrupted(scope, () -> {
                synchronized (monitor) {
                    while (queue.isEmpty()) {
                        monitor.wait();
                    }
                }
            });
        });
    }

    @Test
    void beforeItWaits() throws Exception {
        clients.run(scope -> {
            Listener listener = scope.listen(Endpoint.any(7));
            Fiber<?> early = scope.fork(() -> {
                assertThatThrownBy(listener::accept).isInstanceOf(InterruptedException.class);
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> scope.sleep(0)).isInstanceOf(InterruptedException.class);
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> scope.onLoop(() -> seen.add("ran"))).isInstanceOf(InterruptedException.class);
            });
            early.interrupt();
            early.join();
        });
        assertThat(seen).isEmpty();
    }

    @Test
    void byAnotherThread() throws Exception {
        clients.run(scope -> {
            Fiber<?> waiting = scope.fork(() ->
                    assertThatThrownBy(() -> scope.sleep(Long.MAX_VALUE)).isInstanceOf(InterruptedException.class));
            scope.sleep(0);
            Thread other = Thread.ofPlatform().start(waiting::interrupt);
            waiting.join();
            other.join();
        });
    }
}
