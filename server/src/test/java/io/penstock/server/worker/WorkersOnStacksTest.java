package io.penstock.server.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.sim.SimWire;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.memory.Buffer;
import io.penstock.server.Framing;
import io.penstock.server.Limits;
import io.penstock.server.Message;
import io.penstock.server.Reply;
import io.penstock.server.Server;
import io.penstock.testkit.contract.Done;
import io.penstock.testkit.contract.LibOsLink;
import io.penstock.testkit.contract.Pair;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers behind a real stack, which is asked by another one: threads that take their time, and ends in the midst of it. */
@Timeout(120)
class WorkersOnStacksTest {
    private static final int PORT = 7000;
    private static final long REAL_TIME_NANOS = 60_000_000_000L;

    private final VirtualClock clock = new VirtualClock();
    private final SimWire wire = SimWire.perfect("workers");
    private final Counters counters = Counters.inMemory();
    private final Completion ignored = new Completion();
    private final CountDownLatch mayGoOn = new CountDownLatch(1);
    private Stack clientOs;
    private Stack serverOs;
    private Server server;
    private Workers workers;
    private Pair pair;
    private boolean isFinished;
    private boolean isClosed;

    @BeforeEach
    void open() {
        pair = new Pair(new LibOsLink(
                clock,
                () -> clientOs = Stack.open(
                        config(SimWire.End.A).address(LibOsLink.CLIENT_CIDR).build()),
                () -> serverOs = Stack.open(config(SimWire.End.B)
                        .counters(counters)
                        .address(LibOsLink.SERVER_CIDR)
                        .build()),
                () -> {}));
        workers = Workers.on(serverOs).counters(counters).underWay(64).start(3);
        server = Server.on(serverOs)
                .counters(counters)
                .clock(clock::nanos)
                .limits(Limits.defaults().outstanding(16))
                .whenFinished(workers::close)
                .tcp(Endpoint.any(PORT), Framing.lengthPrefix(4).maxBytes(1 << 20), this::serve);
    }

    private StackConfig.Builder config(SimWire.End end) {
        return StackConfig.builder()
                .device(setup -> wire.open(end, setup))
                .clock(clock)
                .idle(Idle.advancing(clock, 20_000))
                .frames(4096);
    }

    private void serve(Message request, Reply reply) {
        if (!workers.answer(request, reply, this::work)) {
            reply.putText("busy");
        }
    }

    /** Sums up all bytes; the first says for how long this takes its time, or that it waits for the test. */
    private void work(RequestBytes request, AnswerBytes answer) throws InterruptedException {
        int spins = request.getUnsignedByte(0);
        if (spins == 255) {
            mayGoOn.await();
        }
        for (int i = 0; i < 10 * spins; i++) {
            Thread.onSpinWait();
        }
        answer.putInt(sum(request));
    }

    private static int sum(RequestBytes bytes) {
        int sum = 0;
        for (int i = 0; i < bytes.length(); i++) {
            sum = 31 * sum + bytes.getByte(i);
        }
        return sum;
    }

    private static int sum(byte[] bytes) {
        int sum = 0;
        for (byte b : bytes) {
            sum = 31 * sum + b;
        }
        return sum;
    }

