package io.penstock.system.afxdp;

import static io.penstock.datapath.QueueOption.Amount.USER_TIMEOUT_NANOS;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.libos.tcp.config.SettingValues;
import io.penstock.libos.tcp.config.StackSettings;
import io.penstock.testkit.contract.Done;
import io.penstock.testkit.contract.Pair;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The user timeout of a stack whose peer, a kernel, acknowledges nothing any more; and a kernel's, whose peer is a stack. */
@Timeout(120)
class UserTimeoutTest {
    private static final long TIMEOUT_NANOS = 2_000_000_000L;
    /** How late it may be: timers that back off, on a machine that does something else. */
    private static final long LATE_NANOS = 4 * TIMEOUT_NANOS;

    private static final int PORT = 7;
    private static final int TCP_USER_TIMEOUT = 18;

    private final VethWire wire = VethWire.create(1);

    @AfterEach
    void close() {
        wire.close();
    }

    /** How the peer is cut off. */
    enum Cut {
        LINK_DOWN {
            @Override
            void off(VethWire wire) {
                wire.client().ip("link set va down");
            }

            @Override
            void on(VethWire wire) {
                wire.client().ip("link set va up");
            }
        },
        PACKETS_DROPPED {
            @Override
            void off(VethWire wire) {
                nft(wire, "add table ip cut; add chain ip cut in { type filter hook input priority 0; policy drop; }");
            }

            @Override
            void on(VethWire wire) {
                nft(wire, "delete table ip cut");
            }

            private static void nft(VethWire wire, String commands) {
                Shell.run(wire.client().command(List.of("nft", commands)));
            }
        };

        abstract void off(VethWire wire);

        abstract void on(VethWire wire);
    }

    /** Where the time is set. */
    enum Place {
        /** A queue that has connected. */
        QUEUE,
        /** A queue that listens: those that it accepts inherit it. */
        LISTENER,
        /** The stack's configuration. */
        CONFIGURATION,
        NOWHERE
    }

    // ---- the two ends

    private LoneStack open(Place place) {
        StackConfig.Builder config = StackConfig.builder();
        if (place == Place.CONFIGURATION) {
            config.set(SettingValues.DEFAULTS.with(
                    StackSettings.tableWith(List.of()),
                    "tcp.user-timeout=" + TIMEOUT_NANOS / 1_000_000 + "ms",
                    "--set"));
        }
        return LoneStack.open(wire, config);
    }

    /** A connection to the kernel over which bytes have gone both ways. */
    private final class Connection implements AutoCloseable {
        private final LoneStack stack;
        private final int queue;
        private final SocketChannel peer;
        private boolean askedPeer;

