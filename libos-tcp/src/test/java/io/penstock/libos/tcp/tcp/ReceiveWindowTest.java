package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.memory.Buffer;
import io.penstock.testkit.packet.Seg;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Flow control as a receiver, and how much memory a peer can take. */
class ReceiveWindowTest {
    private EnginePeer peer;
    private TcpSocket socket;

    private void connect(TcpConfig config) {
        peer = new EnginePeer(config);
        socket = peer.accepted();
    }

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    /** Data until the window is shut; returns the last advertised window. */
    private int fill(int segmentBytes) {
        int window = socket.connection().receive.wnd();
        for (int i = 0; i < 10_000 && window > 0; i++) {
            peer.data(Math.min(segmentBytes, window));
            Seg ack = only(peer.pass(SECOND / 1000));
            window = ack.window;
        }
        return window;
    }

    @Test
    void closesTheWindowAsDataIsLeftUnreadAndOpensItWhenEnoughIsRead() { // RFC 9293 3.8.6.2.2
        connect(TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 8_000));
        assertThat(fill(1000)).isZero();
        Op first = peer.host.pop(socket, 1000);
        assertThat(peer.turn()).isEmpty(); // less than two segments
        Op second = peer.host.pop(socket, 1000);
        Seg update = only(peer.turn());
        assertThat(update.window).isEqualTo(2000);
        assertThat(update.ack).isEqualTo(peer.seq);
        assertThat(first.lengthBytes + second.lengthBytes).isEqualTo(2000);
    }

    @Test
    void keepsAWideWindowTheSameFromSegmentToSegment() { // a Linux peer's header prediction compares the field
        connect(TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 60_000));
        for (int i = 0; i < 50; i++) {
            Op pop = peer.host.pop(socket);
            peer.data(64);
            assertThat(pop.lengthBytes).isEqualTo(64);
            assertThat(only(peer.pass(SECOND)).window).isEqualTo(60_000);
        }
    }

    @Test
    void widensTheWindowAsTheApplicationReads() {
        connect(TcpConfig.defaults()
                .with(TcpSettings.RECEIVE_BUFFER, 64_000)
                .with(TcpSettings.INITIAL_RECEIVE_WINDOW, 8_000));
        assertThat(socket.connection().receive.wnd()).isEqualTo(8_000);
        int widest = 0;
        for (int i = 0; i < 100; i++) {
            peer.host.pop(socket);
            peer.data(1_000);
            for (Seg s : peer.pass(SECOND / 1000)) {
                widest = Math.max(widest, s.window);
            }
        }
        assertThat(widest).isEqualTo(64_000);
    }

    @Test
    void widensNoWindowWhileTheLoopIsBehind() {
        connect(TcpConfig.defaults()
                .with(TcpSettings.RECEIVE_BUFFER, 64_000)
                .with(TcpSettings.INITIAL_RECEIVE_WINDOW, 8_000));
        peer.host.engine.loopIsBehind(true);
        for (int i = 0; i < 100; i++) {
            peer.host.pop(socket);
            peer.data(1_000);
            for (Seg s : peer.pass(SECOND / 1000)) {
                assertThat(s.window).isLessThanOrEqualTo(8_000);
            }
        }
        assertThat(socket.connection().receive.limitBytes).isEqualTo(8_000);
    }

    @Test
    void leavesTheWindowNarrowForOneThatDoesNotRead() {
        connect(TcpConfig.defaults()
                .with(TcpSettings.RECEIVE_BUFFER, 64_000)
                .with(TcpSettings.INITIAL_RECEIVE_WINDOW, 8_000));
        assertThat(fill(1_000)).isZero();
        assertThat(socket.connection().receive.unreadBytes()).isEqualTo(8_000);
    }

    @Test
    void opensASmallWindowByHalfOfTheBuffer() {
        connect(TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 1_000));
        fill(500);
        peer.host.pop(socket, 400);
        assertThat(peer.turn()).isEmpty();
        peer.host.pop(socket, 100);
        assertThat(only(peer.turn()).window).isEqualTo(500);
    }

    @Test
    void neverMovesTheRightEdgeBack() { // RFC 9293 SHLD-14
        connect(TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 20_000));
        int edge = 0;
        for (int i = 0; i < 300; i++) {
            int length = Math.min(37, socket.connection().receive.wnd());
            if (length > 0) {
                peer.data(length);
            }
            if (i % 7 == 0) {
                peer.host.pop(socket, 50);
            }
            for (Seg s : peer.pass(SECOND / 1000)) {
                int newEdge = s.ack - peer.seq + s.window + i;
                assertThat(s.ack + s.window - socket.connection().receive.nxt).isGreaterThanOrEqualTo(0);
                edge = Math.max(edge, newEdge);
            }
        }
        assertThat(edge).isPositive();
    }

    @Test
    void trimsWhatGoesBeyondTheWindow() { // RFC 9293 3.10.7.4, first
        connect(TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 1_000));
        peer.out(Seg.ACK).payload(1400).send();
        peer.seq += 1000;
        Op pop = peer.host.pop(socket);
        peer.turn();
        assertThat(pop.lengthBytes).isEqualTo(1000);
    }

    @Test
    void doesNotTakeAFinBehindWhatItTrimmed() {
        connect(TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 1_000));
        peer.out(Seg.ACK | Seg.FIN).payload(1400).send();
        Op pop = peer.host.pop(socket);
        Op end = peer.host.pop(socket);
        peer.turn();
        assertThat(pop.lengthBytes).isEqualTo(1000);
        assertThat(end.isDone()).isFalse();
    }

    @Test
    void answersAProbeOfItsZeroWindow() { // MUST-37
        connect(TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 4_000));
        fill(1000);
        Seg answer = only(peer.out(Seg.ACK).payload(1).send());
        assertThat(answer.window).isZero();
        assertThat(answer.ack).isEqualTo(peer.seq);
    }

    @Test
    void takesAcksThroughItsZeroWindow() { // RFC 9293 3.10.7.4: special allowance
        connect(TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 4_000));
        fill(1000);
        Op push = peer.host.push(socket, new byte[100]);
        peer.turn();
        peer.ack += 100;
        peer.out(Seg.ACK).payload(1).send();
        assertThat(push.status).isEqualTo(Status.OK);
    }

    @Test
    void takesAFinThroughItsZeroWindow() {
        connect(TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 4_000));
        fill(1000);
        Seg ack = only(peer.out(Seg.FIN | Seg.ACK).send());
        assertThat(ack.ack).isEqualTo(peer.seq + 1);
    }

    @Test
    void takesAnAckFromAPeerThatStandsAtTheRightEdge() { // its window is full, one segment of it was lost
        connect(TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 3_000));
        Op push = peer.host.push(socket, new byte[100]);
        peer.turn();
        peer.ack += 100;
        peer.out(Seg.ACK).seq(peer.seq + 3_000).send();
        assertThat(push.status).isEqualTo(Status.OK);
    }

    @Test
    void scalesTheWindowItAdvertises() { // RFC 7323 2.3
        peer = new EnginePeer(TcpConfig.defaults()
                .with(TcpSettings.RECEIVE_BUFFER, 1 << 19)
                .with(TcpSettings.INITIAL_RECEIVE_WINDOW, 1 << 19));
        socket = peer.accepted(EnginePeer.synOptions());
        Op pop = peer.host.pop(socket);
        peer.data(100);
        assertThat(pop.lengthBytes).isEqualTo(100);
        assertThat(only(peer.pass(SECOND)).window << 4).isEqualTo(1 << 19);
    }

    @Test
    void tellsThePeerOfALargeWindowAtOnceAfterTheHandshake() {
        peer = new EnginePeer(TcpConfig.defaults()
                .with(TcpSettings.RECEIVE_BUFFER, 1 << 20)
                .with(TcpSettings.INITIAL_RECEIVE_WINDOW, 1 << 20));
        socket = peer.accepted(EnginePeer.synOptions());
        peer.data(1460);
        peer.data(1460);
        assertThat(socket.connection().receive.wnd()).isGreaterThan(65_535);
    }

    @Test
    void copiesTinySegmentsTogetherSoThatTheyDoNotPinAFrameEach() {
        connect(TcpConfig.defaults()
                .with(TcpSettings.RECEIVE_BUFFER, 60_000)
                .with(TcpSettings.COALESCE_BEYOND_FRAMES, 16));
        int begin = peer.seq;
        for (int i = 0; i < 20_000; i++) {
            peer.out(Seg.ACK).payload(1).inject();
            peer.seq++;
            if (i % 50 == 0) {
                peer.turn();
            }
        }
        peer.turn();
        assertThat(peer.host.pool.framesInUse()).isLessThan(16 + 20_000 / 1_700 + 2);
        assertThat(peer.host.counter("tcp.rx.coalesced.bytes")).isGreaterThan(19_000);
        byte[] all = new byte[20_000];
        int got = 0;
        while (got < all.length) {
            Op pop = peer.host.pop(socket);
            peer.host.takeCompletions();
            System.arraycopy(pop.bytes, 0, all, got, pop.bytes.length);
            got += pop.bytes.length;
        }
        assertThat(all).isEqualTo(pattern(begin, 20_000));
    }

    @Test
    void boundsTheFramesOfOneConnection() {
        connect(TcpConfig.defaults()
                .with(TcpSettings.RECEIVE_BUFFER, 1 << 20)
                .with(TcpSettings.INITIAL_RECEIVE_WINDOW, 1 << 20)
                .with(TcpSettings.MAX_UNREAD_FRAMES, 20));
        for (int i = 0; i < 60; i++) {
            peer.out(Seg.ACK).payload(1460).send();
            peer.seq = socket.connection().receive.nxt;
        }
        assertThat(peer.host.pool.framesInUse()).isEqualTo(20);
        assertThat(peer.host.counter("tcp.rx.dropped.memory")).isEqualTo(40);
    }

    @Test
    void keepsFramesForOthersWhenThePoolRunsLow() {
        connect(TcpConfig.defaults()
                .with(TcpSettings.RECEIVE_BUFFER, 1 << 20)
                .with(TcpSettings.INITIAL_RECEIVE_WINDOW, 1 << 20)
                .with(TcpSettings.MAX_UNREAD_FRAMES, 5_000));
        List<Buffer> hoard = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            hoard.add(peer.host.pool.allocate());
        }
        for (int i = 0; i < 1000; i++) {
            peer.out(Seg.ACK).payload(1460).send();
            peer.seq = socket.connection().receive.nxt;
        }
        assertThat(peer.host.pool.freeFrames()).isGreaterThan(1024 / 8);
        int before = socket.connection().receive.wnd();
        peer.out(Seg.ACK).payload(1460).send();
        assertThat(socket.connection().receive.wnd()).isLessThanOrEqualTo(before); // no more is promised
        // One that reads is served all the same.
        Op pop = peer.host.pop(socket);
        while (pop.isDone() && pop.lengthBytes > 0) {
            pop = peer.host.pop(socket);
            peer.host.takeCompletions();
        }
        peer.data(1460);
        assertThat(pop.lengthBytes).isEqualTo(1460);
        hoard.forEach(Buffer::release);
    }
}
