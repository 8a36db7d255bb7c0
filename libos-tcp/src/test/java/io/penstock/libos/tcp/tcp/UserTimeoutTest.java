package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.MILLI;
import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.testkit.packet.Seg;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long a peer may acknowledge nothing (RFC 9293, section 3.8.3; TCP_USER_TIMEOUT in Linux). */
class UserTimeoutTest {
    private static final long TIMEOUT = 5 * SECOND;
    private static final long MIN_RTO = 200 * MILLI;
    /** How late a timer may be: the wheel's tick. */
    private static final long TICK = MILLI;

    private EnginePeer peer = new EnginePeer();

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    private TcpSocket accepted(long timeoutNanos) {
        TcpSocket s = peer.accepted();
        assertThat(set(s, timeoutNanos)).isEqualTo(Status.OK);
        return s;
    }

    private static Status set(TcpSocket s, long timeoutNanos) {
        return s.set(QueueOption.Amount.USER_TIMEOUT_NANOS, timeoutNanos);
    }

    private void restart(TcpConfig config) {
        peer.close();
        peer = new EnginePeer(config);
    }

    private void acknowledge(int bytes) {
        peer.ack += bytes;
        peer.acknowledge();
    }

    private void assertTimesOutAfter(long nanos, Op op) {
        peer.pass(nanos - 1);
        assertThat(op.isDone()).isFalse();
        peer.pass(TICK);
        assertThat(op.status).isEqualTo(Status.TIMED_OUT);
    }

    @Test
    void dataThatNobodyAcknowledgesEndsTheConnectionAtThatTime() {
        TcpSocket s = accepted(TIMEOUT);
        Op push = peer.host.push(s, new byte[100]);
        assertTimesOutAfter(TIMEOUT, push);
        assertThat(peer.host.counter("tcp.connections.timed-out")).isEqualTo(1);
        Op pop = peer.host.pop(s);
        peer.turn();
        assertThat(pop.status).isEqualTo(Status.TIMED_OUT);
    }

    @Test
    void winsOverTheNumberOfRetriesAlsoIfItIsLonger() {
        restart(TcpConfig.defaults().with(TcpSettings.DATA_RETRIES, 1));
        Op push = peer.host.push(accepted(TIMEOUT), new byte[100]);
        assertTimesOutAfter(TIMEOUT, push);
    }

    @Test
    void aStackThatSetsItGivesItToAllQueues() {
        restart(TcpConfig.defaults().with(TcpSettings.USER_TIMEOUT, Duration.ofNanos(TIMEOUT)));
        TcpSocket s = peer.accepted();
        assertThat(s.get(QueueOption.Amount.USER_TIMEOUT_NANOS)).isEqualTo(TIMEOUT);
        Op push = peer.host.push(s, new byte[100]);
        assertTimesOutAfter(TIMEOUT, push);
    }

    @Test
    void isOffByDefault() {
        TcpSocket s = peer.accepted();
        assertThat(s.get(QueueOption.Amount.USER_TIMEOUT_NANOS)).isZero();
        Op push = peer.host.push(s, new byte[100]);
        peer.pass(400 * SECOND); // 15 retries take longer
        assertThat(push.isDone()).isFalse();
    }

    @Test
    void everyAcknowledgementThatMovesBeginsTheTimeAnew() {
        TcpSocket s = accepted(TIMEOUT);
        Op push = peer.host.push(s, new byte[3 * EnginePeer.MSS]);
        peer.pass(TIMEOUT - SECOND);
        acknowledge(EnginePeer.MSS);
        peer.pass(TIMEOUT - SECOND);
        assertThat(push.isDone()).isFalse();
        acknowledge(2 * EnginePeer.MSS);
        assertThat(push.status).isEqualTo(Status.OK);
        peer.pass(100 * TIMEOUT);
        assertThat(peer.host.push(s, new byte[1]).isDone()).isFalse();
    }

    @Test
    void whatWasAcknowledgedOnceIsNoDebtOfWhatComesLater() {
        TcpSocket s = accepted(TIMEOUT);
        peer.host.push(s, new byte[100]);
        peer.pass(TIMEOUT - SECOND);
        acknowledge(100);
        peer.pass(SECOND / 2);
        Op push = peer.host.push(s, new byte[100]);
        assertTimesOutAfter(TIMEOUT, push);
    }

    @Test
    void acknowledgementsThatDoNotMoveAreNone() {
        Op push = peer.host.push(accepted(TIMEOUT), new byte[100]);
        for (int i = 0; i < 4; i++) {
            peer.pass(TIMEOUT / 4 - 1);
            assertThat(push.isDone()).isFalse();
            peer.acknowledge();
        }
        peer.pass(TICK);
        assertThat(push.status).isEqualTo(Status.TIMED_OUT);
    }

