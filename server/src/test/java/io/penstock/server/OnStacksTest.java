package io.penstock.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.sim.SimWire;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.memory.Buffer;
import io.penstock.testkit.contract.Done;
import io.penstock.testkit.contract.LibOsLink;
import io.penstock.testkit.contract.Pair;
import io.penstock.testkit.device.OffloadDevice;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server of kept values on a real stack, in virtual time: what is copied, what waits, what is left. */
class OnStacksTest {
    private static final int PORT = 7000;
    private static final int MEBIBYTE = 1 << 20;
    /** Of an answer: its length, a byte, and the one that makes an even number of them, as checksums need. */
    private static final int HEADER_BYTES = 6;

    private final VirtualClock clock = new VirtualClock();
    private final SimWire wire = SimWire.perfect("server");
    private final Counters counters = Counters.inMemory();
    private final Map<Integer, Buffer> values = new HashMap<>();
    private Stack clientOs;
    private Stack serverOs;
    private Server server;
    private Pair pair;
    private boolean isFinished;
    private boolean keepsCopies;
    private final Completion ignored = new Completion();

    private void open(Set<Offload> offloads, Limits limits) {
        pair = new Pair(new LibOsLink(
                clock,
                () -> clientOs = Stack.open(config(SimWire.End.A, Set.of())
                        .address(LibOsLink.CLIENT_CIDR)
                        .build()),
                () -> serverOs = Stack.open(config(SimWire.End.B, offloads)
                        .counters(counters)
                        .heapBytes(16 << 20)
                        .address(LibOsLink.SERVER_CIDR)
                        .build()),
                () -> {}));
        server = Server.on(serverOs)
                .counters(counters)
                .clock(clock::nanos)
                .limits(limits)
                .tcp(Endpoint.any(PORT), Framing.lengthPrefix(4).maxBytes(2 * MEBIBYTE), this::serve);
    }

    private StackConfig.Builder config(SimWire.End end, Set<Offload> offloads) {
        return StackConfig.builder()
                .device(setup -> offloads.isEmpty()
                        ? wire.open(end, setup)
                        : new OffloadDevice(wire.open(end, setup), setup, offloads))
                .clock(clock)
                .idle(Idle.advancing(clock, 20_000))
                .frames(4096);
    }

    /** 'p', key, value: keeps it. 'g', key: answers 1 and the value, or 0. */
    private void serve(Message request, Reply reply) {
        if (request.readByte() == 'p') {
            Buffer old = values.put(request.readInt(), keepsCopies ? request.keepCopy() : request.keep());
            if (old != null) {
                old.release();
            }
            reply.putByte(1);
            return;
        }
        Buffer value = values.get(request.readInt());
        reply.putByte(value == null ? 0 : 1);
        if (value != null) {
            reply.write(value);
        }
    }

    @AfterEach
    void nothingIsLeft() {
        values.values().forEach(Buffer::release);
        settle(100);
        assertThat(serverOs.heap().blocksInUse()).isZero();
        pair.close();
    }

    private int connect() {
        int queue = pair.client.socket(Transport.TCP);
        long token = clientOs.connect(queue, pair.server.at(PORT));
        until(() -> pair.client.isDone(token));
        assertThat(pair.client.take(token).status()).isEqualTo(io.penstock.datapath.Status.OK);
        return queue;
    }

    private void turn() {
        boolean did = pair.client.turn();
        did |= isFinished ? serverOs.waitNext(ignored, 0) == WaitResult.COMPLETED : server.turn(0);
        if (!did) {
            clock.advance(20_000);
        }
    }

    private void settle(int turns) {
        for (int i = 0; i < turns; i++) {
            turn();
        }
    }

