package io.penstock.server.worker;

import static io.penstock.server.Served.ascii;
import static io.penstock.server.Served.concat;
import static io.penstock.server.Served.framed;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.server.EndReason;
import io.penstock.server.Framing;
import io.penstock.server.Limits;
import io.penstock.server.Message;
import io.penstock.server.Reply;
import io.penstock.server.Served;
import io.penstock.testkit.contract.Pair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that others answer: in order, bounded, whatever is thrown and whoever is gone. The test says when work is done. */
@Timeout(60)
class WorkersTest {
    private final List<Runnable> given = new ArrayList<>();
    private Workers workers;
    private Served served;
    private boolean refuses;
    private String doneAt = "";

    private void serve(UnaryOperator<Workers.Builder> how) {
        serve(how, Limits.defaults(), Framing.lengthPrefix(4));
    }

    private void serve(UnaryOperator<Workers.Builder> how, Limits limits, Framing framing) {
        served = new Served(server -> server.limits(limits).tcp(Endpoint.any(7000), framing, this::handle));
        workers = how.apply(Workers.on(served.os).counters(served.counters).name("test.workers"))
                .start(this::give);
        served.connect();
    }

    private void give(Runnable work) {
        if (refuses) {
            throw new RejectedExecutionException("meant");
        }
        given.add(work);
    }

    /** 'i' is answered at once, all else by a worker. */
    private void handle(Message request, Reply reply) {
        if (request.length() > 0 && request.getByte(0) == 'i') {
            reply.write(request);
        } else if (!workers.answer(request, reply, this::work)) {
            reply.putText("busy");
        }
    }

    private void work(RequestBytes request, AnswerBytes answer) throws IOException {
        String said = request.getText(0, Math.min(8, request.length()));
        doneAt += said + ' ';
        switch (said) {
            case "throw" -> throw new IOException("meant");
            case "error" -> throw new StackOverflowError("meant");
            case "none" -> answer.none();
            case "close" -> answer.putText("bye").close();
            case "nothing" -> {}
            case "much" -> answer.putBytes(new byte[2000]);
            default -> answer.putBytes(request).putText("!");
        }
    }

    /** Does the n-th piece of work that was given and is not done. */
    private void work(int n) {
        given.remove(n).run();
    }

    private void workAll() {
        while (!given.isEmpty()) {
            work(0);
            served.settle();
        }
    }

    private long count(String which) {
        return served.counter("workers." + which);
    }

    @AfterEach
    void nothingIsLeft() {
        workAll();
        workers.close();
        assertThat(workers.underWay()).isZero();
        assertThat(count("under-way")).isZero();
        assertThat(count("given")).isEqualTo(count("answered") + count("failed") + count("dropped"));
        served.os.end(served.client);
        served.settle();
        served.os.read(served.client);
        served.settle();
        assertThat(served.os.pool().framesInUse())
                .as(served.os.pool().leakReport())
                .isZero();
        assertThat(served.os.heap().blocksInUse()).isZero();
        served.close();
    }

    @Test
    void answersKeepTheOrderOfTheirRequests() {
        serve(plan -> plan);
        assertThat(served.ask(framed("i1"), framed("w2"), framed("i3"), framed("w4"), framed("w5")))
                .isEqualTo(framed("i1"));
        work(2);
        work(1);
        assertThat(served.answers()).isEmpty();
        work(0);
        assertThat(doneAt).isEqualTo("w5 w4 w2 ");
        assertThat(served.answers()).isEqualTo(concat(framed("w2!"), framed("i3"), framed("w4!"), framed("w5!")));
        assertThat(count("answered")).isEqualTo(3);
    }

    @Test
    void oneWakeIsEnoughForMany() {
        serve(plan -> plan);
        served.ask(framed("a"), framed("b"), framed("c"));
        work(0);
        work(0);
        work(0);
        assertThat(served.os.runMailbox()).isEqualTo(1);
        assertThat(served.answers()).isEqualTo(concat(framed("a!"), framed("b!"), framed("c!")));
        served.ask(framed("d"));
        work(0);
        assertThat(served.os.runMailbox()).as("and the next one tells anew").isEqualTo(1);
        assertThat(served.answers()).isEqualTo(framed("d!"));
    }