    @Test
    void aFinIsAsGoodAsData() {
        TcpSocket s = accepted(TIMEOUT);
        Op close = peer.host.close(s);
        assertThat(only(peer.turn()).has(Seg.FIN)).isTrue();
        assertTimesOutAfter(TIMEOUT, close);
    }

    @Test
    void aWindowThatStaysShutEndsItEvenIfThePeerAnswers() { // as in Linux
        peer.window = 0;
        Op push = peer.host.push(accepted(TIMEOUT), new byte[100]);
        peer.turn();
        long end = peer.clock.nanos() + TIMEOUT;
        while (peer.clock.nanos() < end - SECOND / 4) {
            peer.pass(SECOND / 4);
            peer.acknowledge();
            assertThat(push.isDone()).isFalse();
        }
        List<Seg> sent = peer.pass(SECOND / 2);
        assertThat(push.status).isEqualTo(Status.TIMED_OUT);
        assertThat(sent.getLast().has(Seg.RST)).isTrue(); // the peer is there, and is told
    }

    @Test
    void aWindowThatOpensBeginsTheTimeAnew() {
        peer.window = 0;
        Op push = peer.host.push(accepted(TIMEOUT), new byte[100]);
        peer.pass(TIMEOUT - MILLI);
        peer.window = 65_535;
        Seg data = only(peer.acknowledge());
        assertThat(data.length()).isEqualTo(100);
        assertTimesOutAfter(TIMEOUT, push);
    }

    @Test
    void aConnectEndsWithItToo() {
        TcpSocket s = peer.host.open();
        set(s, TIMEOUT);
        Op connect = peer.host.connect(s, peer.address, 80);
        assertTimesOutAfter(TIMEOUT, connect);
    }

    @Test
    void aTimeShorterThanARetransmissionTimeoutEndsAtTheFirst() {
        Op push = peer.host.push(accepted(MILLI), new byte[100]);
        assertTimesOutAfter(MIN_RTO, push);
    }

    @Test
    void canBeSetAndTakenAwayWhileThePeerIsSilent() {
        TcpSocket s = accepted(TIMEOUT);
        Op push = peer.host.push(s, new byte[100]);
        peer.pass(TIMEOUT - 1);
        set(s, 0);
        peer.pass(TIMEOUT);
        assertThat(push.isDone()).isFalse();
        set(s, 3 * TIMEOUT); // from when it was sent
        peer.pass(TIMEOUT - 2);
        assertThat(push.isDone()).isFalse();
        peer.pass(TICK + 2);
        assertThat(push.status).isEqualTo(Status.TIMED_OUT);
    }

    @Test
    void aConnectionWithNothingUnderWayMayBeSilentForEver() {
        Op pop = peer.host.pop(accepted(TIMEOUT));
        assertThat(peer.pass(1_000 * TIMEOUT)).isEmpty();
        assertThat(pop.isDone()).isFalse();
    }

    // ---- with keep-alive

    private TcpSocket acceptedWithKeepAlive(long timeoutNanos) {
        TcpSocket s = accepted(timeoutNanos);
        s.set(QueueOption.Amount.KEEP_ALIVE_IDLE_NANOS, 10 * SECOND);
        s.set(QueueOption.Amount.KEEP_ALIVE_INTERVAL_NANOS, SECOND);
        s.set(QueueOption.Amount.KEEP_ALIVE_PROBES, 2);
        return s;
    }

    @Test
    void aPeerThatAnswersNoProbeHasThisTimeInsteadOfANumberOfProbes() {
        Op pop = peer.host.pop(acceptedWithKeepAlive(14 * SECOND));
        assertThat(peer.pass(14 * SECOND - 1)).hasSize(4);
        assertThat(pop.isDone()).isFalse();
        assertThat(only(peer.pass(TICK)).has(Seg.RST)).isTrue();
        assertThat(pop.status).isEqualTo(Status.TIMED_OUT);
    }

    @Test
    void itIsAskedAtLeastOnceHoweverShortTheTime() {
        Op pop = peer.host.pop(acceptedWithKeepAlive(SECOND));
        assertThat(peer.pass(11 * SECOND - 1)).hasSize(1);
        assertThat(pop.isDone()).isFalse();
        assertThat(only(peer.pass(TICK)).has(Seg.RST)).isTrue();
        assertThat(pop.status).isEqualTo(Status.TIMED_OUT);
    }

    @Test
    void anAnswerToAProbeBeginsTheTimeAnew() {
        Op pop = peer.host.pop(acceptedWithKeepAlive(14 * SECOND));
        for (int i = 0; i < 5; i++) {
            assertThat(peer.pass(13 * SECOND)).hasSize(4);
            peer.acknowledge();
        }
        assertThat(pop.isDone()).isFalse();
    }
}
