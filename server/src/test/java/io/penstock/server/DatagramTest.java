package io.penstock.server;

import static io.penstock.server.Served.ascii;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.testkit.contract.Pair;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The same handlers over UDP: a datagram in, a datagram out. */
class DatagramTest {
    /** The first queue that a server opens. */
    private static final int QUEUE = 1;

    private Served served;

    private void serve(Handler handler) {
        served = new Served(server -> server.udp(Endpoint.any(7), handler));
        served.client = QUEUE;
    }

    @AfterEach
    void nothingIsLeft() {
        served.os.read(QUEUE);
        served.settle();
        assertThat(served.os.pool().framesInUse())
                .as(served.os.pool().leakReport())
                .isZero();
        served.close();
    }

    @Test
    void anEchoSendsTheFrameThatCame() {
        List<Long> came = new ArrayList<>();
        serve((request, reply) -> {
            assertThat(request.peer().port()).isEqualTo(9999);
            came.add(request.address());
            reply.write(request);
        });
        for (int length : new int[] {1, 64, 1460}) {
            assertThat(served.ask(Pair.pattern(length))).isEqualTo(Pair.pattern(length));
        }
        assertThat(served.os.sentFrom(QUEUE)).isEqualTo(came);
        assertThat(served.counter("datagrams")).isEqualTo(3);
    }

    @Test
    void anAnswerIsPutTogetherBeforeAndBehindTheRequest() {
        serve((request, reply) -> reply.putText("<").write(request).putText(">").putDecimal(request.length()));
        assertThat(Served.text(served.ask(ascii("abc")))).isEqualTo("<abc>3");
        served.close();
        serve((request, reply) -> reply.write(request).putText(">"));
        assertThat(Served.text(served.ask(ascii("abc")))).isEqualTo("abc>");
    }

    @Test
    void nothingPutIsNoAnswerAndSeveralAreSeveral() {
        serve((request, reply) -> {
            if (request.getByte(0) == 'b') {
                reply.putText("1").send();
                reply.putText("2");
            }
        });
        assertThat(served.ask(ascii("a"))).isEmpty();
        assertThat(Served.text(served.ask(ascii("b")))).isEqualTo("12");
        assertThat(served.os.sentFrom(QUEUE)).hasSize(2);
    }

    @Test
    void whatDoesNotFitIsLostAndCounted() {
        serve((_, reply) -> reply.putBytes(new byte[2000]));
        assertThat(served.ask(ascii("a"))).isEmpty();
        assertThat(served.counter("datagrams.lost")).isEqualTo(1);
        served.os.framesAreOut = true;
        assertThat(served.ask(ascii("a"))).isEmpty();
        assertThat(served.counter("datagrams.lost")).isEqualTo(2);
    }

    @Test
    void whatAHandlerThrowsIsCounted() {
        serve((request, reply) -> {
            reply.putByte(1);
            request.getLong(0);
        });
        assertThat(served.ask(ascii("short"))).isEmpty();
        assertThat(served.counter("datagrams.failed")).isEqualTo(1);
        assertThat(served.ask(ascii("long enough"))).isEqualTo(new byte[] {1});
    }

    @Test
    void aDeferredAnswerThatFailsIsCounted() {
        List<Reply> owed = new ArrayList<>();
        serve((_, reply) -> owed.add(reply.defer()));
        assertThat(served.ask(ascii("a"))).isEmpty();
        owed.removeLast().putText("begun").fail(new IllegalStateException("meant"));
        assertThat(served.answers()).isEmpty();
        assertThat(served.counter("datagrams.failed")).isEqualTo(1);
    }

    @Test
    void anAnswerMayComeLater() {
        List<Reply> owed = new ArrayList<>();
        serve((_, reply) -> owed.add(reply.defer()));
        assertThat(served.ask(ascii("a"))).isEmpty();
        assertThat(served.ask(ascii("b"))).isEmpty();
        owed.removeLast().putText("second").send();
        owed.removeLast().none();
        assertThat(Served.text(served.answers())).isEqualTo("second");
        assertThat(served.ask(ascii("c"))).isEmpty();
        owed.removeLast().putText("third").send();
        assertThat(Served.text(served.answers())).isEqualTo("third");
    }
}