    private void until(java.util.function.BooleanSupplier condition) {
        long deadline = clock.nanos() + 300_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(clock.nanos()).isLessThan(deadline);
            turn();
        }
    }

    private void send(int queue, byte[] bytes) {
        int at = 0;
        while (at < bytes.length) {
            byte[] some = java.util.Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 60_000));
            Buffer buffer = pair.client.buffer(some);
            until(() -> clientOs.push(queue, buffer) != LibOs.NO_TOKEN);
            buffer.release();
            at += some.length;
        }
    }

    private byte[] read(int queue, int length) {
        ByteBuffer all = ByteBuffer.allocate(length);
        while (all.hasRemaining()) {
            long token = clientOs.pop(queue, all.remaining());
            until(() -> pair.client.isDone(token));
            Done done = pair.client.take(token);
            byte[] some = done.bytes();
            assertThat(some)
                    .as("the stream ended after %d of %d bytes", all.position(), length)
                    .isNotEmpty();
            all.put(some);
        }
        return all.array();
    }

    private static byte[] put(int key, byte[] value) {
        ByteBuffer all = ByteBuffer.allocate(9 + value.length);
        return all.putInt(5 + value.length)
                .put((byte) 'p')
                .putInt(key)
                .put(value)
                .array();
    }

    private static byte[] get(int key) {
        return ByteBuffer.allocate(9).putInt(5).put((byte) 'g').putInt(key).array();
    }

    private static byte[] answer(byte[] value) {
        return ByteBuffer.allocate(5 + value.length)
                .putInt(1 + value.length)
                .put((byte) 1)
                .put(value)
                .array();
    }

    private long copied() {
        return counters.counter("tcp.tx.copied.bytes").get();
    }

    private void keepAndSend(int valueBytes, int times) {
        byte[] value = Pair.pattern(valueBytes);
        int first = connect();
        int second = connect();
        send(first, put(1, value));
        assertThat(read(first, 5)).isEqualTo(answer(new byte[0]));
        for (int i = 0; i < times; i++) {
            send(first, get(1));
            send(second, get(1)); // while the first is on its way
            Pair.assertSame(read(first, 5 + valueBytes), answer(value));
            Pair.assertSame(read(second, 5 + valueBytes), answer(value));
        }
    }

    /** Where the device puts packets together of two pieces, what lies in one piece is sent from there, as often as asked for. */
    @ParameterizedTest
    @ValueSource(ints = {1024, 1400, 5000, 100_000, 1_000_000})
    void sendsKeptCopiesWithoutAnother(int bytes) {
        open(EnumSet.of(Offload.MULTI_SEGMENT), Limits.defaults());
        keepsCopies = true;
        keepAndSend(bytes, 10);
        assertThat(counters.counter("tcp.tx.gathered.bytes").get()).isGreaterThanOrEqualTo(20L * (bytes - 1));
        assertThat(copied())
                .as("of twenty answers, beside their own first bytes")
                .isLessThanOrEqualTo(20 * HEADER_BYTES);
    }

    /** In the frames in which they came: the stack copies a segment or two together where that saves a packet. */
    @ParameterizedTest
    @ValueSource(ints = {1400, 5000, 100_000, MEBIBYTE})
    void sendsKeptFramesNearlyWithoutACopy(int bytes) {
        open(EnumSet.of(Offload.MULTI_SEGMENT), Limits.defaults());
        keepAndSend(bytes, 10);
        assertThat(serverOs.heap().blocksInUse()).isZero();
        assertThat(copied()).isLessThanOrEqualTo(20 * 3 * 1460);
    }

    @Test
    void sendsKeptValuesWhole() {
        open(Set.of(), Limits.defaults());
        keepAndSend(300_000, 5);
    }

    /** Forty answers of a mebibyte: what one peer does not take waits, and holds up nobody. */
    @Test
    void sendsFortyMebibytesToASlowReaderWhole() {
        open(EnumSet.of(Offload.MULTI_SEGMENT), Limits.defaults());
        byte[] value = Pair.pattern(MEBIBYTE);
        int slow = connect();
        send(slow, put(1, value));
        read(slow, 5);
        for (int i = 0; i < 40; i++) {
            send(slow, get(1));
        }
        settle(2000);
        int other = connect();
        send(other, get(2));
        assertThat(read(other, 5)).isEqualTo(new byte[] {0, 0, 0, 1, 0});
        for (int i = 0; i < 40; i++) {
            clock.advance(1_500_000_000L);
            Pair.assertSame(read(slow, 5 + MEBIBYTE), answer(value));
        }
        assertThat(counters.counter("server.connections.aborted").get()).isZero();
    }

    /** From another thread, by way of the stack's mailbox. */
    @Test
    void answersLater() throws InterruptedException {
        open(Set.of(), Limits.defaults());
        Server later = server.tcp(Endpoint.any(PORT + 1), Framing.lengthPrefix(4), (request, reply) -> {
            int number = request.readInt();
            Reply owed = reply.defer();
            Thread worker = new Thread(() -> {
                boolean _ = serverOs.execute(() -> owed.putInt(number + 1).send());
            });
            worker.start();
            worker.join();
        });
        assertThat(later).isSameAs(server);
        int queue = pair.client.socket(Transport.TCP);
        long token = clientOs.connect(queue, pair.server.at(PORT + 1));
        until(() -> pair.client.isDone(token));
        for (int i = 0; i < 10; i++) {
            send(queue, ByteBuffer.allocate(8).putInt(4).putInt(i).array());
            assertThat(read(queue, 8))
                    .isEqualTo(ByteBuffer.allocate(8).putInt(4).putInt(i + 1).array());
        }
    }

    @Test
    void endsWhoReadsNothing() {
        open(Set.of(), Limits.defaults().slowReader(Duration.ofSeconds(20)));
        int silent = connect();
        send(silent, put(1, Pair.pattern(MEBIBYTE)));
        read(silent, 5);
        for (int i = 0; i < 5; i++) {
            send(silent, get(1));
        }
        until(() -> counters.counter("server.connections.ended.slow-reader").get() == 1);
        int other = connect();
        send(other, get(2));
        assertThat(read(other, 5)).isEqualTo(new byte[] {0, 0, 0, 1, 0});
    }

    @Test
    void finishesInGoodOrder() {
        open(Set.of(), Limits.defaults());
        int client = connect();
        send(client, put(1, Pair.pattern(100)));
        read(client, 5);
        send(client, get(1));
        settle(50);
        assertThat(server.finish(0)).isLessThanOrEqualTo(1);
        isFinished = true;
        assertThat(read(client, 105)).isEqualTo(answer(Pair.pattern(100)));
        assertThat(counters.counter("server.connections.open").get()).isZero();
    }
}
