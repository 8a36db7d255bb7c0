package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.testkit.packet.Seg;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Peers that make received frames wait, in each way that there is, beside one that keeps to the rules. */
class HoardTest {
    private static final int FRAMES = 1024;
    private static final int FULL = 1_460;

    private final EnginePeer peer = new EnginePeer(TcpConfig.defaults(), FRAMES);
    private TcpSocket listener;
    private int connections;

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    /** One of the peer's connections, with the numbers that it has there. */
    private final class Connection {
        private final int port = 40_000 + connections++;
        private final TcpSocket socket;
        private final int ack;
        /** Its next byte. */
        private int next;

        Connection(boolean accept) {
            if (listener == null) {
                listener = peer.host.listen(7, FRAMES);
            }
            Op accepted = accept ? peer.host.accept(listener) : null;
            peer.port = port;
            peer.seq = 5_000 + 100_000 * connections;
            peer.turn();
            peer.handshake(2, 4, FULL >> 8, FULL & 0xff);
            next = peer.seq;
            ack = peer.ack;
            socket = accept ? accepted.accepted : null;
        }

        List<Seg> send(int offset, int length) {
            peer.port = port;
            return peer.out(Seg.ACK).ack(ack).seq(next + offset).payload(length).send();
        }

        /** What the engine says that it has, after a segment in order. */
        List<Seg> sendInOrder(int length) {
            List<Seg> answers = send(0, length);
            next += length;
            return answers;
        }

        TcpConnection connection() {
            return socket.connection();
        }
    }

    private FrameBudget budget() {
        return peer.host.engine.context().budget;
    }

    private int framesInUse() {
        return peer.host.pool.framesInUse();
    }

    private void readAll(Connection c, int from, int length) {
        byte[] all = new byte[length];
        int got = 0;
        while (got < length) {
            Op pop = peer.host.pop(c.socket);
            peer.host.takeCompletions();
            assertThat(pop.isDone()).isTrue();
            System.arraycopy(pop.bytes, 0, all, got, pop.bytes.length);
            got += pop.bytes.length;
        }
        assertThat(all).isEqualTo(EnginePeer.pattern(from, length));
    }

    /** A peer that lost one segment of a window must get all of it through as soon as that one comes again. */
    private void assertThatLossCostsOneRoundTrip(Connection c, int segments) {
        int from = c.next;
        for (int i = 1; i < segments; i++) {
            c.send(i * FULL, FULL);
        }
        List<Seg> answers = c.send(0, FULL);
        assertThat(answers.getLast().ack).isEqualTo(from + segments * FULL);
        readAll(c, from, segments * FULL);
        c.next = from + segments * FULL;
    }

    @Test
    void bytesBehindGapsShareFrames() {
        Connection c = new Connection(true);
        for (int i = 1; i <= 256; i++) {
            c.send(2 * i, 1);
        }
        assertThat(framesInUse()).isEqualTo(1);
        assertThat(peer.host.counter("tcp.rx.dropped.memory")).isZero();
        c.send(0, 2);
        for (int i = 1; i < 256; i++) {
            c.send(2 * i + 1, 1);
        }
        readAll(c, c.next, 513);
    }

    @Test
    void piecesThatFollowOneAnotherBehindAGapBecomeOne() {
        Connection c = new Connection(true);
        for (int i = 1; i <= 1_000; i++) {
            c.send(i, 1); // more than there may be pieces
        }
        assertThat(framesInUse()).isEqualTo(1);
        c.send(0, 1);
        readAll(c, c.next, 1_001);
    }

    /** Each segment covers what came before but for one byte in the midst of each frame. */
    @Test
    void framesThatHoldAlmostNothingAreFew() {
        Connection c = new Connection(true);
        int at = 2;
        for (int i = 0; i < 60; i++) {
            c.send(at, 1);
            for (int size = 400; size <= 500; size += 20) {
                c.send(at + 2, size); // covers the one before, so that the frame is full but for what nobody needs
            }
            at += 504;
        }
        long held = c.connection().receive.reassembly.frames();
        assertThat(c.connection().receive.reassembly.bytes()).isGreaterThanOrEqualTo((int) (held - 16) * 2048 / 4);
    }

