package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.MILLI;
import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.testkit.packet.Seg;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** RFC 9293, section 3.10.7.4, state by state, where other tests do not go through it. */
class ArrivalTest {
    private final EnginePeer peer = new EnginePeer();

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    private TcpConnection connection() {
        return peer.host.engine.context().connections.any();
    }

    private void assertHalfOpen() {
        assertThat(peer.host.engine.connectionsBegun() - peer.host.engine.connections())
                .isEqualTo(1);
    }

    private void assertState(TcpState state) {
        assertThat(connection() == null ? TcpState.CLOSED : connection().state).isEqualTo(state);
    }

    private void assertAck(List<Seg> sent) {
        Seg ack = only(sent);
        assertThat(ack.flags).isEqualTo(Seg.ACK);
        assertThat(ack.ack).isEqualTo(peer.seq);
    }

    // ---- the first step: what is acceptable

    /** The peer fills the window to its last byte: nothing is popped. */
    private TcpSocket fillWindow() {
        TcpSocket s = peer.accepted();
        while (connection().receive.wnd() > 0) {
            peer.data(Math.min(1460, connection().receive.wnd()));
            peer.pass(MILLI);
        }
        return s;
    }

    @Test
    void takesTheAcksOfAPeerWhoseProbeOfAZeroWindowCountsAsSent() { // first step, "special allowance"; lwIP
        TcpSocket s = fillWindow();
        Op push = peer.host.push(s, pattern(0, 20_000));
        assertThat(peer.turn()).hasSize(10);
        assertAck(peer.out(Seg.ACK).payload(1).send()); // the probe
        int beyond = peer.seq + 1;
        for (int acked = 2_920; acked <= 20_440; acked += 2_920) {
            peer.ack += Math.min(2_920, 20_000 - (acked - 2_920));
            peer.out(Seg.ACK).seq(beyond).send();
            assertThat(connection().send.una).as("what was acknowledged").isEqualTo(peer.ack);
        }
        assertThat(push.status).isEqualTo(Status.OK);
        assertThat(peer.host.counter("tcp.challenge-acks")).isZero();
        assertThat(peer.host.counter("tcp.retransmits")).isZero();
    }

    @Test
    void theWindowOfSuchAPeerIsBelievedAndSoIsThatOfItsNextProbe() {
        TcpSocket s = fillWindow();
        peer.out(Seg.ACK).seq(peer.seq + 1).window(5_000).send();
        assertThat(connection().send.wnd).isEqualTo(5_000);
        peer.out(Seg.ACK).payload(1).window(6_000).send(); // with the number of the window's edge
        assertThat(connection().send.wnd).isEqualTo(6_000);
        peer.window = 6_000;
        peer.host.abort(s);
    }

    @Test
    void aFinBehindTheProbesByteIsNotTakenForTheNextByte() {
        fillWindow();
        peer.out(Seg.FIN | Seg.ACK).seq(peer.seq + 1).send();
        assertState(TcpState.ESTABLISHED);
        assertThat(connection().receive.nxt).isEqualTo(peer.seq);
        assertThat(connection().receive.endOfStream).isFalse();
    }

    @Test
    void aResetBehindTheProbesByteIsChallengedAndItsExactAnswerResets() { // RFC 5961 3.2; lwIP's abort
        fillWindow();
        assertAck(peer.out(Seg.RST).seq(peer.seq + 1).send());
        assertState(TcpState.ESTABLISHED);
        peer.out(Seg.RST).send(); // the answer to a challenge has its ACK's number
        assertState(TcpState.CLOSED);
    }

    @Test
    void furtherBeyondAZeroWindowNothingIsAccepted() {
        TcpSocket s = fillWindow();
        peer.host.push(s, pattern(0, 100));
        peer.turn();
        peer.ack += 100;
        peer.out(Seg.ACK).seq(peer.seq + 2).send();
        assertThat(connection().send.flight()).isEqualTo(100);
        assertThat(peer.out(Seg.RST).seq(peer.seq + 2).send()).isEmpty();
        assertThat(peer.host.counter("tcp.rx.out-of-window")).isEqualTo(2);
        peer.acknowledge();
    }

