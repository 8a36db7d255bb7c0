package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.libos.tcp.stream.Sequence;
import io.penstock.testkit.packet.Seg;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** FIN in all orders (RFC 9293 3.6, 3.10.4), and each row of the close table. */
class CloseTest {
    private final EnginePeer peer = new EnginePeer(TcpConfig.defaults().with(TcpSettings.DATA_RETRIES, 4));
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

    private List<Seg> fin() {
        List<Seg> answer = peer.out(Seg.FIN | Seg.ACK).send();
        peer.seq++;
        return answer;
    }

    // ---- orders of FIN

    @Test
    void closesFirst() { // FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT
        Op close = peer.host.close(socket);
        Seg fin = only(peer.turn());
        assertThat(fin.flags).isEqualTo(Seg.FIN | Seg.ACK);
        assertThat(close.isDone()).isFalse();
        peer.ack++;
        peer.acknowledge();
        assertThat(close.status).isEqualTo(Status.OK);
        Seg last = only(fin());
        assertThat(last.flags).isEqualTo(Seg.ACK);
        assertThat(last.ack).isEqualTo(peer.seq);
        assertThat(peer.host.engine.connections()).isZero();
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(1);
    }

    @Test
    void closesLast() { // CLOSE-WAIT, LAST-ACK
        Op pop = peer.host.pop(socket);
        assertThat(only(fin()).ack).isEqualTo(peer.seq);
        assertThat(pop.status).isEqualTo(Status.OK);
        assertThat(pop.lengthBytes).isZero();
        Op close = peer.host.close(socket);
        assertThat(only(peer.turn()).has(Seg.FIN)).isTrue();
        peer.ack++;
        peer.acknowledge();
        assertThat(close.status).isEqualTo(Status.OK);
        assertThat(peer.host.engine.connections()).isZero();
        assertThat(peer.host.counter("tcp.time-wait")).isZero();
    }

    @Test
    void closesAtTheSameTime() { // FIN-WAIT-1, CLOSING, TIME-WAIT
        Op close = peer.host.close(socket);
        peer.turn();
        Seg ack = only(fin());
        assertThat(ack.ack).isEqualTo(peer.seq);
        assertThat(close.isDone()).isFalse();
        peer.ack++;
        peer.acknowledge();
        assertThat(close.status).isEqualTo(Status.OK);
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(1);
    }

    @Test
    void takesFinAndAckOfItsFinInOneSegment() { // FIN-WAIT-1, TIME-WAIT
        Op close = peer.host.close(socket);
        peer.turn();
        peer.ack++;
        assertThat(only(fin()).ack).isEqualTo(peer.seq);
        assertThat(close.status).isEqualTo(Status.OK);
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(1);
    }

    @Test
    void acknowledgesAFinThatComesAgain() {
        fin();
        Seg again = only(peer.out(Seg.FIN | Seg.ACK).seq(peer.seq - 1).send());
        assertThat(again.ack).isEqualTo(peer.seq);
        Op close = peer.host.close(socket);
        peer.turn();
        again = only(peer.out(Seg.FIN | Seg.ACK).seq(peer.seq - 1).send());
        assertThat(again.ack).isEqualTo(peer.seq);
        peer.ack++;
        peer.acknowledge();
        assertThat(close.status).isEqualTo(Status.OK);
    }

    @Test
    void ignoresDataBehindTheFin() {
        fin();
        peer.out(Seg.ACK).payload(10).send();
        Op pop = peer.host.pop(socket);
        peer.turn();
        assertThat(pop.status).isEqualTo(Status.OK);
        assertThat(pop.lengthBytes).isZero();
    }

