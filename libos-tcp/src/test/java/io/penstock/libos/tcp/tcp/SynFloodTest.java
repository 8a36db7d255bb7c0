package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.MILLI;
import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.testkit.packet.Seg;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that are begun and never finished (RFC 4987): what they cost, and whom they shut out. */
class SynFloodTest {
    private static final int HONEST = 39_999;

    private EnginePeer peer = new EnginePeer(
            TcpConfig.defaults().with(TcpSettings.MAX_CONNECTIONS, 8).with(TcpSettings.MAX_HALF_OPEN, 1_024), 256);

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    private void restart(TcpConfig config) {
        peer.finish();
        peer.close();
        peer = new EnginePeer(config, 256);
    }

    /** SYNs from so many ports, from 40000 on; the last ones' SYN-ACKs are returned. */
    private void flood(int count) {
        for (int i = 0; i < count; i++) {
            peer.port = 40_000 + i;
            peer.out(Seg.SYN).inject();
            if (i % 64 == 63) {
                peer.turn();
            }
        }
        peer.turn();
    }

    private Seg syn(int port) {
        peer.port = port;
        return only(peer.out(Seg.SYN).options(EnginePeer.synOptions()).send());
    }

    private List<Seg> finish(int port, Seg synAck) {
        peer.port = port;
        return peer.out(Seg.ACK).seq(peer.seq + 1).ack(synAck.seq + 1).send();
    }

    @Test
    void anHonestClientGetsInDuringAFlood() {
        Op accept = peer.host.accept(peer.host.listen(7, 4));
        flood(3_000);
        Seg synAck = syn(HONEST);
        flood(700); // while the client's ACK is on its way
        finish(HONEST, synAck);
        assertThat(accept.status).isEqualTo(Status.OK);
    }

    @Test
    void halfOpenConnectionsTakeNoControlBlocks() {
        peer.host.listen(7, 1_000);
        flood(1_000);
        Op connect = peer.host.connect(peer.host.open(), peer.address, 80);
        assertThat(peer.turn()).anyMatch(s -> s.flags == Seg.SYN && s.destinationPort == 80);
        assertThat(connect.isDone()).isFalse();
    }

    @Test
    void whatWaitsForAnAcceptAndWhatIsHalfOpenHaveLimitsOfTheirOwn() {
        TcpSocket listener = peer.host.listen(7, 2);
        Seg first = syn(1);
        Seg second = syn(2);
        Seg third = syn(3); // more than the backlog: nobody has been served yet
        finish(1, first);
        finish(2, second);
        Seg late = syn(4); // the backlog is full: that is no reason to refuse a handshake
        assertThat(finish(3, third)).isEmpty(); // for an ACK there is no room: it is as if it were lost
        assertThat(peer.host.counter("tcp.listen.overflow")).isEqualTo(1);
        Op[] accepts = {peer.host.accept(listener), peer.host.accept(listener), peer.host.accept(listener)};
        peer.turn();
        assertThat(accepts[2].isDone()).isFalse();
        finish(3, third);
        assertThat(accepts[2].status).isEqualTo(Status.OK);
        finish(4, late);
        assertThat(listener.listener().ready.size()).isEqualTo(1);
    }

    @Test
    void theSynAckComesAgainForAnAckThatFoundNoRoom() {
        TcpSocket listener = peer.host.listen(7, 1);
        Seg first = syn(1);
        Seg second = syn(2);
        finish(1, first);
        finish(2, second);
        assertThat(peer.pass(SECOND)).anyMatch(s -> s.seq == second.seq && s.flags == (Seg.SYN | Seg.ACK));
        peer.host.accept(listener);
        peer.turn();
        finish(2, second);
        assertThat(listener.listener().ready.size()).isEqualTo(1);
    }

    @Test
    void theOldestGoesFirst() { // RFC 4987, section 3.4
        restart(TcpConfig.defaults().with(TcpSettings.MAX_HALF_OPEN, 8)); // six of them for one listener
        peer.host.listen(7, 1);
        Seg[] synAcks = new Seg[8];
        for (int i = 1; i <= 7; i++) {
            synAcks[i] = syn(i);
            peer.clock.advance(MILLI);
        }
        assertThat(only(finish(1, synAcks[1])).flags).isEqualTo(Seg.RST); // nobody remembers it
        assertThat(finish(2, synAcks[2])).isEmpty();
        assertThat(peer.host.counter("tcp.half-open.evicted")).isEqualTo(1);
    }

    @Test
    void theOldestIsTheOneWhoseSynAckWentMostOften() {
        restart(TcpConfig.defaults().with(TcpSettings.MAX_HALF_OPEN, 8));
        peer.host.listen(7, 1);
        Seg old = syn(1);
        Seg older = syn(2);
        peer.pass(3_500 * MILLI);
        for (int i = 3; i <= 7; i++) {
            syn(i);
        }
        assertThat(only(finish(1, old)).flags).isEqualTo(Seg.RST);
        assertThat(finish(2, older)).isEmpty();
    }