    @Test
    void moreThanABatchTakesSeveralTurns() {
        serve(plan -> plan, Limits.defaults().outstanding(1000), Framing.lengthPrefix(4));
        List<byte[]> expected = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            served.os.send(served.client, framed("w" + i));
            served.settle();
            expected.add(framed("w" + i + "!"));
        }
        while (!given.isEmpty()) {
            work(0);
        }
        assertThat(served.os.runMailbox()).isEqualTo(1);
        assertThat(workers.underWay()).isEqualTo(200 - 64);
        assertThat(served.answers()).isEqualTo(concat(expected.toArray(byte[][]::new)));
    }

    @Test
    void whenTooManyAreUnderWayTheHandlerIsTold() {
        serve(plan -> plan.underWay(2));
        assertThat(served.ask(framed("a"), framed("b"), framed("c"))).isEmpty();
        assertThat(count("refused")).isEqualTo(1);
        workAll();
        assertThat(served.answers()).isEqualTo(concat(framed("a!"), framed("b!"), framed("busy")));
        served.ask(framed("d"));
        workAll();
        assertThat(served.answers()).isEqualTo(framed("d!"));
    }

    /** Of one connection no more than its limit: it is held up, and goes on in the turn that an answer makes room. */
    @Test
    void aConnectionIsHeldUpByItsOwnLimit() {
        serve(plan -> plan.underWay(2), Limits.defaults().outstanding(2), Framing.lengthPrefix(4));
        served.ask(framed("a"), framed("b"), framed("c"), framed("d"), framed("e"));
        assertThat(given).hasSize(2);
        for (int i = 0; i < 3; i++) {
            work(0);
            served.settle();
            assertThat(given).hasSize(2);
        }
        workAll();
        assertThat(count("refused")).isZero();
        assertThat(served.answers())
                .isEqualTo(concat(framed("a!"), framed("b!"), framed("c!"), framed("d!"), framed("e!")));
    }

    @Test
    void anExecutorThatRefusesIsFullAsWell() {
        serve(plan -> plan);
        refuses = true;
        assertThat(served.ask(framed("a"))).isEqualTo(framed("busy"));
        refuses = false;
        served.ask(framed("b"));
        workAll();
        assertThat(served.answers()).isEqualTo(framed("b!"));
        assertThat(count("refused")).isEqualTo(1);
    }

    @Test
    void aWorkerThatThrowsEndsItsOwnConnectionAlone() {
        serve(plan -> plan);
        int first = served.client;
        served.ask(framed("throw"), framed("a"));
        int second = served.connect();
        served.ask(framed("error"));
        int third = served.connect();
        served.ask(framed("c"));
        workAll();
        assertThat(served.os.isClosed(first)).isTrue();
        assertThat(served.os.isClosed(second)).isTrue();
        assertThat(served.ended(EndReason.FAILED)).isEqualTo(2);
        assertThat(count("failed")).isEqualTo(2);
        assertThat(count("dropped")).as("what stood behind it").isEqualTo(1);
        served.client = third;
        assertThat(served.answers()).isEqualTo(framed("c!"));
    }

    @Test
    void theAnswerToWhoIsGoneIsDropped() {
        serve(plan -> plan);
        served.ask(framed(Pair.pattern(1400)), framed("b"), framed("throw"));
        work(1);
        served.os.reset(served.client);
        served.settle();
        assertThat(workers.underWay()).isEqualTo(2);
        workAll();
        assertThat(count("answered")).as("that came before it went").isEqualTo(1);
        assertThat(count("dropped")).isEqualTo(2);
        assertThat(count("failed")).isZero();
        assertThat(served.ended(EndReason.LOST)).isEqualTo(1);
        served.connect();
        assertThat(served.ask(framed("i"))).isEqualTo(framed("i"));
    }

    @Test
    void workThatTakesTooLongEndsItsConnection() {
        serve(plan -> plan, Limits.defaults().answer(Duration.ofSeconds(5)), Framing.lengthPrefix(4));
        served.ask(framed("a"));
        served.seconds(10);
        assertThat(served.ended(EndReason.UNANSWERED)).isEqualTo(1);
        workAll();
        assertThat(count("dropped")).isEqualTo(1);
        served.connect();
    }

    @Test
    void anAnswerMayBeNoneEmptyOrTheLast() {
        serve(plan -> plan);
        served.ask(framed("none"), framed("nothing"), framed("close"), framed("x"));
        workAll();
        assertThat(served.answers()).isEqualTo(concat(framed(""), framed("bye")));
        assertThat(served.os.isClosed(served.client)).isTrue();
        assertThat(served.ended(EndReason.SERVER)).isEqualTo(1);
        served.connect();
    }

    @Test
    void anAnswerThatIsTooLongOrDoesNotFitItsFramingEndsTheConnection() {
        serve(plan -> plan.answerBytes(1999));
        served.ask(framed("much"));
        workAll();
        assertThat(served.ended(EndReason.FAILED)).isEqualTo(1);
        nothingIsLeft();
        serve(plan -> plan, Limits.defaults(), Framing.lengthPrefix(1));
        served.ask(concat(new byte[] {4}, ascii("much")));
        workAll();
        assertThat(served.ended(EndReason.FAILED)).isEqualTo(1);
        assertThat(count("failed")).isEqualTo(1);
        served.connect();
    }

    @Test
    void requestsOfAnyLengthAreKeptWhole() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        serve(plan -> plan);
        for (int length : new int[] {0, 1, 7, 1023, 1024, 1400, 1460, 5000, 100_000, 400_000}) {
            byte[] value = new byte[length];
            random.nextBytes(value);
            if (length > 0) {
                value[0] = 'w';
            }
            assertThat(served.ask(framed(value), framed("b"))).isEmpty();
            workAll();
            assertThat(served.answers())
                    .as("%d bytes, seed %d", length, seed)
                    .isEqualTo(concat(framed(concat(value, ascii("!"))), framed("b!")));
        }
    }

    @Test
    void workReadsOnWhereItsHandlerStopped() {
        Workers[] some = new Workers[1];
        served = new Served(server -> server.tcp(Endpoint.any(1), Framing.lengthPrefix(4), (request, reply) -> {
            byte what = request.readByte();
            assertThat(some[0].answer(request, reply, (bytes, answer) -> {
                        int shorts = bytes.readUnsignedShort();
                        answer.putByte(what)
                                .putInt(bytes.readInt() + 1)
                                .putShort(shorts)
                                .putLong(bytes.readLong())
                                .putDecimal(bytes.remaining())
                                .putText(bytes.readText());
                    }))
                    .isTrue();
            assertThat(request.remaining()).isZero();
        }));
        workers = Workers.on(served.os)
                .counters(served.counters)
                .name("test.workers")
                .start(this::give);
        some[0] = workers;
        served.connect();
        byte[] request = ByteBuffer.allocate(17)
                .put((byte) 'q')
                .putShort((short) 40_000)
                .putInt(6)
                .putLong(-3)
                .put(ascii("ab"))
                .array();
        served.ask(framed(request));
        workAll();
        byte[] expected = ByteBuffer.allocate(18)
                .put((byte) 'q')
                .putInt(7)
                .putShort((short) 40_000)
                .putLong(-3)
                .put(ascii("2ab"))
                .array();
        assertThat(served.answers()).isEqualTo(framed(expected));
    }

    @Test
    void aRequestThatThereIsNoMemoryForIsRefused() {
        serve(plan -> plan);
        List<io.penstock.memory.Buffer> taken = new ArrayList<>();
        for (int bytes = 1 << 19; bytes >= 1024; bytes /= 2) {
            for (var b = served.os.heap().allocate(bytes);
                    b != null;
                    b = served.os.heap().allocate(bytes)) {
                taken.add(b);
            }
        }
        byte[] apart = Pair.pattern(1100); // less than half a frame: a copy
        apart[0] = 'w';
        while (served.os.pool().freeFrames() > served.os.pool().capacityFrames() / 2 - 10) {
            taken.add(served.os.pool().allocate());
        }
        assertThat(served.ask(framed(apart))).isEqualTo(framed("busy"));
        taken.forEach(io.penstock.memory.Buffer::release);
        assertThat(count("refused")).isEqualTo(1);
        assertThat(count("given")).isZero();
    }

    @Test
    void closedWorkersRefuse() {
        serve(plan -> plan);
        workers.close();
        workers.close();
        assertThat(served.ask(framed("a"))).isEqualTo(framed("busy"));
    }

    @Test
    void aHandlerThatHasBegunAnAnswerFailsAndNothingIsLost() {
        served = new Served(server -> server.tcp(Endpoint.any(1), Framing.lengthPrefix(4), (request, reply) -> {
            reply.putText("begun");
            boolean _ = workers.answer(request, reply, this::work);
        }));
        workers = Workers.on(served.os)
                .counters(served.counters)
                .name("test.workers")
                .start(this::give);
        served.connect();
        served.ask(framed("a"));
        assertThat(served.ended(EndReason.FAILED)).isEqualTo(1);
        workAll();
        assertThat(count("dropped")).isEqualTo(1);
        served.connect();
    }
}
