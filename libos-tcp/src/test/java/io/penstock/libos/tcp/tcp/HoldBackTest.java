package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.MILLI;
import static io.penstock.libos.tcp.tcp.EnginePeer.MSS;
import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.testkit.packet.ScriptedPeer.only;
import static io.penstock.testkit.packet.ScriptedPeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.testkit.packet.Seg;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Short segments that wait if the application wants it: Nagle's algorithm (RFC 9293, section 3.7.4), and cork. */
class HoldBackTest {
    private final EnginePeer peer = new EnginePeer();
    private TcpSocket socket;

    private void connect(QueueOption.Flag option, boolean value) {
        socket = peer.accepted();
        assertThat(socket.set(option, value)).isEqualTo(Status.OK);
        assertThat(peer.turn()).isEmpty();
    }

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    private List<Seg> push(int length) {
        peer.host.push(socket, pattern(0, length));
        return peer.turn();
    }

    private List<Seg> acknowledge(int bytes) {
        peer.ack += bytes;
        return peer.acknowledge();
    }

    @Test
    void withoutNagleEachPushGoesAtOnce() {
        socket = peer.accepted();
        assertThat(socket.get(QueueOption.Flag.NO_DELAY)).isTrue();
        assertThat(only(push(100)).length()).isEqualTo(100);
        assertThat(only(push(50)).length()).isEqualTo(50);
    }

    @Test
    void nagleSendsOneShortSegmentAndGathersTheNextUntilItIsAcknowledged() {
        connect(QueueOption.Flag.NO_DELAY, false);
        assertThat(only(push(100)).length()).isEqualTo(100);
        assertThat(push(50)).isEmpty();
        assertThat(push(60)).isEmpty();
        assertThat(only(acknowledge(100)).length()).isEqualTo(110);
        assertThat(acknowledge(110)).isEmpty();
        assertThat(only(push(10)).length()).isEqualTo(10);
    }

    @Test
    void nagleLetsFullSegmentsGo() {
        connect(QueueOption.Flag.NO_DELAY, false);
        assertThat(only(push(100)).length()).isEqualTo(100);
        assertThat(push(50)).isEmpty();
        assertThat(only(push(MSS)).length()).isEqualTo(MSS);
        assertThat(only(acknowledge(100 + MSS)).length()).isEqualTo(50);
    }

    @Test
    void nagleEndsWhenItIsTurnedOff() {
        connect(QueueOption.Flag.NO_DELAY, false);
        assertThat(push(100)).hasSize(1);
        assertThat(push(50)).isEmpty();
        assertThat(socket.set(QueueOption.Flag.NO_DELAY, true)).isEqualTo(Status.OK);
        assertThat(only(peer.turn()).length()).isEqualTo(50);
    }

    @Test
    void theEndOfAStreamIsNotHeldBack() {
        connect(QueueOption.Flag.NO_DELAY, false);
        socket.set(QueueOption.Flag.CORK, true);
        assertThat(push(50)).isEmpty();
        assertThat(socket.shutdown()).isEqualTo(Status.OK);
        Seg last = only(peer.turn());
        assertThat(last.length()).isEqualTo(50);
        assertThat(last.flags & Seg.FIN).isNotZero();
    }

    @Test
    void nagleSendsWhatASmallWindowTakesAndWaitsForItsAcknowledgement() {
        peer.window = 500;
        connect(QueueOption.Flag.NO_DELAY, false);
        assertThat(only(push(1_200)).length()).isEqualTo(500);
        peer.ack += 200;
        assertThat(peer.out(Seg.ACK).window(800).send()).as("300 are under way").isEmpty();
        peer.ack += 300;
        assertThat(only(peer.out(Seg.ACK).window(800).send()).length()).isEqualTo(700);
    }

    @Test
    void whatIsLostIsSentAgainHoweverShort() {
        connect(QueueOption.Flag.NO_DELAY, false);
        assertThat(push(100)).hasSize(1);
        assertThat(push(50)).isEmpty();
        List<Seg> again = new ArrayList<>();
        assertThat(peer.passUntilSent(again, 2 * SECOND)).isPositive();
        assertThat(only(again).length()).isEqualTo(100);
        assertThat(only(acknowledge(100)).length()).isEqualTo(50);
    }

    @Test
    void corkGathersUntilItIsPulled() {
        connect(QueueOption.Flag.CORK, true);
        assertThat(push(100)).isEmpty();
        assertThat(push(200)).isEmpty();
        assertThat(socket.set(QueueOption.Flag.CORK, false)).isEqualTo(Status.OK);
        assertThat(only(peer.turn()).length()).isEqualTo(300);
    }

    @Test
    void corkLetsFullSegmentsGo() {
        connect(QueueOption.Flag.CORK, true);
        assertThat(only(push(MSS)).length()).isEqualTo(MSS);
        assertThat(push(MSS - 1)).isEmpty();
        assertThat(only(push(41)).length()).isEqualTo(MSS);
        assertThat(acknowledge(2 * MSS)).as("40 wait").isEmpty();
    }

    @Test
    void corkGivesInAfterARetransmissionTimeout() {
        connect(QueueOption.Flag.CORK, true);
        assertThat(push(100)).isEmpty();
        List<Seg> sent = new ArrayList<>();
        assertThat(peer.passUntilSent(sent, 2 * SECOND)).isBetween(200 * MILLI, SECOND);
        assertThat(only(sent).length()).isEqualTo(100);
        assertThat(push(100)).as("it holds again").isEmpty();
    }

    @Test
    void whoCorksForEachAnswerMakesNoGarbage() {
        connect(QueueOption.Flag.CORK, false);
        ConnectionOptions open = socket.options();
        socket.set(QueueOption.Flag.CORK, true);
        ConnectionOptions corked = socket.options();
        for (int i = 0; i < 3; i++) {
            socket.set(QueueOption.Flag.CORK, false);
            assertThat(socket.options()).isSameAs(open);
            socket.set(QueueOption.Flag.CORK, true);
            assertThat(socket.options()).isSameAs(corked);
        }
    }

    @Test
    void anAcknowledgementIsDelayedAsLongAsTheQueueWants() {
        socket = peer.accepted();
        assertThat(peer.data(100)).isEmpty();
        assertThat(peer.pass(MILLI)).as("the usual 500 us").hasSize(1);
        assertThat(socket.set(QueueOption.Amount.DELAYED_ACK_NANOS, 0)).isEqualTo(Status.OK);
        assertThat(only(peer.data(100)).ack).isEqualTo(peer.seq);
        assertThat(socket.set(QueueOption.Amount.DELAYED_ACK_NANOS, 40 * MILLI)).isEqualTo(Status.OK);
        assertThat(peer.data(100)).isEmpty();
        assertThat(peer.pass(39 * MILLI)).isEmpty();
        assertThat(only(peer.pass(MILLI)).ack).isEqualTo(peer.seq);
    }
}
