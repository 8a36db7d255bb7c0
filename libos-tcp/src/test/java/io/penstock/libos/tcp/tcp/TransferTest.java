package io.penstock.libos.tcp.tcp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Two engines and a perfect wire. */
class TransferTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void carriesBytesBothWaysAndClosesInOrder() {
        try (TwoEngines net = new TwoEngines(1)) {
            TcpSocket[] pair = net.connect();
            Op popAtB = net.b.pop(pair[1]);
            Op push = net.a.push(pair[0], "hello".getBytes(UTF_8));
            net.runUntil(() -> push.isDone() && popAtB.isDone(), SECOND);
            assertThat(popAtB.bytes).isEqualTo("hello".getBytes(UTF_8));
            assertThat(push.status).isEqualTo(Status.OK);
            assertThat(push.lengthBytes).isEqualTo(5);
            Op popAtA = net.a.pop(pair[0]);
            net.b.push(pair[1], "there".getBytes(UTF_8));
            net.runUntil(popAtA::isDone, SECOND);
            assertThat(popAtA.bytes).isEqualTo("there".getBytes(UTF_8));
            Op end = net.b.pop(pair[1]);
            Op closeA = net.a.close(pair[0]);
            net.runUntil(end::isDone, SECOND);
            assertThat(end.status).isEqualTo(Status.OK);
            assertThat(end.lengthBytes).isZero();
            Op closeB = net.b.close(pair[1]);
            net.runUntil(() -> closeA.isDone() && closeB.isDone(), SECOND);
            assertThat(closeA.status).isEqualTo(Status.OK);
            assertThat(closeB.status).isEqualTo(Status.OK);
            assertThat(net.a.engine.connections() + net.b.engine.connections()).isZero();
            assertThat(net.a.counter("tcp.time-wait")).isEqualTo(1);
            assertThat(net.a.counter("tcp.retransmits") + net.b.counter("tcp.retransmits"))
                    .isZero();
            net.shutDown();
        }
    }

    @Test
    void carriesAMegabyteWithoutLossOrCopy() {
        try (TwoEngines net = new TwoEngines(2)) {
            TcpSocket[] pair = net.connect();
            byte[] data = new byte[1 << 20];
            new Random(2).nextBytes(data);
            Stream stream = new Stream(net.a, pair[0], net.b, pair[1], data).sizes(1460 * 8, 1460, Integer.MAX_VALUE);
            net.application = stream::turn;
            net.runUntil(stream::isDone, 60 * SECOND);
            stream.check(net.seed);
            assertThat(net.a.counter("tcp.retransmits")).isZero();
            assertThat(net.a.counter("tcp.tx.copied.bytes")).isZero();
            net.application = null;
            net.shutDown();
        }
    }
}
