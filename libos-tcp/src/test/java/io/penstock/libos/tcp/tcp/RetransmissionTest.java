package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.MILLI;
import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.testkit.packet.Seg;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is sent again, and when (RFC 6298, RFC 5681, RFC 6582). */
class RetransmissionTest {
    private final EnginePeer peer = new EnginePeer(TcpConfig.defaults().with(TcpSettings.DATA_RETRIES, 6));
    private TcpSocket socket;
    private int base;

    @BeforeEach
    void connect() {
        socket = peer.accepted();
        base = peer.ack;
    }

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    private List<Seg> push(int length) {
        peer.host.push(socket, pattern(socket.connection().send.end - base, length));
        return peer.turn();
    }

    private List<Seg> duplicateAck() {
        return peer.acknowledge();
    }

    private long nextGap(List<Seg> into) {
        return peer.passUntilSent(into, 61 * SECOND);
    }

    @Test
    void sendsAgainAfterTheTimeoutWithBackOffAndGivesUp() { // RFC 6298 5.4 to 5.6; MUST-20
        Op push = peer.host.push(socket, pattern(0, 100));
        assertThat(peer.turn()).hasSize(1);
        // The handshake took no time at all, so the timeout is the least: 200 ms.
        long expected = 200;
        for (int i = 0; i < 6; i++) {
            List<Seg> again = new ArrayList<>();
            assertThat(nextGap(again) / MILLI).isEqualTo(expected);
            assertThat(only(again).payload).isEqualTo(pattern(0, 100));
            expected *= 2;
        }
        assertThat(peer.pass(60 * SECOND)).isEmpty();
        assertThat(push.status).isEqualTo(Status.TIMED_OUT);
        Op pop = peer.host.pop(socket);
        peer.turn();
        assertThat(pop.status).isEqualTo(Status.TIMED_OUT);
        assertThat(peer.host.counter("tcp.retransmits")).isEqualTo(6);
        assertThat(peer.host.counter("tcp.timeouts")).isEqualTo(6);
    }

    @Test
    void sendsAgainAtOnceWhenTheLinkIsBackAndForgetsItsBackOff() {
        push(100);
        peer.host.engine.link(false, false);
        assertThat(peer.pass(3 * SECOND)).as("into a dead link").isEmpty(); // 200, 600 and 1400 ms have passed
        peer.host.engine.link(true, true);
        assertThat(only(peer.turn()).payload).isEqualTo(pattern(0, 100));
        List<Seg> again = new ArrayList<>();
        assertThat(nextGap(again) / MILLI).as("as the first time").isEqualTo(200);
        assertThat(only(again).payload).isEqualTo(pattern(0, 100));
        peer.ack += 100;
        peer.acknowledge();
    }

    @Test
    void doesNotTakeADeadLinkForCongestion() {
        peer.host.push(socket, pattern(0, 1460 * 8));
        assertThat(peer.turn()).hasSize(8);
        int threshold = socket.connection().send.congestion.ssthresh();
        peer.host.engine.link(false, false);
        assertThat(peer.pass(3 * SECOND)).isEmpty();
        peer.host.engine.link(true, true);
        assertThat(peer.turn()).as("more than the loss window of one").hasSizeGreaterThan(1);
        assertThat(socket.connection().send.congestion.ssthresh()).isEqualTo(threshold);
        peer.ack += 1460 * 8;
        peer.acknowledge();
    }

    @Test
    void sendsWhatWasLostToALinkThatWasAwayTooShortlyToBeSeen() {
        push(100);
        peer.host.engine.link(true, true);
        assertThat(only(peer.turn()).payload).isEqualTo(pattern(0, 100));
        peer.ack += 100;
        peer.acknowledge();
    }

    @Test
    void givesUpOnADeadLinkAsOnAnyOther() {
        Op push = peer.host.push(socket, pattern(0, 100));
        peer.turn();
        peer.host.engine.link(false, false);
        peer.pass(60 * SECOND);
        assertThat(push.status).isEqualTo(Status.TIMED_OUT);
    }

