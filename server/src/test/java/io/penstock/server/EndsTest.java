package io.penstock.server;

import static io.penstock.server.Served.ascii;
import static io.penstock.server.Served.concat;
import static io.penstock.server.Served.framed;
import static io.penstock.server.Served.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.memory.Buffer;
import io.penstock.testkit.MemoryOs;
import io.penstock.testkit.contract.Pair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What ends a connection, with its counter, and that it ends no other. */
class EndsTest {
    private final List<EndReason> ends = new ArrayList<>();
    private Served served;
    private int other;

    /** Says what it was told, unless that is a word it knows. */
    private final class Talker implements Handler {
        private Reply owed;

        @Override
        public void handle(Message request, Reply reply) {
            String said = request.getText(0, Math.min(20, request.length()));
            switch (said) {
                case "throw" -> {
                    reply.putText("half an answ");
                    throw new IllegalStateException("meant");
                }
                case "overflow" -> handle(request, reply);
                case "nothing" -> {}
                case "one-way" -> reply.none();
                case "later" -> owed = reply.defer();
                case "now" -> {
                    owed.putText("late").send();
                    reply.putText("now");
                }
                case "bye" -> {
                    reply.putText("bye");
                    reply.close();
                }
                case "much" -> {
                    byte[] some = new byte[60_000];
                    for (int i = 0; i < 1000; i++) {
                        reply.putBytes(some);
                    }
                }
                default -> reply.write(request);
            }
        }

        @Override
        public void malformed(Reply last) {
            last.putText("what?");
        }

        @Override
        public void ended(EndReason why) {
            ends.add(why);
            if (owed != null && owed.isCancelled()) {
                owed.putText("nobody hears this").send();
            }
        }
    }

    private void serve(Limits limits, Framing framing) {
        served = new Served(server -> server.limits(limits).tcp(Endpoint.any(7000), framing, _ -> new Talker()));
        other = served.connect();
        served.connect();
    }

    private void serve(Limits limits) {
        serve(limits, Framing.lengthPrefix(4).maxBytes(2000));
    }

    private void serve() {
        serve(Limits.defaults());
    }

    private void assertEnded(EndReason why) {
        assertThat(served.os.isClosed(served.client)).isTrue();
        assertThat(ends).containsExactly(why);
        for (EndReason each : EndReason.values()) {
            assertThat(served.ended(each)).as(each.suffix()).isEqualTo(each == why ? 1 : 0);
        }
        assertThat(served.counter("connections.aborted")).isEqualTo(why.isAbrupt() ? 1 : 0);
    }

    @AfterEach
    void theOtherConnectionGoesOnAndNothingIsLeft() {
        served.client = other;
        assertThat(text(served.ask(framed("hello")))).endsWith("hello");
        served.os.end(other);
        served.settle();
        served.os.read(other);
        served.settle();
        assertThat(served.counter("connections.open")).isZero();
        assertThat(served.os.pool().framesInUse())
                .as(served.os.pool().leakReport())
                .isZero();
        assertThat(served.os.heap().blocksInUse()).isZero();
        served.close();
    }

    @Test
    void theEndOfAStreamComesAfterAllAnswers() {
        serve();
        served.os.sendBufferBytes = 1000;
        for (int i = 0; i < 20; i++) {
            served.os.send(served.client, framed(Pair.pattern(900)));
        }
        served.os.end(served.client);
        served.settle();
        assertThat(served.os.isClosed(served.client)).isFalse();
        byte[] answers = served.answers();
        byte[][] expected = new byte[20][];
        Arrays.fill(expected, framed(Pair.pattern(900)));
        assertThat(answers).isEqualTo(concat(expected));
        assertEnded(EndReason.CLOSED);
    }

    @Test
    void theEndOfAStreamWaitsForDeferredAnswers() {
        serve();
        assertThat(served.ask(framed("later"), framed("now"))).isEqualTo(concat(framed("late"), framed("now")));
        assertThat(served.ask(framed("later"))).isEmpty();
        served.os.end(served.client);
        served.settle();
        assertThat(served.os.isClosed(served.client)).isFalse();
        served.seconds(31);
        assertEnded(EndReason.UNANSWERED);
    }

    @Test
    void aStreamThatEndsAnywhereInAMessageIsCut() {
        byte[] message = framed("message");
        for (int at = 1; at < message.length; at++) {
            serve();
            served.ask(Arrays.copyOf(message, at));
            served.os.end(served.client);
            served.settle();
            assertEnded(EndReason.CUT);
            if (at < message.length - 1) {
                theOtherConnectionGoesOnAndNothingIsLeft();
                ends.clear();
            }
        }
    }

