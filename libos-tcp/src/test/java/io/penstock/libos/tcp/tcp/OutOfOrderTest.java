package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.testkit.packet.Seg;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutOfOrderTest {
    private final EnginePeer peer = new EnginePeer(TcpConfig.defaults().with(TcpSettings.MAX_OUT_OF_ORDER_FRAMES, 8));
    private TcpSocket socket;
    private int base;

    @BeforeEach
    void connect() {
        socket = peer.accepted();
        base = peer.seq;
    }

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    private List<Seg> at(int offset, int length) {
        return peer.out(Seg.ACK).seq(base + offset).payload(length).send();
    }

    /** Reads all there is and checks that it is the stream's beginning. */
    private void assertReadable(int length) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (true) {
            Op pop = peer.host.pop(socket);
            peer.host.takeCompletions();
            if (!pop.isDone() || pop.lengthBytes == 0) {
                break;
            }
            all.writeBytes(pop.bytes);
        }
        assertThat(all.toByteArray()).isEqualTo(pattern(base, length));
    }

    @Test
    void answersEachSegmentBehindAGapWithADuplicateAck() { // RFC 5681 4.2
        assertThat(only(at(100, 100)).ack).isEqualTo(base);
        peer.out(Seg.ACK).seq(base + 200).payload(100).inject();
        peer.out(Seg.ACK).seq(base + 300).payload(100).inject();
        assertThat(peer.turn()).hasSize(2).allMatch(s -> s.ack == base && s.length() == 0);
        assertThat(only(at(0, 100)).ack).isEqualTo(base + 400); // at once when the gap is filled
        assertReadable(400);
        assertThat(peer.host.counter("tcp.rx.out-of-order")).isEqualTo(3);
    }

    @Test
    void sendsDuplicateAcksWithoutData() { // RFC 5681 2: with data they would not count
        peer.out(Seg.ACK).seq(base + 200).payload(100).inject();
        peer.out(Seg.ACK).seq(base + 300).payload(100).inject();
        peer.out(Seg.ACK).seq(base + 400).payload(100).inject();
        peer.host.push(socket, new byte[10]);
        assertThat(peer.turn()).extracting(Seg::length).containsExactly(0, 0, 0, 10);
    }

    @Test
    void trimsWhatOverlaps() { // RFC 9293 3.10.7.4, seventh
        at(100, 100);
        at(150, 100);
        at(50, 100);
        at(90, 300);
        at(60, 20);
        at(0, 60);
        assertReadable(390);
        assertThat(peer.host.counter("tcp.rx.duplicate")).isEqualTo(1);
    }

    @Test
    void takesTheNewPartOfAnOldSegment() {
        at(0, 100);
        at(50, 100);
        assertReadable(150);
        assertThat(only(at(0, 150)).ack).isEqualTo(base + 150);
    }

    @Test
    void replacesSegmentsThatANewOneCovers() {
        for (int i = 1; i < 8; i++) {
            at(i * 20, 10);
        }
        at(15, 200);
        at(0, 15);
        assertReadable(215);
        assertThat(peer.host.pool.framesInUse()).isZero();
    }

    @Test
    void boundsWhatItKeepsBehindAGap() {
        for (int i = 1; i <= 20; i++) {
            at(i * 1200, 600);
        }
        assertThat(peer.host.pool.framesInUse()).isEqualTo(8);
        assertThat(peer.host.counter("tcp.rx.dropped.memory")).isEqualTo(12);
        for (int i = 0; i <= 40; i++) {
            at(i * 600, 600);
        }
        assertReadable(41 * 600);
    }

    @Test
    void keepsAFinThatCameBeforeTheDataInFrontOfIt() {
        Op pop = peer.host.pop(socket);
        Op end = peer.host.pop(socket);
        peer.out(Seg.FIN | Seg.ACK).seq(base + 100).send();
        assertThat(end.isDone()).isFalse();
        Seg ack = only(at(0, 100));
        assertThat(ack.ack).isEqualTo(base + 101);
        assertThat(pop.lengthBytes).isEqualTo(100);
        assertThat(end.isDone()).isTrue();
        assertThat(end.lengthBytes).isZero();
    }

    @Test
    void keepsAFinThatCameWithDataBehindAGap() {
        Op pop = peer.host.pop(socket);
        Op rest = peer.host.pop(socket);
        Op end = peer.host.pop(socket);
        peer.out(Seg.FIN | Seg.ACK).seq(base + 100).payload(100).send();
        assertThat(only(at(0, 100)).ack).isEqualTo(base + 201);
        assertThat(pop.lengthBytes + rest.lengthBytes).isEqualTo(200);
        assertThat(end.lengthBytes).isZero();
        assertThat(end.isDone()).isTrue();
    }

    @Test
    void dropsWhatLiesBehindAGapFirstWhenFramesRunShort() {
        for (int i = 1; i <= 8; i++) {
            at(i * 1000, 600);
        }
        int inUse = peer.host.pool.framesInUse();
        assertThat(inUse).isEqualTo(8);
        java.util.List<io.penstock.memory.Buffer> hoard = new java.util.ArrayList<>();
        for (io.penstock.memory.Buffer b = peer.host.pool.allocate(); b != null; b = peer.host.pool.allocate()) {
            hoard.add(b);
        }
        at(20_000, 600);
        assertThat(peer.host.counter("tcp.rx.dropped.memory")).isEqualTo(1);
        at(0, 500);
        at(500, 1400); // no room in the first one's frame: kept only at the others' expense
        hoard.forEach(io.penstock.memory.Buffer::release);
        assertThat(peer.host.engine.context().budget.receiveFrames).isLessThan(8);
        at(500, 1400);
        assertReadable(1900);
    }
}