    @Test
    void goesOnReceivingAfterAShutdown() { // half-close
        assertThat(socket.shutdown()).isEqualTo(Status.OK);
        assertThat(only(peer.turn()).has(Seg.FIN)).isTrue();
        peer.ack++;
        Op pop = peer.host.pop(socket);
        peer.data(500);
        assertThat(pop.lengthBytes).isEqualTo(500);
        peer.pass(100 * SECOND); // a half-closed connection is not in a hurry
        Op end = peer.host.pop(socket);
        fin();
        assertThat(end.status).isEqualTo(Status.OK);
        assertThat(end.lengthBytes).isZero();
        Op again = peer.host.pop(socket);
        Op close = peer.host.close(socket);
        peer.turn();
        assertThat(again.status).isEqualTo(Status.OK);
        assertThat(close.status).isEqualTo(Status.OK);
    }

    @Test
    void goesOnSendingAfterThePeersFin() {
        fin();
        Op push = peer.host.push(socket, pattern(0, 100));
        assertThat(only(peer.turn()).length()).isEqualTo(100);
        peer.ack += 100;
        peer.acknowledge();
        assertThat(push.status).isEqualTo(Status.OK);
    }

    // ---- the close table

    @Test
    void peerClosed_popsEndWithZeroBytesEachTime() {
        peer.data(100);
        fin();
        Op data = peer.host.pop(socket);
        Op end = peer.host.pop(socket);
        Op endAgain = peer.host.pop(socket);
        peer.turn();
        assertThat(data.lengthBytes).isEqualTo(100);
        assertThat(end.status).isEqualTo(Status.OK);
        assertThat(end.lengthBytes).isZero();
        assertThat(endAgain.status).isEqualTo(Status.OK);
        assertThat(endAgain.lengthBytes).isZero();
    }

    @Test
    void peerSilent_everythingEndsWithTimedOutButDataStays() {
        Op push = peer.host.push(socket, pattern(0, 100));
        peer.data(30);
        peer.pass(100 * SECOND);
        assertThat(push.status).isEqualTo(Status.TIMED_OUT);
        Op pop = peer.host.pop(socket);
        Op later = peer.host.pop(socket);
        Op laterPush = peer.host.push(socket, pattern(0, 1));
        peer.turn();
        assertThat(pop.lengthBytes).isEqualTo(30);
        assertThat(later.status).isEqualTo(Status.TIMED_OUT);
        assertThat(laterPush.status).isEqualTo(Status.TIMED_OUT);
        assertThat(socket.shutdown()).isEqualTo(Status.TIMED_OUT);
    }

    @Test
    void shutdown_pushesGoOnThenBrokenPipe() {
        Op push = peer.host.push(socket, pattern(0, 100));
        assertThat(socket.shutdown()).isEqualTo(Status.OK);
        assertThat(socket.shutdown()).isEqualTo(Status.OK);
        Op later = peer.host.push(socket, pattern(0, 1));
        Seg sent = only(peer.turn());
        assertThat(sent.length()).isEqualTo(100);
        assertThat(sent.has(Seg.FIN)).isTrue();
        assertThat(later.status).isEqualTo(Status.BROKEN_PIPE);
        peer.ack += 101;
        peer.acknowledge();
        assertThat(push.status).isEqualTo(Status.OK);
    }

    @Test
    void close_pendingOperationsAreCancelledYetDataIsSentThenFin() {
        Op pop = peer.host.pop(socket);
        Op push = peer.host.push(socket, pattern(0, 3000));
        Op close = peer.host.close(socket);
        List<Seg> sent = peer.turn();
        assertThat(pop.status).isEqualTo(Status.CANCELLED);
        assertThat(push.status).isEqualTo(Status.CANCELLED);
        assertThat(sent).extracting(Seg::length).containsExactly(1460, 1460, 80);
        assertThat(sent.get(2).has(Seg.FIN)).isTrue();
        assertThat(close.isDone()).isFalse();
        peer.ack += 3000;
        peer.acknowledge();
        assertThat(close.isDone()).isFalse();
        peer.ack += 1;
        peer.acknowledge();
        assertThat(close.status).isEqualTo(Status.OK);
    }