    @Test
    void aHandlerMayEndItAfterItsAnswer() {
        serve();
        assertThat(served.ask(framed("a"), framed("bye"), framed("never answered")))
                .isEqualTo(concat(framed("a"), framed("bye")));
        assertEnded(EndReason.SERVER);
    }

    @Test
    void aReset() {
        serve();
        served.ask(framed("later"));
        served.os.reset(served.client);
        served.settle();
        assertEnded(EndReason.LOST);
    }

    @Test
    void aNegativeLength() {
        serve();
        assertThat(served.ask(framed("a"), new byte[] {-1, 0, 0, 5})).isEqualTo(concat(framed("a"), framed("what?")));
        assertEnded(EndReason.MALFORMED);
    }

    @Test
    void aNegativeLengthOfEightBytes() {
        serve(Limits.defaults(), Framing.lengthPrefix(8));
        served.ask(new byte[] {-128, 0, 0, 0, 0, 0, 0, 1});
        assertThat(served.ended(EndReason.MALFORMED)).isEqualTo(1);
        served.client = other;
        other = served.os.connect();
        served.ask(new byte[] {0, 0, 0, 1, 0, 0, 0, 1});
        assertThat(served.ended(EndReason.TOO_LONG)).isEqualTo(1);
        other = served.connect();
        assertThat(text(served.ask(concat(new byte[4], framed("x"))))).endsWith("x");
        served.os.end(other);
        served.settle();
        theOtherServerIsAnother();
    }

    private void theOtherServerIsAnother() {
        served.close();
        ends.clear();
        serve();
        served.os.end(served.client);
        served.settle();
    }

    @Test
    void aVarintWithoutEnd() {
        serve(Limits.defaults(), Framing.varint());
        served.ask(new byte[] {-1, -1, -1, -1, -1, 1});
        assertEnded(EndReason.MALFORMED);
        served.client = other;
        assertThat(text(served.ask(concat(new byte[] {1}, ascii("x"))))).endsWith("x");
        theOtherServerIsAnother();
    }

    @Test
    void aMessageThatIsTooLongAsSoonAsItsLengthIsKnown() {
        serve();
        assertThat(served.ask(new byte[] {0, 0, 7, (byte) 0xd1})).isEqualTo(framed("what?"));
        assertEnded(EndReason.TOO_LONG);
    }

    @Test
    void aLineThatDoesNotEnd() {
        serve(Limits.defaults(), Framing.lines().maxBytes(100));
        served.ask(new byte[100]);
        assertThat(served.os.isClosed(served.client)).isFalse();
        served.ask(new byte[2]);
        assertEnded(EndReason.TOO_LONG);
        theOtherServerIsAnother();
    }

    @Test
    void aHandlerThatThrows() {
        serve();
        assertThat(served.ask(framed("a"), framed("throw"), framed("b"))).isEmpty();
        assertEnded(EndReason.FAILED);
    }

    @Test
    void aHandlerThatRecursesForEver() {
        serve();
        served.ask(framed("overflow"));
        assertEnded(EndReason.FAILED);
    }

    @Test
    void aHandlerThatReturnsWithoutAnAnswer() {
        serve();
        assertThat(served.ask(framed("a"), framed("nothing"), framed("b"))).isEqualTo(framed("a"));
        served.seconds(29);
        assertThat(served.os.isClosed(served.client)).isFalse();
        served.seconds(2);
        assertEnded(EndReason.UNANSWERED);
    }

    @Test
    void aRequestThatNeedsNoAnswerEndsNothing() {
        serve();
        assertThat(served.ask(framed("one-way"), framed("a"), framed("one-way")))
                .isEqualTo(framed("a"));
        served.seconds(100);
        assertThat(served.os.isClosed(served.client)).isFalse();
        served.os.end(served.client);
        served.settle();
        assertEnded(EndReason.CLOSED);
    }

    @Test
    void aDeferredAnswerThatDoesNotCome() {
        serve();
        served.ask(framed("later"));
        served.seconds(31);
        assertEnded(EndReason.UNANSWERED);
    }

    @Test
    void nothingForTooLong() {
        serve(Limits.defaults().idle(Duration.ofSeconds(10)));
        for (int i = 0; i < 4; i++) {
            served.seconds(9);
            assertThat(served.ask(framed("a"))).isEqualTo(framed("a"));
            keepOtherAlive();
        }
        served.seconds(9);
        keepOtherAlive();
        served.seconds(2);
        assertEnded(EndReason.IDLE);
    }

