package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.packet.Seg;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DelayedAckTest {
    private final EnginePeer peer = new EnginePeer();
    private TcpSocket socket;

    @BeforeEach
    void connect() {
        socket = peer.accepted();
    }

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    @Test
    void acknowledgesOneSegmentAfterHalfAMillisecond() {
        assertThat(peer.data(100)).isEmpty();
        List<Seg> sent = new ArrayList<>();
        assertThat(peer.passUntilSent(sent, 1_000_000)).isEqualTo(500_000);
        assertThat(only(sent).ack).isEqualTo(peer.seq);
        assertThat(peer.pass(10_000_000_000L)).isEmpty();
    }

    @Test
    void acknowledgesEverySecondFullSegmentAtOnce() { // RFC 9293 MUST-58, RFC 5681 4.2
        assertThat(peer.data(1460)).isEmpty();
        assertThat(only(peer.data(1460)).ack).isEqualTo(peer.seq);
        assertThat(peer.data(1460)).isEmpty();
        assertThat(only(peer.data(1460)).ack).isEqualTo(peer.seq);
    }

    @Test
    void letsTheAcknowledgementTravelWithTheAnswer() {
        peer.out(Seg.ACK).payload(100).inject();
        peer.seq += 100;
        peer.host.push(socket, new byte[10]);
        Seg answer = only(peer.turn());
        assertThat(answer.ack).isEqualTo(peer.seq);
        assertThat(answer.length()).isEqualTo(10);
        peer.ack += 10;
        peer.acknowledge();
        assertThat(peer.pass(10_000_000_000L)).isEmpty();
    }

    @Test
    void acknowledgesADuplicateAtOnce() { // RFC 9293 3.10.7.4, first
        peer.data(100);
        assertThat(only(peer.out(Seg.ACK).seq(peer.seq - 100).payload(100).send()).ack)
                .isEqualTo(peer.seq);
        assertThat(peer.host.counter("tcp.rx.duplicate")).isEqualTo(1);
    }

    @Test
    void acknowledgesAFinAtOnce() {
        assertThat(only(peer.out(Seg.FIN | Seg.ACK).send()).ack).isEqualTo(peer.seq + 1);
    }

    @Test
    void acknowledgesABurstOnce() {
        for (int i = 0; i < 20; i++) {
            peer.out(Seg.ACK).payload(1460).inject();
            peer.seq += 1460;
        }
        assertThat(only(peer.turn()).ack).isEqualTo(peer.seq);
    }
}
