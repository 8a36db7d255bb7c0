package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.testkit.packet.ScriptedPeer;
import io.penstock.testkit.packet.Seg;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What may come to a connection in TIME-WAIT, flag by flag (RFC 9293 3.6.1, 3.10.7.4; RFC 5961; RFC 1337). */
class TimeWaitTest {
    private final EnginePeer peer = new EnginePeer(TcpConfig.defaults()
            .with(TcpSettings.CHALLENGE_ACKS, 10)
            .with(TcpSettings.CHALLENGE_INTERVAL, Duration.ofSeconds(5)));
    private TcpSocket listener;

    @BeforeEach
    void toTimeWait() {
        listener = peer.host.listen(7, 1);
        Op accept = peer.host.accept(listener);
        peer.handshake(2, 4, 1460 >> 8, 1460 & 0xff);
        peer.host.close(accept.accepted);
        peer.turn();
        peer.ack++;
        peer.out(Seg.FIN | Seg.ACK).send();
        peer.seq++;
        assertWaiting();
    }

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    private void assertWaiting() {
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(1);
        assertThat(peer.host.engine.connections()).isZero();
    }

    private void assertOver() {
        assertThat(peer.host.counter("tcp.time-wait")).isZero();
    }

    private void assertAck(List<Seg> sent) {
        Seg ack = only(sent);
        assertThat(ack.flags).isEqualTo(Seg.ACK);
        assertThat(ack.seq).isEqualTo(peer.ack);
        assertThat(ack.ack).isEqualTo(peer.seq);
    }

    private ScriptedPeer.Out finAgain(int flags) {
        return peer.out(Seg.FIN | flags).seq(peer.seq - 1);
    }

    /** The wait began anew a moment ago, or did not. */
    private void assertEndsIn(long seconds) {
        peer.pass((seconds - 1) * SECOND);
        assertWaiting();
        peer.pass(2 * SECOND);
        assertOver();
    }

    @Test
    void onlyTheFinInItsOwnPlaceBeginsTheWaitAnew() {
        peer.pass(20 * SECOND);
        for (int off : new int[] {-100_000, -1, 1, 1_000, 100_000}) {
            assertAck(finAgain(Seg.ACK).seq(peer.seq - 1 + off).send());
        }
        assertEndsIn(40);
    }

    @Test
    void theFinAgainBeginsTheWaitAnewAlsoBehindItsData() {
        peer.pass(20 * SECOND);
        assertAck(finAgain(Seg.ACK).seq(peer.seq - 1 - 500).payload(500).send());
        assertEndsIn(60);
    }

    @Test
    void aFinWithoutAckIsDropped() { // 3.10.7.4, fifth: "if the ACK bit is off, drop the segment and return"
        peer.pass(20 * SECOND);
        assertThat(finAgain(0).send()).isEmpty();
        assertThat(finAgain(Seg.PSH).send()).isEmpty();
        assertThat(peer.out(0).send()).isEmpty();
        assertThat(peer.out(0).payload(10).send()).isEmpty();
        assertEndsIn(40);
    }

    @Test
    void aFinThatAcknowledgesWhatWasNeverSentDoesNotBeginTheWaitAnew() { // RFC 5961 5.2
        peer.pass(20 * SECOND);
        assertAck(finAgain(Seg.ACK).ack(peer.ack + 1).send());
        assertEndsIn(40);
    }

    @Test
    void theExactResetEndsTheWait() { // 3.10.7.4, second; a client behind NAT that meets the ACK of its new SYN
        assertAck(peer.out(Seg.SYN).seq(peer.seq - 10_000).send());
        assertThat(peer.out(Seg.RST).send()).isEmpty();
        assertOver();
        Seg synAck = only(peer.out(Seg.SYN).seq(peer.seq - 10_000).send());
        assertThat(synAck.flags).isEqualTo(Seg.SYN | Seg.ACK);
        assertThat(peer.host.counter("tcp.resets.received")).isEqualTo(1);
    }

    @Test
    void aResetElsewhereInTheWindowIsChallengedAndOneOutsideIsDropped() { // RFC 5961 3.2
        assertAck(peer.out(Seg.RST).seq(peer.seq + 1).send());
        assertAck(peer.out(Seg.RST).seq(peer.seq + 60_000).send());
        assertThat(peer.out(Seg.RST).seq(peer.seq - 1).send()).isEmpty();
        assertThat(peer.out(Seg.RST).seq(peer.seq + 70_000).send()).isEmpty();
        assertWaiting();
    }