    private void keepOtherAlive() {
        served.os.send(other, framed("x"));
        served.settle();
        served.os.read(other);
        served.settle();
    }

    @Test
    void aRequestThatDoesNotEndThoughBytesKeepComing() {
        serve(Limits.defaults().request(Duration.ofSeconds(20)));
        served.ask(framed("a"));
        served.ask(new byte[] {0, 0, 1, 0});
        for (int i = 0; i < 19; i++) {
            served.seconds(1);
            served.ask(new byte[1]);
            assertThat(served.os.isClosed(served.client)).isFalse();
        }
        served.seconds(2);
        assertEnded(EndReason.SLOW_REQUEST);
    }

    /** Part of the next request is always there. */
    @Test
    void aPipelineThatNeverEndsIsNoSlowRequest() {
        serve(Limits.defaults().request(Duration.ofSeconds(20)));
        byte[] first = framed("a");
        served.ask(Arrays.copyOf(first, 2));
        byte[] turned = concat(Arrays.copyOfRange(first, 2, 5), Arrays.copyOf(first, 2));
        for (int i = 0; i < 60; i++) {
            served.seconds(1);
            assertThat(served.ask(turned)).isEqualTo(first);
        }
        served.ask(Arrays.copyOfRange(first, 2, 5));
        served.os.end(served.client);
        served.settle();
        assertEnded(EndReason.CLOSED);
    }

    @Test
    void timeOutsOfMilliseconds() {
        serve(Limits.defaults().request(Duration.ofMillis(80)));
        served.ask(new byte[] {0, 0, 1, 0});
        for (int i = 0; i < 7; i++) {
            served.nowNanos += 10_000_001;
            served.settle();
        }
        assertThat(served.os.isClosed(served.client)).isFalse();
        for (int i = 0; i < 2; i++) {
            served.nowNanos += 10_000_001;
            served.settle();
        }
        assertEnded(EndReason.SLOW_REQUEST);
    }

    @Test
    void aPeerThatTakesNothingOfItsAnswers() {
        serve(Limits.defaults().slowReader(Duration.ofSeconds(30)));
        served.os.sendBufferBytes = 1000;
        for (int i = 0; i < 20; i++) {
            served.os.send(served.client, framed(Pair.pattern(900)));
        }
        served.seconds(29);
        assertThat(served.os.isClosed(served.client)).isFalse();
        assertThat(served.os.read(served.client)).isNotEmpty();
        served.seconds(29);
        assertThat(served.os.isClosed(served.client)).isFalse();
        served.seconds(3);
        assertEnded(EndReason.SLOW_READER);
    }

    @Test
    void anAnswerThatThereIsNoMemoryFor() {
        serve();
        served.ask(framed("much"));
        assertEnded(EndReason.NO_MEMORY);
    }

    @Test
    void messagesThatThereIsNoMemoryFor() {
        serve(
                Limits.defaults().waiting(1 << 20, 1 << 20),
                Framing.lengthPrefix(4).maxBytes(1 << 30));
        List<Buffer> taken = new ArrayList<>();
        while (served.os.pool().freeFrames() > served.os.pool().capacityFrames() / 4 - 50) {
            taken.add(served.os.pool().allocate());
        }
        served.os.send(served.client, new byte[] {30, 0, 0, 0});
        for (int i = 0; i < 100 && !served.os.isClosed(served.client); i++) {
            served.os.send(served.client, new byte[50_000]);
            served.settle();
        }
        taken.forEach(Buffer::release);
        assertEnded(EndReason.NO_MEMORY);
    }

    @Test
    void oneConnectionMoreThanThereMayBeIsRefused() {
        serve(Limits.defaults().connections(2));
        int third = served.os.connect();
        served.settle();
        assertThat(served.os.isClosed(third)).isTrue();
        assertThat(served.counter("connections.refused")).isEqualTo(1);
        served.os.end(served.client);
        served.settle();
        assertEnded(EndReason.CLOSED);
        int fourth = served.os.connect();
        served.settle();
        assertThat(served.os.isClosed(fourth)).isFalse();
        served.os.end(fourth);
        served.settle();
    }

    @Test
    void aHandlerFactoryThatThrows() {
        serve();
        Served broken = new Served(
                new MemoryOs(),
                server -> server.tcp(Endpoint.any(1), Framing.lines(), (HandlerFactory) _ -> {
                    throw new IllegalStateException("meant");
                }));
        broken.connect();
        assertThat(broken.os.isClosed(broken.client)).isTrue();
        assertThat(broken.ended(EndReason.FAILED)).isEqualTo(1);
        broken.close();
        served.os.end(served.client);
        served.settle();
    }
}