    @Test
    void close_withUnreadDataSendsWhatWasPushedThenReset() { // RFC 2525 2.17
        peer.data(10);
        Op push = peer.host.push(socket, pattern(0, 100));
        Op close = peer.host.close(socket);
        List<Seg> sent = peer.turn();
        assertThat(sent).hasSize(2);
        assertThat(sent.get(0).length()).isEqualTo(100);
        assertThat(sent.get(1).has(Seg.RST)).isTrue();
        assertThat(sent.get(1).seq).isEqualTo(peer.ack + 100);
        assertThat(push.status).isEqualTo(Status.CANCELLED);
        assertThat(close.status).isEqualTo(Status.CONNECTION_ABORTED);
    }

    @Test
    void close_newDataAfterwardsIsReset() { // RFC 9293 3.6.1 (RFC 1122 4.2.2.13)
        Op close = peer.host.close(socket);
        peer.turn();
        peer.out(Seg.ACK).payload(10).inject();
        Seg reset = only(peer.turn());
        assertThat(reset.has(Seg.RST)).isTrue();
        assertThat(close.status).isEqualTo(Status.CONNECTION_ABORTED);
        assertThat(peer.host.engine.connections()).isZero();
    }

    @Test
    void close_endsWithTheReasonWhenThePeerResets() {
        peer.host.push(socket, pattern(0, 100));
        Op close = peer.host.close(socket);
        peer.turn();
        peer.out(Seg.RST).send();
        assertThat(close.status).isEqualTo(Status.CONNECTION_RESET);
    }

    @Test
    void close_endsWithTheReasonWhenThePeerFallsSilent() {
        Op close = peer.host.close(socket);
        peer.pass(100 * SECOND);
        assertThat(close.status).isEqualTo(Status.TIMED_OUT);
    }

    @Test
    void close_afterShutdownAndItsAckEndsAtOnce() {
        socket.shutdown();
        peer.turn();
        peer.ack++;
        peer.acknowledge();
        Op close = peer.host.close(socket);
        peer.turn();
        assertThat(close.status).isEqualTo(Status.OK);
    }

    @Test
    void close_doesNotWaitForThePeersFinForEver() { // FIN-WAIT-2 is bounded
        peer.host.close(socket);
        peer.turn();
        peer.ack++;
        peer.acknowledge();
        peer.pass(59 * SECOND);
        assertThat(peer.host.engine.connections()).isEqualTo(1);
        peer.pass(2 * SECOND);
        assertThat(peer.host.engine.connections()).isZero();
        assertThat(only(fin()).has(Seg.RST)).isTrue();
    }

    @Test
    void abort_cancelsDiscardsAndResets() {
        Op pop = peer.host.pop(socket);
        peer.window = 0;
        peer.acknowledge();
        Op push = peer.host.push(socket, pattern(0, 100));
        peer.turn();
        socket.abort();
        Seg reset = only(peer.turn());
        assertThat(reset.has(Seg.RST)).isTrue();
        assertThat(reset.seq).isEqualTo(peer.ack);
        assertThat(pop.status).isEqualTo(Status.CANCELLED);
        assertThat(push.status).isEqualTo(Status.CANCELLED);
        assertThat(peer.host.pool.framesInUse()).isZero();
    }

    @Test
    void abort_sendsItsResetLaterWhenTheQueueIsFull() {
        peer.host.transmitQueue = 0;
        socket.abort();
        assertThat(peer.turn()).isEmpty();
        peer.host.transmitQueue = 10;
        assertThat(only(peer.turn()).has(Seg.RST)).isTrue();
    }

