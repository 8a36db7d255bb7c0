package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.wire.TcpOptions;
import io.penstock.testkit.packet.ScriptedPeer;
import io.penstock.testkit.packet.Seg;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Segments that are not as they should be, and ports where nobody is. */
class SegmentValidationTest {
    private final EnginePeer peer = new EnginePeer();

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    @Test
    void dropsASegmentWithAWrongChecksum() { // RFC 9293 MUST-3
        peer.host.listen(7, 1);
        assertThat(peer.out(Seg.SYN).corrupt().send()).isEmpty();
        assertThat(peer.host.counter("tcp.rx.bad-checksum")).isEqualTo(1);
        assertThat(peer.host.counter("tcp.rx.segments")).isEqualTo(1);
    }

    @Test
    void dropsASegmentWhoseDataOffsetIsTooSmallOrBeyondItsEnd() {
        peer.host.listen(7, 1);
        for (int words : new int[] {0, 1, 4, 6, 15}) {
            assertThat(peer.out(Seg.SYN).dataOffset(words).send()).isEmpty();
        }
        assertThat(peer.host.counter("tcp.rx.malformed")).isEqualTo(5);
    }

    @Test
    void dropsWhatIsShorterThanAHeader() {
        for (int length = 0; length < 20; length++) {
            peer.inject(new byte[length]);
        }
        assertThat(peer.turn()).isEmpty();
        assertThat(peer.host.counter("tcp.rx.malformed")).isEqualTo(20);
    }

    @Test
    void dropsPortZeroAndSegmentsFromItself() {
        peer.host.listen(7, 1);
        peer.port = 0;
        assertThat(peer.out(Seg.SYN).send()).isEmpty();
        assertThat(peer.host.counter("tcp.rx.malformed")).isEqualTo(1);
    }

    @Test
    void stopsAtAnOptionOfLengthZero() {
        peer.host.listen(7, 4);
        Seg synAck = only(peer.out(Seg.SYN).options(254, 0, 2, 4, 1, 0, 0, 0).send());
        assertThat(synAck.has(Seg.SYN)).isTrue();
    }

    @Test
    void skipsOptionsItDoesNotKnowByTheirLength() { // RFC 9293 MUST-6
        TcpSocket s = peer.accepted(253, 6, 2, 4, 0, 1, 2, 4, 1, 44, 1, 1);
        peer.host.push(s, new byte[301]);
        assertThat(peer.turn()).extracting(x -> x.length()).containsExactly(300, 1);
    }

    @Test
    void acceptsOptionsOutsideOfTheHandshake() { // RFC 9293 MUST-5
        TcpSocket s = peer.accepted();
        Op pop = peer.host.pop(s);
        peer.out(Seg.ACK)
                .options(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0)
                .payload(9)
                .send();
        assertThat(pop.lengthBytes).isEqualTo(9);
    }

    @Test
    void survivesEveryOptionListThatIsCutOff() {
        TcpOptions options = new TcpOptions();
        Random random = new Random(3);
        try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
            long at = arena.allocate(40).address();
            for (int i = 0; i < 100_000; i++) {
                byte[] bytes = new byte[40];
                for (int j = 0; j < 40; j++) {
                    bytes[j] = (byte) random.nextInt(random.nextBoolean() ? 6 : 256);
                }
                io.penstock.linux.RawMemory.copyFrom(bytes, 0, at, 40);
                options.parse(at, random.nextInt(41));
                assertThat(options.mss).isBetween(-1, 65_535);
                assertThat(options.windowScale).isBetween(-1, 14);
            }
        }
    }

    @Test
    void readsUrgentDataInLine() { // RFC 6093
        TcpSocket s = peer.accepted();
        Op pop = peer.host.pop(s);
        peer.out(Seg.ACK | Seg.URG).payload(9).send();
        assertThat(pop.lengthBytes).isEqualTo(9);
    }

    @Test
    void resetsASynToAClosedPort() { // RFC 9293 3.10.7.1
        Seg reset = only(peer.out(Seg.SYN).payload(10).send());
        assertThat(reset.flags).isEqualTo(Seg.RST | Seg.ACK);
        assertThat(reset.seq).isZero();
        assertThat(reset.ack).isEqualTo(peer.seq + 11);
        assertThat(reset.sourcePort).isEqualTo(7);
        assertThat(reset.destinationPort).isEqualTo(40_000);
        reset = only(peer.out(Seg.FIN).send());
        assertThat(reset.ack).isEqualTo(peer.seq + 1);
    }

    @Test
    void resetsAnAckToAClosedPortWithItsOwnNumber() { // RFC 9293 3.10.7.1
        Seg reset = only(peer.out(Seg.ACK).ack(4711).send());
        assertThat(reset.flags).isEqualTo(Seg.RST);
        assertThat(reset.seq).isEqualTo(4711);
        assertThat(peer.host.counter("tcp.resets.sent")).isEqualTo(1);
    }

    @Test
    void doesNotAnswerAResetToAClosedPort() { // RFC 9293 3.10.7.1
        assertThat(peer.out(Seg.RST).send()).isEmpty();
        assertThat(peer.out(Seg.RST | Seg.ACK).send()).isEmpty();
        assertThat(peer.out(Seg.RST | Seg.SYN).send()).isEmpty();
    }

    @Test
    void keepsEveryFrameThoughSegmentsAreRandom() {
        for (long seed = 1; seed <= 30; seed++) {
            Random random = new Random(seed);
            peer.turn();
            TcpSocket s = peer.accepted();
            for (int i = 0; i < 2_000; i++) {
                ScriptedPeer.Out out = peer.out(random.nextInt(64))
                        .seq(peer.seq + near(random))
                        .ack(peer.ack + near(random))
                        .window(random.nextInt(4) == 0 ? 0 : random.nextInt(65_536))
                        .payload(random.nextInt(8) == 0 ? random.nextInt(1400) : 0);
                if (random.nextInt(10) == 0) {
                    out.options(random.ints(4L * random.nextInt(10), 0, 256).toArray());
                }
                if (random.nextInt(5) == 0) {
                    out.inject();
                } else {
                    out.send();
                }
                if (random.nextInt(20) == 0 && s.canPush()) {
                    peer.host.push(s, new byte[random.nextInt(3000)]);
                }
                if (random.nextInt(20) == 0) {
                    peer.host.pop(s, 1 + random.nextInt(2000));
                }
                if (random.nextInt(50) == 0) {
                    peer.pass((long) (random.nextDouble() * 3e9));
                }
            }
            peer.host.shutDown();
            assertThat(peer.host.pool.framesInUse())
                    .as("seed %d %s", seed, peer.host.pool.leakReport())
                    .isZero();
            assertThat(peer.host.operations.waiting()).as("seed %d", seed).isZero();
            peer.port++;
        }
    }

    private static int near(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> random.nextInt(200) - 100;
            case 2 -> random.nextInt(200_000) - 100_000;
            default -> random.nextInt();
        };
    }
}