    @Test
    void aResetExactlyAtTheRightEdgeIsDroppedInSilence() { // 3.10.7.4, second: outside the window
        peer.accepted();
        int edge = connection().receive.adv;
        assertThat(peer.out(Seg.RST).seq(edge).send()).isEmpty();
        assertThat(peer.out(Seg.RST | Seg.ACK).seq(edge).send()).isEmpty();
        assertThat(peer.host.counter("tcp.challenge-acks")).isZero();
        assertThat(peer.out(Seg.RST).seq(edge - 1).send()).hasSize(1);
        assertState(TcpState.ESTABLISHED);
    }

    @Test
    void anAckAtTheRightEdgeIsTaken() { // a peer that has filled the window, and lost a segment in it
        TcpSocket s = peer.accepted();
        peer.host.push(s, pattern(0, 100));
        peer.turn();
        peer.ack += 100;
        peer.out(Seg.ACK).seq(connection().receive.adv).send();
        assertThat(connection().send.flight()).isZero();
    }

    // ---- SYN-RECEIVED

    @Test
    void aSynAckWithAWrongAckIsResetInSynReceived() { // fifth step
        peer.host.listen(7, 1);
        Seg synAck = only(peer.out(Seg.SYN).send());
        Seg reset = only(peer.out(Seg.SYN | Seg.ACK).ack(synAck.seq + 2).send());
        assertThat(reset.flags).isEqualTo(Seg.RST);
        assertThat(reset.seq).isEqualTo(synAck.seq + 2);
        reset = only(peer.out(Seg.SYN | Seg.ACK).ack(synAck.seq).send());
        assertThat(reset.flags).isEqualTo(Seg.RST);
        assertHalfOpen();
    }

    @Test
    void aSynElsewhereInTheWindowReturnsToListen() { // fourth step, passive
        TcpSocket listener = peer.host.listen(7, 1);
        only(peer.out(Seg.SYN).send());
        assertThat(peer.out(Seg.SYN).seq(peer.seq + 100).send()).isEmpty();
        assertThat(listener.listener().halfOpen).isZero();
    }

    @Test
    void aFinWithTheAckOfTheHandshakeIsTaken() { // fifth and eighth step
        TcpSocket listener = peer.host.listen(7, 1);
        Op accept = peer.host.accept(listener);
        Seg synAck = only(peer.out(Seg.SYN).send());
        peer.seq++;
        peer.ack = synAck.seq + 1;
        Seg ack = only(peer.out(Seg.FIN | Seg.ACK).send());
        peer.seq++;
        assertThat(ack.ack).isEqualTo(peer.seq);
        assertThat(accept.status).isEqualTo(Status.OK);
        assertState(TcpState.CLOSE_WAIT);
    }

    @Test
    void aFinWithoutAckOpensNothing() {
        peer.host.listen(7, 1);
        only(peer.out(Seg.SYN).send());
        assertThat(peer.out(Seg.FIN).seq(peer.seq + 1).send()).isEmpty();
        assertHalfOpen();
    }

    @Test
    void aRepeatedSynMakesTheHandshakeMeasureNothing() { // Karn, MUST-18; RFC 6298 5.7; RFC 6928 2: IW of one
        TcpSocket listener = peer.host.listen(7, 1);
        Op accept = peer.host.accept(listener);
        Seg synAck = only(peer.out(Seg.SYN).options(2, 4, 5, 180).send());
        peer.pass(900 * MILLI);
        only(peer.out(Seg.SYN).options(2, 4, 5, 180).send());
        peer.seq++;
        peer.ack = synAck.seq + 1;
        peer.acknowledge();
        assertThat(connection().send.rtt.srttNanos()).isZero();
        peer.host.push(accept.accepted, pattern(0, 5_000));
        assertThat(peer.turn()).hasSize(1);
        List<Seg> again = new ArrayList<>();
        assertThat(peer.passUntilSent(again, 60 * SECOND)).isEqualTo(3 * SECOND);
        assertThat(peer.host.counter("tcp.retransmits")).isEqualTo(2); // the SYN-ACK, and the segment
    }

