package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.testkit.packet.Seg;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Resets and other attempts at a connection from outside (RFC 5961). */
class ResetTest {
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

    private void assertAlive() {
        Op pop = peer.host.pop(socket);
        peer.data(3);
        assertThat(pop.lengthBytes).isEqualTo(3);
    }

    private void assertChallenge(List<Seg> sent) {
        Seg challenge = only(sent);
        assertThat(challenge.flags).isEqualTo(Seg.ACK);
        assertThat(challenge.seq).isEqualTo(peer.ack);
        assertThat(challenge.ack).isEqualTo(peer.seq);
    }

    @Test
    void endsTheConnectionOnAResetWithTheVeryNextNumber() { // RFC 5961 3.2
        Op pop = peer.host.pop(socket);
        Op push = peer.host.push(socket, new byte[10]);
        peer.turn();
        assertThat(peer.out(Seg.RST).send()).isEmpty();
        assertThat(pop.status).isEqualTo(Status.CONNECTION_RESET);
        assertThat(push.status).isEqualTo(Status.CONNECTION_RESET);
        assertThat(peer.host.engine.connections()).isZero();
        Op later = peer.host.push(socket, new byte[10]);
        Op laterPop = peer.host.pop(socket);
        Op close = peer.host.close(socket);
        peer.turn();
        assertThat(later.status).isEqualTo(Status.CONNECTION_RESET);
        assertThat(laterPop.status).isEqualTo(Status.CONNECTION_RESET);
        assertThat(close.status).isEqualTo(Status.CONNECTION_RESET);
    }

    @Test
    void challengesAResetElsewhereInTheWindow() { // RFC 5961 3.2
        assertChallenge(peer.out(Seg.RST).seq(peer.seq + 1).send());
        assertChallenge(peer.out(Seg.RST).seq(peer.seq + 60_000).send());
        assertAlive();
        assertThat(peer.host.counter("tcp.challenge-acks")).isEqualTo(2);
    }

    @Test
    void ignoresAResetOutsideOfTheWindow() { // RFC 5961 3.2
        assertThat(peer.out(Seg.RST).seq(peer.seq - 1).send()).isEmpty();
        assertThat(peer.out(Seg.RST).seq(peer.seq + 70_000).send()).isEmpty();
        assertAlive();
    }

    @Test
    void challengesASynAnywhere() { // RFC 5961 4.2
        assertChallenge(peer.out(Seg.SYN).seq(peer.seq).send());
        assertChallenge(peer.out(Seg.SYN).seq(peer.seq + 100).send());
        assertChallenge(peer.out(Seg.SYN).seq(peer.seq + 1_000_000).send());
        assertAlive();
    }

    @Test
    void challengesAnAckOfWhatWasNeverSentAndDropsItsData() { // RFC 5961 5.2
        assertChallenge(peer.out(Seg.ACK).ack(peer.ack + 1).payload(10).send());
        assertChallenge(peer.out(Seg.ACK).ack(peer.ack - 65_536).payload(10).send());
        assertAlive();
    }

    @Test
    void takesDataWithAnAckThatIsOldButPossible() { // RFC 5961 5.2
        Op pop = peer.host.pop(socket);
        peer.out(Seg.ACK).ack(peer.ack - 65_535).payload(10).send();
        assertThat(pop.lengthBytes).isEqualTo(10);
    }

    @Test
    void ignoresASegmentWithoutAck() { // RFC 9293 3.10.7.4, fifth
        Op pop = peer.host.pop(socket);
        assertThat(peer.out(0).payload(10).send()).isEmpty();
        assertThat(pop.isDone()).isFalse();
    }

    @Test
    void throttlesChallengesForEachConnectionAlone() { // RFC 5961 7, CVE-2016-5696
        int sent = 0;
        for (int i = 0; i < 100; i++) {
            sent += peer.out(Seg.RST).seq(peer.seq + 1 + i).send().size();
        }
        assertThat(sent).isEqualTo(10);
        int port = peer.port;
        int seq = peer.seq;
        int ack = peer.ack;
        peer.port++;
        peer.hostPort = 8;
        TcpSocket other = peer.accepted();
        assertChallenge(peer.out(Seg.RST).seq(peer.seq + 1).send());
        peer.host.abort(other);
        peer.turn();
        peer.port = port;
        peer.hostPort = 7;
        peer.seq = seq;
        peer.ack = ack;
        assertThat(peer.out(Seg.RST).seq(peer.seq + 1).send()).isEmpty();
        peer.pass(5 * SECOND);
        assertChallenge(peer.out(Seg.RST).seq(peer.seq + 1).send());
    }

    @Test
    void answersAKeepAlive() { // RFC 1122 4.2.3.6: a number already acknowledged, with or without a byte
        assertChallenge(peer.out(Seg.ACK).seq(peer.seq - 1).send());
        assertChallenge(peer.out(Seg.ACK).seq(peer.seq - 1).payload(1).send());
        assertAlive();
    }

    @Test
    void doesNotDisputeWithoutEnd() { // two sides that find each other's numbers unacceptable
        int sent = 0;
        for (int i = 0; i < 1000; i++) {
            sent += peer.out(Seg.ACK).seq(peer.seq - 5_000).send().size();
        }
        assertThat(sent).isEqualTo(10);
    }

    @Test
    void keepsWhatHadArrivedBeforeTheReset() { // the close table, second row
        peer.data(100);
        peer.data(50);
        peer.out(Seg.RST).send();
        Op first = peer.host.pop(socket);
        Op second = peer.host.pop(socket);
        Op third = peer.host.pop(socket);
        peer.turn();
        assertThat(first.bytes).isEqualTo(EnginePeer.pattern(peer.seq - 150, 100));
        assertThat(second.lengthBytes).isEqualTo(50);
        assertThat(third.status).isEqualTo(Status.CONNECTION_RESET);
    }

    @Test
    void countsAReset() {
        peer.out(Seg.RST).send();
        assertThat(peer.host.counter("tcp.resets.received")).isEqualTo(1);
        assertThat(peer.host.counter("tcp.connections.open")).isZero();
    }
}