    @Test
    void operationsOnAQueueThatIsNotConnectedSayso() {
        TcpSocket fresh = peer.host.open();
        Op push = peer.host.push(fresh, new byte[1]);
        Op pop = peer.host.pop(fresh);
        Op accept = peer.host.accept(fresh);
        TcpSocket listener = peer.host.listen(99, 1);
        Op pushListener = peer.host.push(listener, new byte[1]);
        Op popListener = peer.host.pop(listener);
        assertThat(fresh.shutdown()).isEqualTo(Status.NOT_CONNECTED);
        assertThat(listener.shutdown()).as("takes no new ones").isEqualTo(Status.OK);
        Op close = peer.host.close(fresh);
        peer.turn();
        assertThat(push.status).isEqualTo(Status.NOT_CONNECTED);
        assertThat(pop.status).isEqualTo(Status.NOT_CONNECTED);
        assertThat(accept.status).isEqualTo(Status.INVALID);
        assertThat(pushListener.status).isEqualTo(Status.INVALID);
        assertThat(popListener.status).isEqualTo(Status.INVALID);
        assertThat(close.status).isEqualTo(Status.OK);
    }

    // ---- TIME-WAIT

    private void toTimeWait() {
        peer.host.close(socket);
        peer.turn();
        peer.ack++;
        fin();
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(1);
    }

    @Test
    void timeWaitAcknowledgesTheFinAgainAndBeginsAnew() { // RFC 9293 3.10.7.4, eighth
        toTimeWait();
        peer.pass(50 * SECOND);
        Seg ack = only(peer.out(Seg.FIN | Seg.ACK).seq(peer.seq - 1).send());
        assertThat(ack.flags).isEqualTo(Seg.ACK);
        assertThat(ack.ack).isEqualTo(peer.seq);
        assertThat(ack.seq).isEqualTo(peer.ack);
        peer.pass(50 * SECOND);
        assertThat(peer.host.counter("tcp.time-wait")).isEqualTo(1);
        peer.pass(11 * SECOND);
        assertThat(peer.host.counter("tcp.time-wait")).isZero();
    }

    @Test
    void timeWaitAnswersAnOldSynWithAnAck() {
        toTimeWait();
        Seg ack = only(peer.out(Seg.SYN).seq(peer.seq - 1_000).send());
        assertThat(ack.flags).isEqualTo(Seg.ACK);
        assertThat(ack.ack).isEqualTo(peer.seq);
    }

    @Test
    void timeWaitGivesWayToANewSynWithAHigherNumber() { // RFC 9293 3.6.1 (MAY-2), RFC 6191
        toTimeWait();
        int oldAck = peer.ack;
        Seg synAck = only(peer.out(Seg.SYN).seq(peer.seq + 1).send());
        assertThat(synAck.flags).isEqualTo(Seg.SYN | Seg.ACK);
        assertThat(Sequence.gt(synAck.seq, oldAck)).isTrue();
        peer.out(Seg.ACK).seq(peer.seq + 2).ack(synAck.seq + 1).send();
        assertThat(peer.host.counter("tcp.time-wait")).isZero();
    }

    @Test
    void timeWaitIgnoresAnOrdinaryAck() {
        toTimeWait();
        assertThat(peer.acknowledge()).isEmpty();
    }

    @Test
    void timeWaitForgetsTheOldestWhenTheTableIsFull() {
        try (EnginePeer small = new EnginePeer(TcpConfig.defaults().with(TcpSettings.MAX_TIME_WAIT, 3))) {
            TcpSocket listener = small.host.listen(7, 8);
            for (int i = 0; i < 5; i++) {
                small.port = 50_000 + i;
                Op accept = small.host.accept(listener);
                small.handshake();
                small.host.close(accept.accepted);
                small.turn();
                small.ack++;
                small.out(Seg.FIN | Seg.ACK).send();
                small.seq++;
            }
            assertThat(small.host.counter("tcp.time-wait")).isEqualTo(3);
            assertThat(small.host.counter("tcp.time-wait.overflow")).isEqualTo(2);
            small.port = 50_000;
            assertThat(only(small.out(Seg.FIN | Seg.ACK).send()).has(Seg.RST)).isTrue();
            small.finish();
        }
    }

    @Test
    void leavesNoTimerBehind() {
        toTimeWait();
        assertThat(peer.pass(61 * SECOND)).isEmpty();
        assertThat(peer.host.engine.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }
}