        Connection(LoneStack stack, Place place) {
            this.stack = stack;
            try {
                if (place == Place.LISTENER) {
                    int listener = stack.side.listen(PORT, 4);
                    set(listener);
                    long accept = stack.os().accept(listener);
                    peer = wire.client().call(SocketChannel::open);
                    peer.configureBlocking(false);
                    peer.connect(new InetSocketAddress(InetAddress.ofLiteral(VethWire.PENSTOCK_ADDRESS), PORT));
                    queue = ok(stack.await(accept)).newQueue();
                    stack.until("the kernel has connected", () -> isConnected(peer));
                } else {
                    queue = stack.side.socket(Transport.TCP);
                    peer = connect();
                    if (place == Place.QUEUE) {
                        set(queue);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            assertThat(stack.os().get(queue, USER_TIMEOUT_NANOS)).isEqualTo(place == Place.NOWHERE ? 0 : TIMEOUT_NANOS);
            echo();
        }

        private SocketChannel connect() throws IOException {
            try (ServerSocketChannel listener = wire.client().call(ServerSocketChannel::open)) {
                listener.configureBlocking(false);
                listener.setOption(StandardSocketOptions.SO_RCVBUF, 64 << 10);
                listener.bind(new InetSocketAddress(InetAddress.ofLiteral(VethWire.CLIENT_ADDRESS), PORT));
                ok(stack.await(stack.os().connect(queue, Endpoint.of(VethWire.CLIENT_ADDRESS, PORT))));
                AtomicReference<SocketChannel> accepted = new AtomicReference<>();
                stack.until("the kernel has accepted", () -> {
                    try {
                        accepted.set(listener.accept());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    return accepted.get() != null;
                });
                accepted.get().configureBlocking(false);
                return accepted.get();
            }
        }

        private void set(int queueToSet) {
            assertThat(stack.os().set(queueToSet, USER_TIMEOUT_NANOS, TIMEOUT_NANOS))
                    .isEqualTo(Status.OK);
        }

        private void echo() {
            byte[] bytes = Pair.pattern(1000);
            long push = stack.side.push(queue, bytes);
            assertReceives(bytes);
            ok(stack.await(push));
            send(bytes);
            assertThat(ok(stack.await(stack.os().pop(queue))).bytes()).isEqualTo(bytes);
        }

        private void send(byte[] bytes) {
            try {
                assertThat(peer.write(ByteBuffer.wrap(bytes))).isEqualTo(bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The kernel receives these bytes next. */
        void assertReceives(byte[] bytes) {
            ByteBuffer received = ByteBuffer.allocate(bytes.length);
            stack.until("the kernel has received", () -> {
                try {
                    assertThat(peer.read(received)).isNotNegative();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return !received.hasRemaining();
            });
            Pair.assertSame(received.array(), bytes);
        }

        /** The kernel hears that the connection is no more, at the latest when it sends. */
        void assertPeerIsReset() {
            stack.until("the kernel's end is reset", this::isPeerReset);
        }

        private boolean isPeerReset() {
            try {
                if (!askedPeer) {
                    askedPeer = peer.write(ByteBuffer.allocate(1)) == 1;
                }
                int _ = peer.read(ByteBuffer.allocate(64 << 10));
                return false;
            } catch (IOException _) {
                return true;
            }
        }

        @Override
        public void close() {
            try {
                peer.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static boolean isConnected(SocketChannel peer) {
        try {
            return peer.finishConnect();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Done ok(Done done) {
        assertThat(done.status()).as(done.toString()).isEqualTo(Status.OK);
        return done;
    }

    /** Before whatever is done next: a stack's time goes on with its turns. */
    private static long now(LoneStack stack) {
        long now = System.nanoTime();
        boolean _ = stack.side.turn();
        return now;
    }

    private static void assertTimedOut(Done done) {
        assertThat(done.status()).as(done.toString()).isEqualTo(Status.TIMED_OUT);
    }

    // ---- a stack's

    @ParameterizedTest
    @CsvSource({
        "LINK_DOWN, QUEUE",
        "LINK_DOWN, LISTENER",
        "LINK_DOWN, CONFIGURATION",
        "PACKETS_DROPPED, QUEUE",
        "PACKETS_DROPPED, LISTENER",
        "PACKETS_DROPPED, CONFIGURATION"
    })
    void endsWhatIsPushedToAPeerThatIsCutOff(Cut cut, Place place) {
        try (LoneStack stack = open(place);
                Connection c = new Connection(stack, place)) {
            long pop = stack.os().pop(c.queue);
            cut.off(wire);
            long start = now(stack);
            long first = stack.side.push(c.queue, new byte[100]);
            long second = stack.side.push(c.queue, new byte[5000]);
            assertTimedOut(stack.await(first));
            long passed = System.nanoTime() - start;
            assertTimedOut(stack.await(second));
            assertTimedOut(stack.await(pop));
            assertThat(passed).isBetween(TIMEOUT_NANOS, LATE_NANOS);

            assertTimedOut(stack.await(stack.os().pop(c.queue)));
            assertThat(stack.count("tcp.connections.timed-out")).isEqualTo(1);
            assertThat(stack.count("tcp.connections.open")).isZero();
            stack.until("no frame is held", stack.side::isAtRest);
            stack.await(stack.side.close(c.queue));

            cut.on(wire);
            c.assertPeerIsReset();
        }
    }

    @Test
    void endsAConnectionWhosePeerAnswersAndDoesNotRead() {
        try (LoneStack stack = open(Place.QUEUE);
                Connection c = new Connection(stack, Place.QUEUE)) {
            long start = now(stack);
            long push = stack.side.push(c.queue, new byte[1 << 20]); // more than the kernel takes
            assertTimedOut(stack.await(push));
            assertThat(System.nanoTime() - start).isBetween(TIMEOUT_NANOS, LATE_NANOS);
            assertThat(stack.count("tcp.zero-window-probes")).isPositive();
            stack.until("no frame is held", stack.side::isAtRest);
            c.assertPeerIsReset();
        }
    }

    @ParameterizedTest
    @EnumSource(Cut.class)
    void letsAPeerGoOnThatIsBackInTime(Cut cut) {
        try (LoneStack stack = open(Place.QUEUE);
                Connection c = new Connection(stack, Place.QUEUE)) {
            cut.off(wire);
            byte[] bytes = Pair.pattern(5000);
            long push = stack.side.push(c.queue, bytes);
            stack.until("it was sent in vain", () -> stack.count("tcp.timeouts") > 0);
            cut.on(wire);
            c.assertReceives(bytes);
            ok(stack.await(push));
            assertThat(stack.count("tcp.connections.timed-out")).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Cut.class)
    void isNotThereUnlessItIsSet(Cut cut) {
        try (LoneStack stack = open(Place.NOWHERE);
                Connection c = new Connection(stack, Place.NOWHERE)) {
            cut.off(wire);
            byte[] bytes = Pair.pattern(5000);
            long push = stack.side.push(c.queue, bytes);
            long end = System.nanoTime() + 2 * TIMEOUT_NANOS;
            stack.until("it would have ended", () -> System.nanoTime() > end);
            assertThat(stack.side.isDone(push)).isFalse();
            cut.on(wire);
            c.assertReceives(bytes);
            ok(stack.await(push));
        }
    }

    // ---- a kernel's

    @Test
    void aKernelThatGaveUpResetsWhatIsPushedToItAfterwards() {
        String client = "TCP4:" + VethWire.PENSTOCK_ADDRESS + ":" + PORT + ",setsockopt-int=6:" + TCP_USER_TIMEOUT + ":"
                + TIMEOUT_NANOS / 1_000_000;
        try (LoneStack stack = open(Place.NOWHERE)) {
            long accept = stack.os().accept(stack.side.listen(PORT, 4));
            try (Child child = Child.start("the client", wire.client().command(List.of("socat", "-", client)))) {
                int queue = ok(stack.await(accept)).newQueue();
                child.send("before");
                ok(stack.await(stack.side.push(
                        queue, ok(stack.await(stack.os().pop(queue))).bytes())));
                assertThat(child.awaitLine(_ -> true, LATE_NANOS)).isEqualTo("before");

                Cut.PACKETS_DROPPED.off(wire); // what the kernel sends arrives, what answers it does not
                child.send("after");
                byte[] after = ok(stack.await(stack.os().pop(queue))).bytes();
                assertThat(after).asString().isEqualTo("after\n");
                long push = stack.side.push(queue, after);
                stack.until("the kernel gives up", () -> !child.isAlive());
                assertThat(child.ended()).hasMessageContaining("Connection timed out");
                assertThat(stack.side.isDone(push)).isFalse();

                Cut.PACKETS_DROPPED.on(wire);
                assertThat(stack.await(push).status()).isEqualTo(Status.CONNECTION_RESET);
                stack.until("no frame is held", stack.side::isAtRest);
            }
        }
    }
}