    @Test
    void sendsTheFinThatWasQueuedWhileEverythingWasBeingSentAgain() {
        peer.host.push(socket, pattern(0, 1460 * 4));
        assertThat(peer.turn()).hasSize(4);
        nextGap(new ArrayList<>()); // one segment again, as the loss window allows
        assertThat(socket.shutdown()).isEqualTo(Status.OK);
        assertThat(peer.turn()).isEmpty();
        peer.ack += 1460 * 4;
        Seg fin = only(peer.acknowledge());
        assertThat(fin.flags & Seg.FIN).isEqualTo(Seg.FIN);
        assertThat(fin.seq).isEqualTo(peer.ack);
    }

    @Test
    void keepsItsBackOffUntilSomethingSentOnceIsAcknowledged() { // Karn
        push(100);
        nextGap(new ArrayList<>());
        nextGap(new ArrayList<>());
        peer.ack += 100;
        peer.acknowledge(); // of which transmission, nobody knows
        push(100);
        List<Seg> again = new ArrayList<>();
        assertThat(nextGap(again) / MILLI).isEqualTo(800);
        peer.ack += 100;
        peer.acknowledge();
        push(100);
        peer.ack += 100;
        peer.acknowledge(); // sent once: a measurement
        push(100);
        assertThat(nextGap(again) / MILLI).isEqualTo(200);
    }

    @Test
    void learnsTheRoundTripTime() { // RFC 6298 2.2, 2.3
        for (int i = 0; i < 50; i++) {
            push(100);
            peer.pass(100 * MILLI);
            peer.ack += 100;
            peer.acknowledge();
        }
        push(100);
        assertThat(nextGap(new ArrayList<>()) / MILLI).isBetween(200L, 260L);
        assertThat(socket.connection().send.rtt.srttNanos() / MILLI).isBetween(90L, 100L);
    }

    @Test
    void sendsEverythingAgainInSlowStartAfterATimeout() { // RFC 5681 3.1: the loss window is one segment
        assertThat(push(1460 * 8)).hasSize(8);
        List<Seg> again = new ArrayList<>();
        nextGap(again);
        assertThat(only(again).seq).isEqualTo(base);
        peer.ack += 1460;
        again = peer.acknowledge();
        assertThat(again).extracting(s -> s.seq - base).containsExactly(1460, 2920);
        peer.ack = base + 5 * 1460; // the peer had the next ones
        again = peer.acknowledge();
        assertThat(again.get(0).seq - base).isEqualTo(5 * 1460);
        peer.ack = base + 8 * 1460;
        assertThat(peer.acknowledge()).isEmpty();
        assertThat(socket.connection().send.flight()).isZero();
    }

    @Test
    void sendsAgainAtTheThirdDuplicateAck() { // RFC 5681 3.2
        assertThat(push(1460 * 6)).hasSize(6);
        assertThat(duplicateAck()).isEmpty();
        assertThat(duplicateAck()).isEmpty();
        Seg again = only(duplicateAck());
        assertThat(again.seq).isEqualTo(base);
        assertThat(again.payload).isEqualTo(pattern(0, 1460));
        assertThat(duplicateAck()).isEmpty();
        assertThat(peer.host.counter("tcp.retransmits.fast")).isEqualTo(1);
        peer.ack += 1460 * 6;
        assertThat(peer.acknowledge()).isEmpty();
        assertThat(socket.connection().send.recovery.inFastRecovery).isFalse();
    }

    @Test
    void sendsNewDataForTheFirstTwoDuplicateAcks() { // RFC 3042
        push(1460 * 12); // ten are the initial window
        assertThat(socket.connection().send.unsent()).isEqualTo(2 * 1460);
        assertThat(only(duplicateAck()).seq - base).isEqualTo(10 * 1460);
        assertThat(only(duplicateAck()).seq - base).isEqualTo(11 * 1460);
    }

    @Test
    void sendsTheNextHoleForAPartialAck() { // RFC 6582 3.2
        push(1460 * 10);
        duplicateAck();
        duplicateAck();
        duplicateAck();
        peer.ack += 3 * 1460;
        Seg again = only(peer.acknowledge());
        assertThat(again.seq - base).isEqualTo(3 * 1460);
        assertThat(socket.connection().send.recovery.inFastRecovery).isTrue();
        peer.ack = base + 10 * 1460;
        peer.acknowledge();
        assertThat(socket.connection().send.recovery.inFastRecovery).isFalse();
        assertThat(socket.connection().send.congestion.cwnd()).isLessThanOrEqualTo(5 * 1460);
    }

