package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.MILLI;
import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.testkit.packet.Seg;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Keep-alive (RFC 9293, section 3.8.4), and how this side answers that of its peers. */
class KeepAliveTest {
    private static final long IDLE = 60 * SECOND;
    private static final long INTERVAL = 20 * SECOND;

    private final EnginePeer peer = new EnginePeer();

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    private TcpSocket acceptedWithKeepAlive() {
        TcpSocket listener = peer.host.listen(7, 4);
        assertThat(set(listener, IDLE)).isEqualTo(Status.OK);
        Op accept = peer.host.accept(listener);
        peer.handshake();
        return accept.accepted;
    }

    private void assertProbe(Seg s) {
        assertThat(s.flags).isEqualTo(Seg.ACK);
        assertThat(s.length()).isZero();
        assertThat(s.seq).isEqualTo(peer.ack - 1);
        assertThat(s.ack).isEqualTo(peer.seq);
        assertThat(s.window).isPositive();
    }

    @Test
    void isOffByDefault() { // MUST-25
        TcpSocket s = peer.accepted();
        Op pop = peer.host.pop(s);
        assertThat(peer.pass(100 * 3600 * SECOND)).isEmpty();
        assertThat(pop.isDone()).isFalse();
        assertThat(peer.host.engine.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void asksAfterTheTimeOfSilenceAndGivesUpAfterTheLastProbe() {
        Op pop = peer.host.pop(acceptedWithKeepAlive());
        assertThat(peer.pass(IDLE - 1)).isEmpty();
        assertProbe(only(peer.pass(1)));
        assertThat(peer.pass(INTERVAL - 1)).isEmpty();
        assertProbe(only(peer.pass(1))); // MUST-29: a missing answer proves nothing
        assertProbe(only(peer.pass(INTERVAL)));
        assertThat(peer.pass(INTERVAL - 1)).isEmpty();
        assertThat(pop.isDone()).isFalse();
        Seg reset = only(peer.pass(1));
        assertThat(reset.has(Seg.RST)).isTrue();
        assertThat(pop.status).isEqualTo(Status.TIMED_OUT);
        assertThat(peer.host.counter("tcp.connections.timed-out")).isEqualTo(1);
        assertThat(peer.host.counter("tcp.keep-alives.sent")).isEqualTo(3);
    }

    @Test
    void anAnswerBeginsTheTimeAnew() {
        Op pop = peer.host.pop(acceptedWithKeepAlive());
        for (int i = 0; i < 10; i++) {
            assertProbe(only(peer.pass(IDLE)));
            assertProbe(only(peer.pass(INTERVAL)));
            assertProbe(only(peer.pass(INTERVAL)));
            peer.pass(INTERVAL / 2);
            assertThat(peer.acknowledge()).isEmpty();
            assertThat(peer.pass(IDLE - 1)).isEmpty();
            peer.acknowledge();
        }
        assertThat(pop.isDone()).isFalse();
    }

    @Test
    void dataFromThePeerBeginsTheTimeAnew() { // MUST-27
        Op pop = peer.host.pop(acceptedWithKeepAlive());
        peer.pass(IDLE - SECOND);
        assertThat(peer.data(100)).isEmpty();
        assertThat(only(peer.pass(MILLI)).ack).isEqualTo(peer.seq);
        assertThat(peer.pass(IDLE - MILLI - 1)).isEmpty();
        assertProbe(only(peer.pass(1)));
        assertThat(pop.status).isEqualTo(Status.OK);
    }

    @Test
    void doesNotAskWhileDataIsUnderWay() { // MUST-27
        TcpSocket s = acceptedWithKeepAlive();
        peer.pass(IDLE - MILLI);
        peer.host.push(s, new byte[100]);
        List<Seg> sent = peer.pass(5 * IDLE);
        assertThat(sent).allMatch(seg -> seg.length() == 100 && seg.seq == peer.ack);
        peer.ack += 100;
        peer.acknowledge();
        assertThat(peer.pass(IDLE - 1)).isEmpty();
        assertProbe(only(peer.pass(1)));
    }

    @Test
    void aPeerThatBeganAnewAnswersByAReset() {
        Op pop = peer.host.pop(acceptedWithKeepAlive());
        Seg probe = only(peer.pass(IDLE));
        peer.out(Seg.RST).seq(probe.ack).send();
        assertThat(pop.status).isEqualTo(Status.CONNECTION_RESET);
    }

    @Test
    void canBeTurnedOnAndOffOnAConnection() {
        TcpSocket s = peer.accepted();
        peer.pass(2 * IDLE);
        assertThat(set(s, IDLE)).isEqualTo(Status.OK);
        assertProbe(only(peer.pass(1)));
        assertThat(set(s, 0)).isEqualTo(Status.OK);
        assertThat(peer.pass(100 * IDLE)).isEmpty();
    }

    @Test
    void aConnectedQueueTakesOverWhatWasSetBefore() {
        TcpSocket s = peer.host.open();
        set(s, IDLE);
        Op connect = peer.host.connect(s, peer.address, 80);
        Seg syn = only(peer.turn());
        peer.hostPort = syn.sourcePort;
        peer.port = 80;
        peer.ack = syn.seq + 1;
        peer.out(Seg.SYN | Seg.ACK).send();
        peer.seq++;
        assertThat(connect.status).isEqualTo(Status.OK);
        assertProbe(only(peer.pass(IDLE)));
    }

    @Test
    void aSocketThatIsUsedAnewHasNone() {
        peer.host.abort(acceptedWithKeepAlive());
        peer.turn();
        peer.port++;
        peer.hostPort = 8;
        peer.seq = 9_000;
        TcpSocket s = peer.accepted();
        assertThat(s.options().keepAlive).isNull();
        assertThat(peer.pass(10 * IDLE)).isEmpty();
    }

    @Test
    void aClosedQueueIsNotKept() {
        TcpSocket s = acceptedWithKeepAlive();
        peer.host.close(s);
        peer.turn();
        peer.ack++;
        peer.acknowledge();
        assertThat(peer.pass(10 * IDLE)).isEmpty();
        assertThat(peer.host.engine.connections()).isZero();
    }

    @Test
    void aProbeThatFindsNoRoomIsNotCounted() {
        Op pop = peer.host.pop(acceptedWithKeepAlive());
        peer.host.transmitQueue = 0;
        assertThat(peer.pass(10 * IDLE)).isEmpty();
        assertThat(pop.isDone()).isFalse();
        peer.host.transmitQueue = 100;
        assertProbe(only(peer.pass(SECOND)));
    }

    /** The right edge that a probe names may never be read: what opens the window is said in a segment that counts. */
    @Test
    void aProbeTellsNothingThatIsOwed() {
        TcpSocket s = acceptedWithKeepAlive();
        int advertised = s.connection().receive.adv;
        int lastAck = s.connection().receive.lastAck;
        assertProbe(only(peer.pass(IDLE)));
        assertThat(s.connection().receive.adv).isEqualTo(advertised);
        assertThat(s.connection().receive.lastAck).isEqualTo(lastAck);
    }

    // ---- the peer's

    @Test
    void answersAPeersKeepAlives() {
        peer.accepted();
        for (int i = 0; i < 100; i++) {
            peer.pass(SECOND);
            Seg answer = only(peer.out(Seg.ACK).seq(peer.seq - 1).payload(i % 2).send());
            assertThat(answer.ack).isEqualTo(peer.seq);
            assertThat(answer.seq).isEqualTo(peer.ack);
        }
    }

    /** Whoever knows addresses and ports can make this side send challenge ACKs; not instead of a peer's answers. */
    @Test
    void aStrangersGuessesLeaveAPeersKeepAlivesTheirAnswers() {
        peer.accepted();
        for (int second = 0; second < 100; second++) {
            int answered = 0;
            for (int i = 0; i < 20; i++) {
                answered += peer.out(Seg.ACK).seq(peer.seq - 1_000_000).send().size();
                answered += peer.out(Seg.ACK).seq(peer.seq + 10_000_000).send().size();
                answered += peer.out(Seg.SYN).seq(peer.seq + 10).send().size();
                answered += peer.out(Seg.RST).seq(peer.seq + 10).send().size();
            }
            assertThat(answered).isLessThanOrEqualTo(10);
            peer.pass(SECOND);
            assertThat(only(peer.out(Seg.ACK).seq(peer.seq - 1).send()).ack).isEqualTo(peer.seq);
        }
    }

    @Test
    void aFloodOfKeepAlivesIsAnsweredSparingly() {
        peer.accepted();
        int answers = 0;
        for (int i = 0; i < 1_000; i++) {
            answers += peer.out(Seg.ACK).seq(peer.seq - 1).send().size();
        }
        assertThat(answers).isBetween(1, 10);
        assertThat(only(peer.out(Seg.SYN).seq(peer.seq + 10).send()).ack).isEqualTo(peer.seq); // RFC 5961's stay
    }

    private static Status set(TcpSocket s, long idleNanos) {
        assertThat(s.set(QueueOption.Amount.KEEP_ALIVE_INTERVAL_NANOS, INTERVAL))
                .isEqualTo(Status.OK);
        assertThat(s.set(QueueOption.Amount.KEEP_ALIVE_PROBES, 3)).isEqualTo(Status.OK);
        return s.set(QueueOption.Amount.KEEP_ALIVE_IDLE_NANOS, idleNanos);
    }
}