    @Test
    void gapsThatAreNeverFilledDoNotTakeTheRoomOfOneThatIs() {
        Connection honest = new Connection(true);
        List<Connection> hogs = new ArrayList<>();
        for (int c = 0; c < 40; c++) {
            Connection hog = new Connection(true);
            hogs.add(hog);
            for (int i = 1; i <= 22; i++) {
                hog.send(2 * i * FULL, FULL); // full segments: copying saves nothing
            }
            assertThatLossCostsOneRoundTrip(honest, 13);
        }
        assertThat(budget().isUnderPressure()).isFalse();
        assertThat(budget().isBusy()).isFalse();
        assertThat(framesInUse()).isLessThanOrEqualTo(FRAMES / 8);
        assertThat(peer.host.counter("tcp.rx.out-of-order.evicted")).isPositive();
        for (int round = 0; round < 20; round++) {
            hogs.forEach(hog -> hog.sendInOrder(1)); // as if they had something to do
            hogs.forEach(hog -> hog.send(2 * FULL, FULL));
            assertThatLossCostsOneRoundTrip(honest, 13);
        }
    }

    @Test
    void oneByteBehindAGapOfVeryManyDoesNotTakeAllFrames() {
        Connection honest = new Connection(true);
        for (int c = 0; c < 700; c++) {
            new Connection(true).send(100, 1);
        }
        assertThat(framesInUse()).isLessThanOrEqualTo(FRAMES / 8);
        assertThatLossCostsOneRoundTrip(honest, 13);
    }

    @Test
    void whatLiesBehindAGapForTooLongGoesWithTheNextThatDoes() {
        Connection c = new Connection(true);
        Connection other = new Connection(true);
        c.send(FULL, FULL);
        peer.pass(BehindGaps.MAX_AGE_NANOS - 1);
        other.send(FULL, FULL);
        assertThat(c.connection().receive.reassembly.isEmpty()).isFalse();
        peer.pass(2);
        other.send(2 * FULL, FULL);
        assertThat(c.connection().receive.reassembly.isEmpty()).isTrue();
        assertThat(other.connection().receive.reassembly.frames()).isEqualTo(2);
        c.sendInOrder(FULL);
        assertThat(c.sendInOrder(FULL)).extracting(s -> s.ack).containsExactly(c.next);
    }

    /** Half of the pool is unread: all else must go on as before for who reads. */
    @Test
    void unreadDataDoesNotNarrowWhoReads() {
        Connection honest = new Connection(true);
        while (budget().receiveFrames < FRAMES / 2) {
            Connection hog = new Connection(true);
            for (int i = 0; i < 30 && budget().receiveFrames < FRAMES / 2; i++) {
                hog.sendInOrder(FULL);
            }
        }
        assertThat(budget().isUnderPressure()).isTrue();
        for (int i = 0; i < 100; i++) {
            int from = honest.next;
            for (int k = 0; k < 4; k++) { // between two pops
                List<Seg> answers = honest.sendInOrder(FULL);
                assertThat(answers).allMatch(s -> s.ack == honest.next);
            }
            readAll(honest, from, 4 * FULL);
            peer.turn();
            assertThat(honest.connection().receive.wnd()).isGreaterThan(4 * FULL);
        }
        assertThatLossCostsOneRoundTrip(honest, 4);
    }

    @Test
    void unreadBytesDoNotPinAFrameEach() {
        for (int c = 0; c < 100; c++) {
            Connection hog = new Connection(true);
            for (int i = 0; i < 32; i++) {
                hog.sendInOrder(1);
            }
        }
        assertThat(framesInUse()).isLessThanOrEqualTo(400);
        assertThat(budget().isBusy()).isFalse();
    }

    @Test
    void unreadBytesOfVeryManyLeaveFramesToWhoReads() {
        Connection honest = new Connection(true);
        for (int c = 0; c < 1_000; c++) {
            new Connection(true).sendInOrder(1);
        }
        assertThat(peer.host.pool.freeFrames()).isGreaterThanOrEqualTo(FRAMES * 3 / 32);
        for (int i = 0; i < 50; i++) {
            Op pop = peer.host.pop(honest.socket);
            assertThat(honest.sendInOrder(100)).allMatch(s -> s.ack == honest.next);
            assertThat(pop.lengthBytes).isEqualTo(100);
        }
    }

    @Test
    void whoWasNotAcceptedHoldsLittle() {
        for (int c = 0; c < 40; c++) {
            Connection hog = new Connection(false);
            for (int i = 0; i < 30; i++) {
                hog.sendInOrder(FULL);
            }
        }
        assertThat(framesInUse()).isLessThanOrEqualTo(FRAMES / 16 + 40 + FRAMES / 8); // in order, and behind it
        assertThat(budget().isBusy()).isFalse();
        for (int c = 0; c < 40; c++) {
            Op accept = peer.host.accept(listener);
            peer.turn();
            assertThat(accept.isDone()).isTrue();
            Op pop = peer.host.pop(accept.accepted);
            peer.turn();
            assertThat(pop.isDone()).isTrue();
        }
        assertThat(budget().unacceptedFrames).isZero();
    }
}