    @AfterEach
    void nothingIsLeft() {
        mayGoOn.countDown();
        if (!isFinished) {
            untilReally(() -> workers.underWay() == 0);
            workers.close();
        }
        if (isClosed) {
            clientOs.close();
            return;
        }
        settle(100);
        assertThat(serverOs.heap().blocksInUse()).isZero();
        pair.close();
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

    /** Workers know nothing of virtual time: so while they are at work the stacks' time passes slowly. */
    private void untilReally(BooleanSupplier condition) {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - begin).isLessThan(REAL_TIME_NANOS);
            turn();
        }
    }

    private int connect() {
        int queue = pair.client.socket(Transport.TCP);
        long token = clientOs.connect(queue, pair.server.at(PORT));
        untilReally(() -> pair.client.isDone(token));
        assertThat(pair.client.take(token).status()).isEqualTo(Status.OK);
        return queue;
    }

    private void ask(int queue, byte[] request) {
        byte[] framed = ByteBuffer.allocate(4 + request.length)
                .putInt(request.length)
                .put(request)
                .array();
        for (int at = 0; at < framed.length; at += 60_000) {
            Buffer buffer = pair.client.buffer(Arrays.copyOfRange(framed, at, Math.min(framed.length, at + 60_000)));
            untilReally(() -> clientOs.push(queue, buffer) != LibOs.NO_TOKEN);
            buffer.release();
        }
    }

    private byte[] read(int queue, int length) {
        ByteBuffer all = ByteBuffer.allocate(length);
        while (all.hasRemaining()) {
            long token = clientOs.pop(queue, all.remaining());
            untilReally(() -> pair.client.isDone(token));
            Done done = pair.client.take(token);
            byte[] some = done.bytes();
            assertThat(some).as("%d of %d bytes came", all.position(), length).isNotEmpty();
            all.put(some);
        }
        return all.array();
    }

    private static byte[] answer(byte[] request) {
        return ByteBuffer.allocate(8).putInt(4).putInt(sum(request)).array();
    }

    private long count(String which) {
        return counters.counter("workers." + which).get();
    }

    @Test
    void manyConnectionsAreAnsweredInOrder() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int[] queues = new int[8];
        List<List<byte[]>> asked = new ArrayList<>();
        for (int c = 0; c < queues.length; c++) {
            queues[c] = connect();
            asked.add(new ArrayList<>());
        }
        for (int i = 0; i < 40; i++) {
            for (int c = 0; c < queues.length; c++) {
                byte[] request = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? 20_000 : 200)];
                random.nextBytes(request);
                request[0] = (byte) random.nextInt(200);
                ask(queues[c], request);
                asked.get(c).add(request);
            }
            if (i % 8 == 7) {
                for (int c = 0; c < queues.length; c++) {
                    for (byte[] request : asked.get(c)) {
                        assertThat(read(queues[c], 8)).as("seed %d", seed).isEqualTo(answer(request));
                    }
                    asked.get(c).clear();
                }
            }
        }
        assertThat(count("answered")).isEqualTo(40L * queues.length);
    }

    @Test
    void theLongestRequestIsReadWhereItLies() {
        int queue = connect();
        byte[] request = Pair.pattern(1 << 20);
        request[0] = 1;
        ask(queue, request);
        assertThat(read(queue, 8)).isEqualTo(answer(request));
    }

    @Test
    void whatIsUnderWayIsAnsweredBeforeTheServerHasFinished() {
        int queue = connect();
        byte[] slow = {(byte) 255, 1};
        byte[] quick = {1, 2};
        ask(queue, slow);
        ask(queue, quick);
        untilReally(() -> count("given") == 2);
        AtomicInteger turns = new AtomicInteger();
        server.ticker(_ -> {
            if (turns.incrementAndGet() == 20) {
                mayGoOn.countDown();
            }
        });
        int left = server.finish(20_000_000_000L);
        isFinished = true;
        assertThat(left)
                .as("its peer has not acknowledged, as nothing turns it")
                .isLessThanOrEqualTo(1);
        assertThat(read(queue, 8)).isEqualTo(answer(slow));
        assertThat(read(queue, 8)).isEqualTo(answer(quick));
        assertThat(count("answered")).isEqualTo(2);
        assertThat(workers.underWay()).isZero();
    }

    @Test
    void aServerFinishesWithoutThoseWhoTakeTooLong() {
        int queue = connect();
        byte[] slow = {(byte) 255, 1};
        ask(queue, slow);
        untilReally(() -> count("given") == 1);
        int _ = server.finish(20_000_000L);
        isFinished = true;
        assertThat(workers.underWay()).as("it was interrupted").isZero();
        assertThat(count("dropped")).isEqualTo(1);
        settle(1000);
    }

    @Test
    void connectionsThatGoInTheMidstLeaveNothingBehind() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            int queue = connect();
            int requests = 1 + random.nextInt(10);
            for (int i = 0; i < requests; i++) {
                byte[] request = new byte[1 + random.nextInt(5000)];
                request[0] = (byte) random.nextInt(200);
                ask(queue, request);
            }
            settle(random.nextInt(30));
            clientOs.abort(queue);
        }
        untilReally(() -> counters.counter("server.connections.open").get() == 0 && workers.underWay() == 0);
        assertThat(count("given")).as("seed %d", seed).isEqualTo(count("answered") + count("dropped"));
        settle(1000);
        assertThat(serverOs.pool().framesInUse()).isEqualTo(clientOs.pool().framesInUse());
    }

    @Test
    void everyCallEndsAlsoWhereTheStackIsClosed() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger closed = new AtomicInteger();
        StackExecutor stack = StackExecutor.of(serverOs);
        List<Thread> callers = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            callers.add(Thread.ofPlatform().start(() -> {
                boolean goesOn = true;
                while (goesOn) {
                    CompletableFuture<Integer> call = stack.call(ran::incrementAndGet);
                    calls.incrementAndGet();
                    CompletableFuture<Integer> _ = call.whenComplete((_, failure) -> {
                        ended.incrementAndGet();
                        closed.addAndGet(failure == null || failure instanceof MailboxFullException ? 0 : 1);
                    });
                    goesOn = !(call.isCompletedExceptionally()
                            && !(call.exceptionNow() instanceof MailboxFullException));
                }
            }));
        }
        untilReally(() -> ran.get() > 1000);
        workers.close();
        isFinished = true;
        isClosed = true;
        serverOs.close();
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(ended.get()).isEqualTo(calls.get());
        assertThat(closed.get()).isGreaterThanOrEqualTo(4);
    }
}
