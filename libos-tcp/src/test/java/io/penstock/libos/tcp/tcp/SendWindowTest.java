package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.testkit.packet.Seg;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Flow control as a sender: the peer's window, silly windows, zero windows (RFC 9293 3.8.6). */
class SendWindowTest {
    private final EnginePeer peer = new EnginePeer(
            TcpConfig.defaults().with(TcpSettings.DATA_RETRIES, 5).with(TcpSettings.ORPHAN_PROBES, 3));
    private TcpSocket socket;

    private void connect(int window) {
        peer.window = window;
        socket = peer.accepted();
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

    /** The payload of segments that follow one another, beginning where the peer is. */
    private byte[] joined(List<Seg> segments) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Seg s : segments) {
            assertThat(s.seq).isEqualTo(peer.ack + all.size());
            all.writeBytes(s.payload);
        }
        return all.toByteArray();
    }

    @Test
    void sendsNoMoreThanTheWindow() {
        connect(4000);
        List<Seg> sent = push(10_000);
        assertThat(sent).extracting(Seg::length).containsExactly(1460, 1460);
        peer.ack += 2920;
        assertThat(peer.out(Seg.ACK).window(5000).send())
                .extracting(Seg::length)
                .containsExactly(1460, 1460, 1460);
    }

    @Test
    void waitsForAGoodSegmentInsteadOfFillingASillyWindow() { // RFC 9293 3.8.6.2.1
        connect(4000);
        push(10_000); // 2920 under way, 1080 of the window left
        peer.ack += 1460;
        assertThat(peer.out(Seg.ACK).window(2540).send()).isEmpty(); // still 1080 left
        peer.ack += 1460;
        assertThat(peer.out(Seg.ACK).window(1080).send()).isEmpty(); // neither a segment nor half of 4000
        // The override timer: what fits goes after a while.
        List<Seg> sent = new ArrayList<>();
        long waited = peer.passUntilSent(sent, 2 * SECOND);
        assertThat(waited).isBetween(SECOND / 10, SECOND);
        assertThat(only(sent).length()).isEqualTo(1080);
    }

    @Test
    void sendsTheLastPieceHoweverSmall() { // Nagle is off
        connect(4000);
        assertThat(push(100)).hasSize(1);
        assertThat(push(1)).hasSize(1);
        assertThat(push(2)).hasSize(1);
    }

    @Test
    void probesAZeroWindowWithBackOffAndNeverGivesUpWhileThePeerAnswers() { // MUST-36, SHLD-29, SHLD-30
        connect(1000);
        push(3000);
        peer.ack += 1000;
        assertThat(peer.out(Seg.ACK).window(0).send()).isEmpty();
        long last = 0;
        for (int i = 0; i < 40; i++) {
            List<Seg> probe = new ArrayList<>();
            long waited = peer.passUntilSent(probe, 61 * SECOND);
            assertThat(only(probe).length()).isEqualTo(1);
            assertThat(only(probe).seq).isEqualTo(peer.ack);
            assertThat(waited).isGreaterThanOrEqualTo(Math.min(last * 3 / 2, 59 * SECOND));
            last = waited;
            assertThat(peer.out(Seg.ACK).window(0).send()).isEmpty();
        }
        assertThat(peer.host.counter("tcp.zero-window-probes")).isEqualTo(40);
        assertThat(joined(peer.out(Seg.ACK).window(1000).send())).isEqualTo(pattern(1000, 1000));
        peer.ack += 1000;
        assertThat(joined(peer.out(Seg.ACK).window(1000).send())).isEqualTo(pattern(2000, 1000));
        peer.ack += 1000;
        peer.acknowledge();
    }

    @Test
    void goesOnBehindAProbeThatThePeerTook() {
        connect(1000);
        push(3000);
        peer.ack += 1000;
        peer.out(Seg.ACK).window(0).send();
        peer.passUntilSent(new ArrayList<>(), 61 * SECOND);
        peer.ack += 1;
        assertThat(joined(peer.out(Seg.ACK).window(999).send())).isEqualTo(pattern(1001, 999));
    }

    @Test
    void givesUpWhenNobodyAnswersItsProbes() {
        connect(1000);
        Op push = peer.host.push(socket, pattern(0, 3000));
        peer.turn();
        peer.ack += 1000;
        peer.out(Seg.ACK).window(0).send();
        peer.pass(600 * SECOND);
        assertThat(push.status).isEqualTo(Status.TIMED_OUT);
    }

    @Test
    void doesNotLetAClosedConnectionProbeForEver() { // ten thousand peers could hold windows shut
        connect(1000);
        push(3000);
        peer.ack += 1000;
        peer.out(Seg.ACK).window(0).send();
        Op close = peer.host.close(socket);
        boolean reset = false;
        for (int i = 0; i < 5 && !reset; i++) {
            List<Seg> sent = new ArrayList<>();
            peer.passUntilSent(sent, 100 * SECOND);
            reset = only(sent).has(Seg.RST);
            if (reset) {
                assertThat(only(sent).seq).isEqualTo(peer.ack); // inside of the window, else nobody would believe it
            } else {
                peer.out(Seg.ACK).window(0).send();
            }
        }
        assertThat(reset).isTrue();
        assertThat(close.status).isEqualTo(Status.TIMED_OUT);
        assertThat(peer.host.engine.connections()).isZero();
    }

    @Test
    void survivesAWindowThatShrinks() { // RFC 9293 MUST-34
        connect(10_000);
        List<Seg> sent = push(10_000);
        assertThat(sent).hasSize(7);
        peer.ack += 1460;
        assertThat(peer.out(Seg.ACK).window(1000).send()).isEmpty();
        List<Seg> again = new ArrayList<>();
        peer.passUntilSent(again, 2 * SECOND);
        assertThat(only(again).seq).isEqualTo(peer.ack); // once more from the first byte not acknowledged
        peer.ack += 10_000 - 1460;
        assertThat(peer.out(Seg.ACK).window(10_000).send()).isEmpty();
        assertThat(socket.connection().send.flight()).isZero();
    }

    @Test
    void doesNotTimeOutOnAWindowThatShrankToNothing() { // RFC 9293 3.8.6: probe, whatever is under way
        connect(10_000);
        push(5_000);
        peer.out(Seg.ACK).window(0).send();
        for (int i = 0; i < 20; i++) {
            List<Seg> probe = new ArrayList<>();
            peer.passUntilSent(probe, 61 * SECOND);
            assertThat(only(probe).seq).isEqualTo(peer.ack);
            assertThat(only(probe).length()).isEqualTo(1);
            peer.out(Seg.ACK).window(0).send();
        }
        List<Seg> all = peer.out(Seg.ACK).window(10_000).send();
        assertThat(all.get(0).seq).isEqualTo(peer.ack);
        peer.ack += 5_000;
        peer.acknowledge();
        assertThat(socket.connection().send.flight()).isZero();
    }

    @Test
    void ignoresAWindowFromAnOldSegment() { // RFC 9293: SND.WL1, SND.WL2
        connect(2000);
        peer.data(10);
        peer.out(Seg.ACK).seq(peer.seq - 10).window(60_000).payload(10).send();
        assertThat(socket.connection().send.wnd).isEqualTo(2000);
    }

    @Test
    void aFinWaitsForTheWindowAndThenProbesIt() { // RFC 9293 3.8.6: it takes a number of the peer's window
        connect(1000);
        push(1000);
        peer.ack += 1000;
        peer.out(Seg.ACK).window(0).send();
        assertThat(socket.shutdown()).isEqualTo(Status.OK);
        assertThat(peer.turn()).isEmpty();
        for (int i = 0; i < 3; i++) {
            List<Seg> probe = new ArrayList<>();
            peer.passUntilSent(probe, 61 * SECOND);
            assertThat(only(probe).has(Seg.FIN)).isTrue();
            assertThat(only(probe).seq).isEqualTo(peer.ack);
            assertThat(peer.out(Seg.ACK).window(0).send()).isEmpty();
        }
        Seg fin = only(peer.out(Seg.ACK).window(1000).send());
        assertThat(fin.has(Seg.FIN)).isTrue();
        peer.ack++;
        peer.acknowledge();
        assertThat(socket.connection().state).isEqualTo(TcpState.FIN_WAIT_2);
    }

    @Test
    void aFinGoesWithTheWindowThatOpens() {
        connect(1000);
        push(1000);
        peer.ack += 1000;
        peer.out(Seg.ACK).window(0).send();
        socket.shutdown();
        assertThat(peer.turn()).isEmpty();
        assertThat(only(peer.out(Seg.ACK).window(1000).send()).has(Seg.FIN)).isTrue();
        peer.ack++;
        peer.acknowledge();
        assertThat(socket.connection().state).isEqualTo(TcpState.FIN_WAIT_2);
    }

    @Test
    void aFinDoesNotTravelWithDataThatFillsTheWindow() {
        connect(1000);
        peer.host.push(socket, pattern(0, 1000));
        socket.shutdown();
        Seg data = only(peer.turn());
        assertThat(data.length()).isEqualTo(1000);
        assertThat(data.has(Seg.FIN)).isFalse();
        peer.ack += 1000;
        assertThat(only(peer.acknowledge()).has(Seg.FIN)).isTrue();
        peer.ack++;
        peer.acknowledge();
        assertThat(socket.connection().state).isEqualTo(TcpState.FIN_WAIT_2);
    }

    @Test
    void afterAZeroWindowTheProbesByteDoesNotTravelAlone() { // nor is what is behind it copied
        connect(1460);
        List<Seg> first = push(5_840);
        assertThat(first).hasSize(1);
        peer.ack += 1460;
        peer.out(Seg.ACK).window(0).send();
        peer.passUntilSent(new ArrayList<>(), 61 * SECOND);
        assertThat(peer.out(Seg.ACK).window(0).send()).isEmpty();
        long copied = peer.host.counter("tcp.tx.copied.bytes");
        List<Seg> sent = peer.out(Seg.ACK).window(10_000).send();
        assertThat(sent).extracting(Seg::length).containsExactly(1460, 1460, 1460);
        assertThat(joined(sent)).isEqualTo(pattern(1460, 4380));
        assertThat(peer.host.counter("tcp.tx.copied.bytes")).isEqualTo(copied);
        assertThat(peer.host.counter("tcp.retransmits")).isZero();
        peer.ack += 4380;
        peer.acknowledge();
        assertThat(socket.connection().send.flight()).isZero();
    }

    @Test
    void theProbesByteIsAcknowledgedThoughTheWindowStaysShut() {
        connect(1460);
        push(2_920);
        peer.ack += 1460;
        peer.out(Seg.ACK).window(0).send();
        peer.passUntilSent(new ArrayList<>(), 61 * SECOND);
        peer.ack += 1;
        assertThat(peer.out(Seg.ACK).window(0).send()).isEmpty();
        List<Seg> probe = new ArrayList<>();
        peer.passUntilSent(probe, 61 * SECOND);
        assertThat(only(probe).seq).isEqualTo(peer.ack);
        assertThat(only(probe).payload).isEqualTo(pattern(1461, 1));
        peer.out(Seg.ACK).window(0).send();
        // One more than the probe is what was never sent.
        assertThat(only(peer.out(Seg.ACK).ack(peer.ack + 2).window(0).send()).flags)
                .isEqualTo(Seg.ACK);
        assertThat(socket.connection().send.una).isEqualTo(peer.ack);
        assertThat(joined(peer.out(Seg.ACK).window(5_000).send())).isEqualTo(pattern(1461, 1459));
        peer.ack += 1459;
        peer.acknowledge();
    }

    @Test
    void anAckOfAProbeThatComesLateIsTaken() { // the window opened meanwhile
        connect(1460);
        push(4_380);
        peer.ack += 1460;
        peer.out(Seg.ACK).window(0).send();
        peer.passUntilSent(new ArrayList<>(), 61 * SECOND);
        assertThat(peer.out(Seg.ACK).window(10_000).send()).hasSize(2);
        peer.ack += 1;
        assertThat(peer.out(Seg.ACK).window(10_000).send()).isEmpty();
        assertThat(socket.connection().send.una).isEqualTo(peer.ack);
        peer.ack += 2_919;
        peer.acknowledge();
        assertThat(only(peer.out(Seg.ACK).ack(peer.ack + 1).send()).flags).isEqualTo(Seg.ACK);
    }
}