    @Test
    void aHandshakeEndsTheWaitOnlyWhenItIsOver() { // MUST-13: who sent the SYN may be nobody
        Seg synAck = only(peer.out(Seg.SYN).seq(peer.seq + 1_000).send());
        assertThat(synAck.flags).isEqualTo(Seg.SYN | Seg.ACK);
        assertAck(finAgain(Seg.ACK).send());
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(1);
        assertThat(peer.out(Seg.ACK).seq(peer.seq + 1_001).ack(synAck.seq + 1).send())
                .isEmpty();
        assertThat(peer.host.counter("tcp.time-wait")).isZero();
        assertThat(peer.host.engine.connections()).isEqualTo(1);
    }

    @Test
    void aSynFromWhichNoConnectionComesLeavesTheWait() { // MUST-13: the peer's FIN may still come again
        assertAck(peer.out(Seg.SYN | Seg.FIN).seq(peer.seq + 1_000).send());
        assertWaiting();
        peer.host.noRoute = true;
        assertThat(peer.out(Seg.SYN).seq(peer.seq + 1_000).send()).isEmpty();
        peer.host.noRoute = false;
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(1);
        assertAck(finAgain(Seg.ACK).send());
    }

    @Test
    void aSynForWhichThereIsNoListenerLeavesTheWait() {
        peer.host.close(listener);
        peer.turn();
        assertAck(peer.out(Seg.SYN).seq(peer.seq + 1_000).send());
        assertWaiting();
    }

    @Test
    void answersAreThrottledForEachConnectionAlone() { // RFC 5961 7; the FIN in its place is answered in any case
        int answers = 0;
        for (int i = 0; i < 100; i++) {
            answers += finAgain(Seg.ACK).seq(peer.seq + 5_000 + i).send().size();
            answers += peer.out(Seg.SYN).seq(peer.seq - 5_000 - i).send().size();
            answers += peer.out(Seg.RST).seq(peer.seq + 1 + i).send().size();
            answers += peer.out(Seg.ACK).payload(10).send().size();
        }
        assertThat(answers).isEqualTo(10);
        assertAck(finAgain(Seg.ACK).send());
        peer.pass(5 * SECOND);
        assertAck(peer.out(Seg.ACK).payload(10).send());
    }

    @Test
    void twoSidesInTimeWaitDoNotAnswerEachOther() {
        assertThat(peer.acknowledge()).isEmpty();
        assertThat(peer.out(Seg.ACK).ack(peer.ack - 1).send()).isEmpty();
        assertAck(peer.out(Seg.ACK).ack(peer.ack + 1).send());
    }

    @Test
    void theAnswerShowsTheWindowThatThePeerKnows() {
        Seg ack = only(finAgain(Seg.ACK).send());
        assertThat(ack.window).isEqualTo(65_535);
    }

    @Test
    void theAnswerShowsAScaledWindow() {
        peer.port++;
        Op accept = peer.host.accept(listener);
        int oldSeq = peer.seq;
        int oldAck = peer.ack;
        peer.handshake(EnginePeer.synOptions());
        peer.host.close(accept.accepted);
        peer.turn();
        peer.ack++;
        int shown = only(peer.out(Seg.FIN | Seg.ACK).send()).window;
        peer.seq++;
        assertThat(only(finAgain(Seg.ACK).send()).window).isEqualTo(shown).isPositive();
        assertAck(peer.out(Seg.RST).seq(peer.seq + 1_000).send());
        peer.port--;
        peer.seq = oldSeq;
        peer.ack = oldAck;
    }

    @Test
    void closesCrossingEndInTimeWaitOnBothWays() { // CLOSING: the peer's FIN again, with the ACK of ours
        peer.port++;
        Op accept = peer.host.accept(listener);
        peer.handshake(2, 4, 5, 180);
        Op close = peer.host.close(accept.accepted);
        peer.turn();
        assertThat(only(peer.out(Seg.FIN | Seg.ACK).send()).ack).isEqualTo(peer.seq + 1);
        peer.seq++;
        peer.ack++;
        assertThat(only(finAgain(Seg.ACK).send()).ack).isEqualTo(peer.seq);
        List<Seg> finAgainFromHost = new ArrayList<>();
        peer.passUntilSent(finAgainFromHost, 10 * SECOND);
        peer.acknowledge();
        assertThat(close.status).isEqualTo(Status.OK);
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(2);
    }
}