    @Test
    void aSynThatCameTwiceBeforeItWasAnsweredIsMeasured() { // nothing was sent twice
        TcpSocket listener = peer.host.listen(7, 1);
        Op accept = peer.host.accept(listener);
        peer.out(Seg.SYN).options(2, 4, 5, 180).inject();
        Seg synAck = only(peer.out(Seg.SYN).options(2, 4, 5, 180).send());
        peer.seq++;
        peer.ack = synAck.seq + 1;
        peer.clock.advance(80 * MILLI);
        peer.acknowledge();
        assertThat(connection().send.rtt.srttNanos()).isEqualTo(80 * MILLI);
        peer.host.push(accept.accepted, pattern(0, 5_000));
        assertThat(peer.turn()).hasSize(4);
    }

    @Test
    void whenBothSidesOpenAtOnceTheHandshakeMeasuresNothing() { // Karn: the ACK may be of the SYN or of the SYN-ACK
        TcpSocket s = peer.host.open();
        peer.hostPort = 7;
        assertThat(s.bind(TcpHost.at(0, 7))).isEqualTo(Status.OK);
        Op connect = peer.host.connect(s, peer.address, peer.port);
        Seg syn = only(peer.turn());
        peer.pass(300 * MILLI);
        Seg synAck = only(peer.out(Seg.SYN).options(2, 4, 5, 180).send());
        assertThat(synAck.flags).isEqualTo(Seg.SYN | Seg.ACK);
        peer.seq++;
        peer.ack = syn.seq + 1;
        peer.pass(10 * MILLI);
        peer.acknowledge();
        assertThat(connect.status).isEqualTo(Status.OK);
        assertThat(connection().send.rtt.srttNanos()).isZero();
    }

    // ---- states behind a FIN

    private Op closed(TcpSocket s) {
        Op close = peer.host.close(s);
        peer.turn();
        return close;
    }

    private TcpSocket inState(TcpState state) {
        TcpSocket s = peer.accepted();
        switch (state) {
            case FIN_WAIT_1 -> {
                s.shutdown();
                peer.turn();
            }
            case FIN_WAIT_2 -> {
                s.shutdown();
                peer.turn();
                peer.ack++;
                peer.acknowledge();
            }
            case CLOSE_WAIT, LAST_ACK, CLOSING -> {
                if (state == TcpState.CLOSING) {
                    s.shutdown();
                    peer.turn();
                }
                peer.out(Seg.FIN | Seg.ACK).send();
                peer.seq++;
                if (state == TcpState.LAST_ACK) {
                    s.shutdown();
                    peer.turn();
                }
            }
            default -> {}
        }
        assertState(state);
        return s;
    }

    private static final TcpState[] SYNCHRONIZED = {
        TcpState.ESTABLISHED,
        TcpState.FIN_WAIT_1,
        TcpState.FIN_WAIT_2,
        TcpState.CLOSE_WAIT,
        TcpState.CLOSING,
        TcpState.LAST_ACK
    };

    private interface Check {
        void in(TcpState state, TcpSocket socket);
    }

    private void inEachState(Check check) {
        for (TcpState state : SYNCHRONIZED) {
            TcpSocket s = inState(state);
            check.in(state, s);
            peer.host.abort(s);
            peer.turn();
            peer.port++;
            peer.hostPort++;
        }
    }

    @Test
    void theExactResetEndsEachState() { // second step
        inEachState((_, _) -> {
            assertThat(peer.out(Seg.RST).send()).isEmpty();
            assertState(TcpState.CLOSED);
        });
        assertThat(peer.host.counter("tcp.time-wait")).isZero();
    }

