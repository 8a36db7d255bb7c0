package io.penstock.server;

import static io.penstock.server.Served.concat;
import static io.penstock.server.Served.framed;
import static io.penstock.server.Served.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Endpoint;
import io.penstock.memory.Buffer;
import io.penstock.testkit.contract.Pair;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers that come later: in the order of their requests or not, not too many at once, and not to who is gone. */
class DeferredTest {
    private final Map<String, Reply> owed = new LinkedHashMap<>();
    private Served served;

    /** What begins with a letter 'd' is answered later. */
    private void serve(boolean anyOrder, Limits limits) {
        served = new Served(server -> {
            Server what = server.limits(limits);
            return (anyOrder ? what.anyOrder() : what)
                    .tcp(Endpoint.any(7000), Framing.lengthPrefix(4), (request, reply) -> {
                        String said = request.getText(0, Math.min(20, request.length()));
                        if (said.startsWith("d")) {
                            owed.put(said, reply.defer());
                        } else {
                            reply.putText(said);
                        }
                    });
        });
        served.connect();
    }

    private void answer(String request) {
        owed.remove(request).putText(request + "!").send();
    }

    @AfterEach
    void nothingIsLeft() {
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
    void goInTheOrderOfTheirRequests() {
        serve(false, Limits.defaults());
        assertThat(served.ask(framed("a"), framed("d1"), framed("b"), framed("d2"), framed("d3"), framed("c")))
                .isEqualTo(framed("a"));
        answer("d3");
        assertThat(served.answers()).isEmpty();
        answer("d1");
        assertThat(served.answers()).isEqualTo(concat(framed("d1!"), framed("b")));
        answer("d2");
        assertThat(served.answers()).isEqualTo(concat(framed("d2!"), framed("d3!"), framed("c")));
        assertThat(served.ask(framed("e"))).isEqualTo(framed("e"));
    }

    @Test
    void goAsTheyComeIfAnyOrderWillDo() {
        serve(true, Limits.defaults());
        assertThat(served.ask(framed("d1"), framed("b"), framed("d2"), framed("c")))
                .isEqualTo(concat(framed("b"), framed("c")));
        answer("d2");
        assertThat(served.answers()).isEqualTo(framed("d2!"));
        answer("d1");
        assertThat(served.answers()).isEqualTo(framed("d1!"));
    }

    @Test
    void noMoreOfThemThanMayBeOutstanding() {
        serve(false, Limits.defaults().outstanding(3));
        served.ask(framed("d1"), framed("d2"), framed("d3"), framed("d4"), framed("e"));
        assertThat(owed).containsOnlyKeys("d1", "d2", "d3");
        assertThat(served.os.waitingPops(served.client))
                .as("nothing more is read")
                .isZero();
        answer("d2");
        served.settle();
        assertThat(owed).containsOnlyKeys("d1", "d3");
        answer("d1");
        assertThat(served.answers()).isEqualTo(concat(framed("d1!"), framed("d2!")));
        assertThat(owed).containsOnlyKeys("d3", "d4");
        answer("d3");
        answer("d4");
        assertThat(served.answers()).isEqualTo(concat(framed("d3!"), framed("d4!"), framed("e")));
    }

    @Test
    void areCancelledWithTheirConnection() {
        serve(false, Limits.defaults());
        served.ask(framed("d1"), framed("d2"), framed("b"));
        Reply first = owed.remove("d1");
        Reply second = owed.remove("d2");
        served.os.reset(served.client);
        served.settle();
        assertThat(first.isCancelled()).isTrue();
        Buffer kept = served.os.heap().allocate(2000);
        first.putText("nobody hears this").write(kept);
        kept.release();
        second.none();
        first.send();
        assertThat(served.ended(EndReason.LOST)).isEqualTo(1);
        served.connect();
        assertThat(served.ask(framed("d3"))).isEmpty();
        assertThat(owed.get("d3").isCancelled()).isFalse();
        answer("d3");
        assertThat(served.answers()).isEqualTo(framed("d3!"));
    }

    @Test
    void thatFailEndTheirConnectionAlone() {
        serve(false, Limits.defaults());
        int other = served.os.connect();
        served.settle();
        served.ask(framed("d1"), framed("b"), framed("d2"), framed("d3"));
        owed.remove("d2").putText("begun").fail(new IllegalStateException("meant"));
        assertThat(served.answers()).isEmpty();
        assertThat(served.os.isClosed(served.client)).isTrue();
        assertThat(served.ended(EndReason.FAILED)).isEqualTo(1);
        owed.remove("d1").fail(new IllegalStateException("meant, for nobody"));
        Reply third = owed.remove("d3");
        assertThat(third.isCancelled()).isTrue();
        third.none();
        assertThat(served.ended(EndReason.FAILED)).isEqualTo(1);
        served.client = other;
        assertThat(served.ask(framed("a"))).isEqualTo(framed("a"));
    }

    @Test
    void mayFailWithinTheirHandler() {
        served = new Served(server -> server.tcp(Endpoint.any(1), Framing.lines(), (_, reply) -> {
            assertThatThrownBy(() -> reply.fail(new Throwable())).isInstanceOf(IllegalStateException.class);
            reply.defer().fail(new IllegalStateException("meant"));
        }));
        served.connect();
        served.ask(Served.ascii("a\nb\n"));
        assertThat(served.os.isClosed(served.client)).isTrue();
        assertThat(served.ended(EndReason.FAILED)).isEqualTo(1);
        served.connect();
    }

    @Test
    void mayBeNone() {
        serve(false, Limits.defaults());
        served.ask(framed("d1"), framed("b"));
        owed.remove("d1").none();
        assertThat(served.answers()).isEqualTo(framed("b"));
    }

    @Test
    void mayEndTheConnection() {
        serve(false, Limits.defaults());
        served.ask(framed("d1"), framed("b"), framed("d2"), framed("c"));
        Reply first = owed.remove("d1");
        first.putText("bye").close();
        first.send();
        assertThat(served.answers()).isEqualTo(framed("bye"));
        assertThat(served.os.isClosed(served.client)).isTrue();
        assertThat(served.ended(EndReason.SERVER)).isEqualTo(1);
        owed.remove("d2").send();
        served.connect();
    }

    @Test
    void areLongAndManyInAnyOrder() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        serve(false, Limits.defaults());
        served.os.sendBufferBytes = 5000;
        byte[] some = Pair.pattern(3000);
        for (int round = 0; round < 20; round++) {
            List<byte[]> expected = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                String said = (random.nextBoolean() ? "d" : "i") + i;
                served.os.send(served.client, framed(said));
                expected.add(said.startsWith("d") ? framed(some) : framed(said));
                served.settle();
            }
            while (!owed.isEmpty()) {
                List<String> names = List.copyOf(owed.keySet());
                Reply next = owed.remove(names.get(random.nextInt(names.size())));
                next.putBytes(some, 0, 1000).putBytes(some, 1000, 2000).send();
            }
            assertThat(served.answers()).as("seed %d", seed).isEqualTo(concat(expected.toArray(byte[][]::new)));
        }
    }

    @Test
    void doNotBeginBeforeOrBehindAnAnswer() {
        List<String> seen = new ArrayList<>();
        served = new Served(server -> server.tcp(Endpoint.any(1), Framing.lines(), (_, reply) -> {
            reply.putText("x");
            assertThatThrownBy(reply::defer).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(reply::none).isInstanceOf(IllegalStateException.class);
            seen.add(text(new byte[0]));
        }));
        served.connect();
        assertThat(text(served.ask(Served.ascii("a\n")))).isEqualTo("x\n");
        assertThat(seen).hasSize(1);
    }
}