    @Test
    void doesNotTakeDuplicateAcksOfItsOwnRetransmissionsForALoss() { // RFC 6582 3.2, step 2
        push(1460 * 5);
        nextGap(new ArrayList<>());
        peer.ack += 1460 * 5;
        peer.acknowledge();
        push(1460 * 2);
        for (int i = 0; i < 5; i++) {
            assertThat(duplicateAck()).isEmpty();
        }
        assertThat(peer.host.counter("tcp.retransmits.fast")).isZero();
    }

    @Test
    void doesNotCountAcksWithDataOrWithAnotherWindowAsDuplicates() { // RFC 5681 2
        push(1460 * 5);
        for (int i = 0; i < 4; i++) {
            peer.data(10);
            peer.window -= 10;
            peer.acknowledge();
        }
        assertThat(peer.host.counter("tcp.retransmits")).isZero();
    }

    @Test
    void sendsAFinAgain() {
        assertThat(socket.shutdown()).isEqualTo(Status.OK);
        assertThat(only(peer.turn()).has(Seg.FIN)).isTrue();
        List<Seg> again = new ArrayList<>();
        nextGap(again);
        assertThat(only(again).has(Seg.FIN)).isTrue();
        assertThat(only(again).seq).isEqualTo(base);
    }

    @Test
    void sendsAFinAgainTogetherWithTheDataBeforeIt() {
        peer.host.push(socket, pattern(0, 50));
        socket.shutdown();
        assertThat(only(peer.turn()).flags).isEqualTo(Seg.FIN | Seg.PSH | Seg.ACK);
        List<Seg> again = new ArrayList<>();
        nextGap(again);
        assertThat(only(again).flags).isEqualTo(Seg.FIN | Seg.PSH | Seg.ACK);
        peer.ack += 50; // the data, not the FIN
        peer.acknowledge();
        again.clear();
        nextGap(again);
        assertThat(only(again).flags).isEqualTo(Seg.FIN | Seg.ACK);
        peer.ack += 1;
        peer.acknowledge();
        assertThat(socket.connection().state).isEqualTo(TcpState.FIN_WAIT_2);
    }

    @Test
    void startsAgainFromTheMiddleOfASegment() { // the peer acknowledged a part
        push(1000);
        peer.ack += 300;
        peer.acknowledge();
        List<Seg> again = new ArrayList<>();
        nextGap(again);
        assertThat(only(again).payload).isEqualTo(pattern(300, 700));
    }

    @Test
    void waitsOnceForADeviceThatStillHoldsTheFrame() {
        peer.host.deviceHoldsForTurns = 1_000_000;
        push(1000);
        List<Seg> again = new ArrayList<>();
        assertThat(nextGap(again) / MILLI).isEqualTo(400); // twice 200 ms
        assertThat(only(again).payload).isEqualTo(pattern(0, 1000));
        assertThat(peer.host.counter("tcp.tx.copied.bytes")).isEqualTo(1000); // not under the device's hands
    }

    @Test
    void measuresAgainAfterALostSynAck() { // RFC 6298 5.7, RFC 5681 3.1
        peer.port++;
        peer.hostPort = 9;
        TcpSocket listener = peer.host.listen(9, 1);
        Op accept = peer.host.accept(listener);
        only(peer.out(Seg.SYN).seq(1).options(2, 4, 5, 180).send());
        Seg synAck = only(peer.pass(SECOND));
        peer.seq = 2;
        peer.ack = synAck.seq + 1;
        peer.acknowledge();
        peer.host.push(accept.accepted, pattern(0, 5000));
        assertThat(peer.turn()).hasSize(1); // one segment instead of ten
        assertThat(nextGap(new ArrayList<>()) / SECOND).isEqualTo(3);
    }

    @Test
    void shrinksItsWindowAfterALongSilence() { // RFC 5681 4.1
        for (int i = 0; i < 20; i++) {
            push(1460 * 10);
            peer.ack = socket.connection().send.nxt;
            while (!peer.acknowledge().isEmpty()) {
                peer.ack = socket.connection().send.nxt;
            }
        }
        assertThat(socket.connection().send.congestion.cwnd()).isGreaterThan(15 * 1460);
        peer.pass(10 * SECOND);
        assertThat(push(1460 * 20)).hasSize(10);
    }
}