    @Test
    void aFloodOfOnePortDoesNotShutAnother() {
        Op accept = peer.host.accept(peer.host.listen(8, 4));
        peer.host.listen(7, 4);
        peer.hostPort = 8;
        Seg synAck = syn(HONEST);
        peer.hostPort = 7;
        flood(20_000);
        peer.hostPort = 8;
        finish(HONEST, synAck);
        assertThat(accept.status).isEqualTo(Status.OK);
    }

    @Test
    void aFullTableDoesNotAnswerMoreThanItIsAsked() {
        peer.host.listen(7, 4);
        flood(700); // more than half full
        peer.turn();
        long before = peer.host.counter("tcp.tx.segments");
        peer.pass(20 * SECOND);
        assertThat(peer.host.counter("tcp.tx.segments")).isEqualTo(before);
        Seg again = syn(40_000); // who is there asks again by itself
        assertThat(again.flags).isEqualTo(Seg.SYN | Seg.ACK);
    }

    @Test
    void closingTheListenerResetsWhatIsHalfOpen() {
        TcpSocket listener = peer.host.listen(7, 4);
        Seg first = syn(1);
        Seg second = syn(2);
        Op close = peer.host.close(listener);
        assertThat(peer.turn())
                .hasSize(2)
                .allMatch(s -> s.flags == (Seg.RST | Seg.ACK))
                .extracting(s -> s.seq)
                .containsExactlyInAnyOrder(first.seq + 1, second.seq + 1);
        assertThat(close.status).isEqualTo(Status.OK);
        assertThat(peer.host.engine.connectionsBegun()).isZero();
        assertThat(peer.pass(70 * SECOND)).isEmpty();
    }

    @Test
    void aFullTransmitQueueDelaysASynAckAndNoMore() {
        peer.host.listen(7, 4);
        peer.host.transmitQueue = 0;
        peer.port = 1;
        assertThat(peer.out(Seg.SYN).send()).isEmpty();
        peer.host.transmitQueue = 100;
        assertThat(only(peer.turn()).flags).isEqualTo(Seg.SYN | Seg.ACK);
        assertThat(peer.turn()).isEmpty();
    }

    @Test
    void aHalfOpenConnectionBlocksItsPortsForAConnect() {
        peer.host.listen(7, 4);
        syn(HONEST);
        TcpSocket same = peer.host.open();
        assertThat(same.bind(TcpHost.at(0, 9))).isEqualTo(Status.OK);
        FlowKey flow = new FlowKey().local(0, peer.host.addressLow).remote(0, peer.address);
        flow.ports = FlowKey.ports(7, HONEST);
        assertThat(peer.host.engine.context().isUnused(flow)).isFalse();
    }

    @Test
    void answersWhatLiesOutsideTheWindowSparingly() { // RFC 9293, 3.10.7.4, first
        peer.host.listen(7, 4);
        Seg synAck = syn(HONEST);
        int answers = 0;
        for (int i = 0; i < 100; i++) {
            List<Seg> sent =
                    peer.out(Seg.ACK).seq(peer.seq - 1_000).ack(synAck.seq + 1).send();
            assertThat(sent).allMatch(s -> s.flags == Seg.ACK && s.ack == peer.seq + 1 && s.seq == synAck.seq + 1);
            answers += sent.size();
        }
        assertThat(answers).isBetween(1, 10);
        assertThat(peer.out(Seg.RST).seq(peer.seq - 1_000).send()).isEmpty();
        assertThat(finish(HONEST, synAck)).isEmpty();
    }

    @Test
    void onlyTheVeryNextNumberResets() { // RFC 5961, section 3
        peer.host.listen(7, 4);
        Seg synAck = syn(HONEST);
        assertThat(only(peer.out(Seg.RST).seq(peer.seq + 100).send()).flags).isEqualTo(Seg.ACK);
        assertThat(peer.host.engine.connectionsBegun()).isEqualTo(1);
        peer.out(Seg.RST).seq(peer.seq + 1).send();
        assertThat(peer.host.engine.connectionsBegun()).isZero();
        assertThat(only(finish(HONEST, synAck)).flags).isEqualTo(Seg.RST);
    }

    @Test
    void aSynInTheWindowReturnsToListen() { // RFC 9293, 3.10.7.4, fourth
        peer.host.listen(7, 4);
        syn(HONEST);
        assertThat(peer.out(Seg.SYN).seq(peer.seq + 100).send()).isEmpty();
        assertThat(peer.host.engine.connectionsBegun()).isZero();
    }

    @Test
    void aSynAckWithAWrongAckIsReset() { // RFC 9293, 3.10.7.4, fifth
        peer.host.listen(7, 4);
        Seg synAck = syn(HONEST);
        Seg reset = only(peer.out(Seg.SYN | Seg.ACK).ack(synAck.seq + 7).send());
        assertThat(reset.flags).isEqualTo(Seg.RST);
        assertThat(reset.seq).isEqualTo(synAck.seq + 7);
        assertThat(finish(HONEST, synAck)).isEmpty();
    }
}