    @Test
    void aResetWithAnyOtherNumberEndsNone() {
        inEachState((state, _) -> {
            assertThat(peer.out(Seg.RST).seq(connection().receive.adv).send()).isEmpty();
            assertThat(peer.out(Seg.RST).seq(peer.seq - 1).send()).isEmpty();
            assertAck(peer.out(Seg.RST).seq(peer.seq + 1).send());
            assertAck(peer.out(Seg.RST | Seg.FIN | Seg.SYN).seq(peer.seq + 1).send());
            assertState(state);
        });
    }

    @Test
    void aSynIsChallengedInEachState() { // fourth step, RFC 5961 4
        inEachState((state, _) -> {
            assertAck(peer.out(Seg.SYN).send());
            assertAck(peer.out(Seg.SYN | Seg.ACK).seq(peer.seq + 5).send());
            assertAck(peer.out(Seg.SYN | Seg.FIN).seq(peer.seq - 5).send());
            assertState(state);
        });
    }

    @Test
    void whatHasNoAckIsDroppedInEachState() { // fifth step
        inEachState((state, _) -> {
            assertThat(peer.out(0).payload(10).send()).isEmpty();
            assertThat(peer.out(Seg.FIN).send()).isEmpty();
            assertThat(peer.out(Seg.FIN | Seg.PSH).payload(10).send()).isEmpty();
            assertThat(connection().receive.nxt).isEqualTo(peer.seq);
            assertState(state);
        });
    }

    @Test
    void anAckOfWhatWasNeverSentIsAnsweredAndDroppedInEachState() { // fifth step
        inEachState((state, _) -> {
            int sndNxt = connection().send.nxt;
            assertAck(peer.out(Seg.ACK).ack(sndNxt + 1).payload(10).send());
            assertAck(peer.out(Seg.FIN | Seg.ACK).ack(sndNxt + 1).send());
            assertState(state);
        });
    }

    @Test
    void whatComesBehindTheFinIsIgnored() { // seventh and eighth step
        for (TcpState state : new TcpState[] {TcpState.CLOSE_WAIT, TcpState.CLOSING, TcpState.LAST_ACK}) {
            TcpSocket s = inState(state);
            peer.out(Seg.ACK).payload(10).send();
            peer.out(Seg.FIN | Seg.ACK).payload(10).send();
            peer.out(Seg.FIN | Seg.ACK).send();
            assertThat(connection().receive.nxt).isEqualTo(peer.seq);
            assertState(state);
            peer.host.abort(s);
            peer.turn();
            peer.port++;
            peer.hostPort++;
        }
    }

    @Test
    void theAckOfTheFinMovesEachStateOn() { // fifth step
        inState(TcpState.FIN_WAIT_1);
        peer.ack++;
        peer.acknowledge();
        assertState(TcpState.FIN_WAIT_2);
        peer.port++;
        peer.hostPort++;
        peer.host.abort(peer.host.socketOf(connection()));
        peer.turn();
        inState(TcpState.CLOSING);
        peer.ack++;
        peer.acknowledge();
        assertState(TcpState.CLOSED);
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(1);
        peer.port++;
        peer.hostPort++;
        inState(TcpState.LAST_ACK);
        peer.ack++;
        peer.acknowledge();
        assertState(TcpState.CLOSED);
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(1);
    }

    @Test
    void dataAndFinInFinWait2AreTakenTogether() { // seventh and eighth step
        TcpSocket s = inState(TcpState.FIN_WAIT_2);
        Op pop = peer.host.pop(s);
        peer.out(Seg.FIN | Seg.ACK).payload(10).send();
        peer.seq += 11;
        assertThat(pop.lengthBytes).isEqualTo(10);
        assertState(TcpState.CLOSED);
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(1);
        assertThat(closed(s).status).isEqualTo(Status.OK);
    }
}
