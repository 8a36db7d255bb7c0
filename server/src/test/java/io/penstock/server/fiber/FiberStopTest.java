package io.penstock.server.fiber;

import static io.penstock.server.fiber.Clients.MILLIS;
import static io.penstock.server.fiber.Clients.server;
import static io.penstock.server.fiber.Clients.write;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Completion;
import io.penstock.datapath.DeviceLostException;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.testkit.ForwardingLibOs;
import io.penstock.testkit.MemoryOs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a loop ends: every fiber runs to its end, and nothing is left. */
class FiberStopTest {
    private final List<String> seen = new ArrayList<>();

    private void untilStopped(FiberScope scope, String name) throws InterruptedException {
        try {
            scope.sleep(Long.MAX_VALUE);
        } finally {
            seen.add(name);
        }
    }

    @Test
    void allFibersAreInterruptedAndRunToTheirEnd() throws Exception {
        try (Clients clients = new Clients()) {
            clients.run(scope -> {
                scope.fork(() -> untilStopped(scope, "forked"));
                scope.fork(() -> scope.nested(inner -> inner.fork(() -> untilStopped(scope, "nested"))));
                untilStopped(scope, "first");
            });
            assertThat(seen).containsExactlyInAnyOrder("forked", "nested", "first");
            assertThat(clients.count("fiber.ended")).isEqualTo(4);
        }
    }

    @Test
    void whatAFiberForksAfterwardsIsInterruptedToo() throws Exception {
        try (Clients clients = new Clients()) {
            clients.run(scope -> {
                try {
                    scope.sleep(Long.MAX_VALUE);
                } catch (InterruptedException _) {
                    scope.fork(() -> untilStopped(scope, "late"));
                }
            });
            assertThat(seen).containsExactly("late");
        }
    }

    @Test
    void connectionsThatWereLeftOpenAreClosedAndWhatWasWrittenGoesOut() throws Exception {
        try (Clients clients = new Clients()) {
            List<Integer> open = new ArrayList<>();
            clients.then(() -> open.add(clients.os.connect()));
            clients.run(server(connection -> {
                write(connection, "goodbye");
                connection.read();
            }));
            assertThat(clients.os.isClosed(open.getFirst())).isTrue();
            assertThat(clients.read(open.getFirst())).isEqualTo("goodbye");
        }
    }

    @Test
    void aPeerThatDoesNotReadHoldsUpTheEndNoLongerThanIsAllowed() throws Exception {
        FiberConfig config = FiberConfig.defaults().endNanos(20 * MILLIS);
        try (Clients clients = new Clients(1024, config)) {
            clients.os.sendBufferBytes = 1;
            List<Integer> open = new ArrayList<>();
            clients.then(() -> open.add(clients.os.connect()));
            clients.run(server(connection -> {
                write(connection, "a");
                write(connection, "b");
            }));
            assertThat(clients.os.isClosed(open.getFirst())).isTrue();
        }
    }

    @Test
    void aFiberThatDoesNotEndIsLeftBehind() throws Exception {
        FiberConfig config = FiberConfig.defaults().endNanos(20 * MILLIS);
        try (Clients clients = new Clients(1024, config)) {
            clients.run(scope -> {
                scope.fork("stubborn", () -> {
                    while (!seen.contains("never")) {
                        try {
                            scope.sleep(MILLIS);
                        } catch (InterruptedException _) {
                            seen.add("refused");
                        }
                    }
                });
            });
            assertThat(seen).contains("refused");
            assertThat(clients.count("fiber.ended")).isZero();
        }
    }

    @Test
    void anInterruptOfTheStacksThreadStopsIt() throws Exception {
        try (MemoryOs os = new MemoryOs()) {
            os.whenIdle(Thread.currentThread()::interrupt);
            new FiberLoop(os).run(scope -> untilStopped(scope, "first"));
            assertThat(seen).containsExactly("first");
            assertThat(Thread.interrupted()).isFalse();
        }
    }

    @Test
    void stopBeforeTheBeginningEndsAtOnce() throws Exception {
        try (MemoryOs os = new MemoryOs()) {
            FiberLoop loop = new FiberLoop(os);
            loop.stop();
            loop.run(scope -> untilStopped(scope, "first"));
            assertThat(seen).containsExactly("first");
        }
    }

    @Test
    void aLostDeviceEndsAllFibersAndIsTold() {
        try (MemoryOs os = new MemoryOs()) {
            DeviceLostException lost = new DeviceLostException("pulled out");
            ForwardingLibOs broken = new ForwardingLibOs(os) {
                @Override
                public WaitResult waitNext(Completion out, long timeoutNanos) {
                    throw lost;
                }
            };
            assertThatThrownBy(() -> FiberLoop.run(broken, scope -> {
                        scope.fork(() -> untilStopped(scope, "forked"));
                        untilStopped(scope, "first");
                    }))
                    .isSameAs(lost);
            assertThat(seen).containsExactlyInAnyOrder("forked", "first");
        }
    }

    @Test
    void aLostDeviceLeavesNoFrameBehind() {
        try (MemoryOs os = new MemoryOs().traced()) {
            os.sendBufferBytes = 1;
            boolean[] isLost = new boolean[1];
            ForwardingLibOs broken = new ForwardingLibOs(os) {
                @Override
                public WaitResult waitNext(Completion out, long timeoutNanos) {
                    if (isLost[0]) {
                        throw new DeviceLostException("pulled out");
                    }
                    return os.waitNext(out, timeoutNanos);
                }
            };
            os.whenIdle(() -> {
                int client = os.connect();
                os.send(client, "unread".getBytes(US_ASCII));
                os.whenIdle(() -> isLost[0] = true);
            });
            assertThatThrownBy(() -> FiberLoop.run(broken, server(connection -> {
                        write(connection, "a");
                        write(connection, "b");
                        connection.read().release();
                        connection.read();
                    })))
                    .isInstanceOf(DeviceLostException.class);
            assertThat(os.pool().framesInUse()).as(os.pool().leakReport()).isZero();
        }
    }

    @Test
    void completionsOfQueuesThatNoFiberHasGoToTheHandler() throws Exception {
        List<Completion> others = new ArrayList<>();
        try (Clients clients = new Clients(1024, FiberConfig.defaults().others(others::add))) {
            clients.run(scope -> {
                scope.onLoop(() -> {
                    int queue = clients.os.socket(Transport.TCP);
                    return clients.os.closeQueue(queue);
                });
                scope.sleep(Long.MAX_VALUE);
            });
            assertThat(others).hasSize(1);
        }
    }

    @Test
    void aPortInUseIsAnAnswer() throws Exception {
        try (Clients clients = new Clients()) {
            clients.run(scope -> {
                try (Listener first = scope.listen(Endpoint.any(7))) {
                    assertThatThrownBy(() -> scope.listen(Endpoint.any(7)))
                            .isInstanceOf(OperationFailedException.class)
                            .hasMessageEndingWith(":7: ADDRESS_IN_USE");
                    assertThat(first.local().port()).isEqualTo(7);
                }
            });
        }
    }
}
