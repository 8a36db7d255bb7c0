package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.libos.tcp.ip.TxOffloads;
import io.penstock.memory.Buffer;
import io.penstock.testkit.packet.Seg;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Full segments first, however the bytes were pushed (RFC 9293 3.8.6.2.1, SHLD-28), and what is copied for it. */
class FullSegmentsTest {
    private EnginePeer peer;
    private TcpSocket socket;
    private int first;

    private void connect(int mss, TxOffloads offloads, int frameBytes) {
        peer = new EnginePeer(TcpConfig.defaults().with(TcpSettings.INITIAL_WINDOW, 44), 512, frameBytes);
        peer.host.offloads = offloads;
        socket = peer.accepted(2, 4, mss >> 8, mss & 0xff);
        first = peer.ack;
        peer.host.givenDown.clear();
    }

    private void connect(int mss) {
        connect(mss, TxOffloads.NONE, 2048);
    }

    private void finish() {
        peer.finish();
        peer.close();
    }

    private void push(int from, int length, int perFrame) {
        peer.host.push(socket, pattern(from, length), 0, length, perFrame);
    }

    /** What is sent until everything is acknowledged; each byte once, in order. */
    private List<Integer> lengths(int total) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        List<Integer> lengths = new ArrayList<>();
        for (List<Seg> sent = peer.turn(); !sent.isEmpty(); sent = peer.acknowledge()) {
            for (Seg s : sent) {
                assertThat(s.seq).isEqualTo(first + all.size());
                all.writeBytes(s.payload);
                lengths.add(s.length());
            }
            peer.ack = first + all.size();
        }
        assertThat(all.toByteArray()).isEqualTo(pattern(0, total));
        return lengths;
    }

    private static List<Integer> full(int total, int mss) {
        List<Integer> lengths = new ArrayList<>();
        for (int left = total; left > 0; left -= mss) {
            lengths.add(Math.min(left, mss));
        }
        return lengths;
    }

    private long copied() {
        return peer.host.counter("tcp.tx.copied.bytes");
    }

    @Test
    void aChainCutForEthernetGoesInFullSegmentsToAPeerThatTakesLess() { // PPPoE, VPNs, IPv6 tunnels
        for (boolean bodies : new boolean[] {false, true}) {
            for (int mss : new int[] {1452, 1440, 1400, 1360, 1220, 900, 536}) {
                connect(mss, new TxOffloads(false, false, false, bodies, 0), 2048);
                push(0, 116_800, 1460);
                assertThat(lengths(116_800)).as("MSS %d, %s", mss, bodies).isEqualTo(full(116_800, mss));
                finish();
            }
        }
    }

    @Test
    void aChainCutForThePeerGoesInPlace() {
        for (int mss : new int[] {1460, 1400, 536}) {
            connect(mss);
            push(0, 20 * mss, mss);
            assertThat(lengths(20 * mss)).isEqualTo(full(20 * mss, mss));
            assertThat(copied()).isZero();
            finish();
        }
    }

    @Test
    void whereTheDevicePutsPacketsTogetherOnlyWhatIsLeftOfTheEntryBeforeIsCopied() {
        connect(1400, new TxOffloads(false, false, false, true, 0), 2048);
        push(0, 29_200, 1460);
        assertThat(lengths(29_200)).isEqualTo(full(29_200, 1400));
        assertThat(copied()).isBetween(1L, 29_200L / 2);
        assertThat(peer.host.counter("tcp.tx.gathered.bytes")).isPositive();
        finish();
    }

    @Test
    void anOddRestOfAnEntryKeepsTheChecksumRight() { // EnginePeer checks each
        connect(1401, new TxOffloads(false, false, false, true, 0), 2048);
        push(0, 29_199, 1459);
        assertThat(lengths(29_199)).isEqualTo(full(29_199, 1401));
        finish();
    }

    @Test
    void whereTheDeviceCutsPacketsTheLastSegmentOfAnEntryIsFullToo() {
        for (boolean bodies : new boolean[] {false, true}) {
            connect(1400, new TxOffloads(false, false, false, bodies, 20_000), 2048);
            push(0, 29_200, 1460);
            assertThat(lengths(29_200)).as("bodies %s", bodies).isEqualTo(full(29_200, 1400));
            finish();
        }
    }

    @Test
    void largeEntriesAreCutInPlaceAndWhatIsBetweenThemIsPutTogetherIfThatSavesAPacket() {
        connect(1460, new TxOffloads(false, false, false, true, 20_000), 65_536);
        push(0, 10_000, 65_000);
        push(10_000, 10_000, 65_000);
        push(20_000, 10_000, 65_000);
        assertThat(lengths(30_000)).hasSize(full(30_000, 1460).size());
        assertThat(copied()).isZero();
        finish();
        connect(1460, new TxOffloads(false, false, false, true, 20_000), 65_536);
        push(0, 9_000, 65_000);
        push(9_000, 9_000, 65_000);
        push(18_000, 9_000, 65_000);
        assertThat(lengths(27_000)).isEqualTo(full(27_000, 1460));
        assertThat(copied()).isLessThan(2 * 1460);
        finish();
    }

    @Test
    void withoutSecondPiecesALargeEntryStaysWholeRatherThanHaveAllBehindItCopied() {
        connect(1460, new TxOffloads(false, false, false, false, 20_000), 65_536);
        push(0, 10_000, 65_000);
        push(10_000, 10_000, 65_000);
        lengths(20_000);
        assertThat(peer.host.givenDown).containsExactly(10_000, 10_000);
        assertThat(copied()).isZero();
        finish();
    }

    @Test
    void pushesOfHalfASegmentShareSegments() {
        connect(1460);
        for (int i = 0; i < 10; i++) {
            push(i * 600, 600, 1460);
        }
        assertThat(lengths(6_000)).containsExactly(1460, 1460, 1460, 1460, 160);
        finish();
    }

    @Test
    void nothingIsCopiedThatSavesNoPacket() {
        connect(1460);
        push(0, 1_024, 1460);
        push(1_024, 1_024, 1460);
        assertThat(lengths(2_048)).containsExactly(1_024, 1_024);
        assertThat(copied()).isZero();
        push(2_048, 1_400, 1460);
        push(3_448, 1_400, 1460);
        peer.turn();
        assertThat(copied()).isZero();
        peer.ack += 2_800;
        peer.acknowledge();
        finish();
    }

    @Test
    void aHeaderBeforeALongAnswerLeavesTheAnswerInPlace() { // one packet of sixteen is not worth sixteen copies
        connect(1460);
        push(0, 20, 1460);
        push(20, 29_200, 1460);
        assertThat(lengths(29_220)).hasSize(21).startsWith(20, 1460);
        assertThat(copied()).isZero();
        finish();
    }

    @Test
    void aHeaderAndAShortAnswerShareASegment() {
        connect(1460);
        push(0, 20, 1460);
        push(20, 1_024, 1460);
        assertThat(lengths(1_044)).containsExactly(1_044);
        finish();
    }

    @Test
    void anEntryThatWasPutTogetherIsSentAgainAsItWas() {
        connect(1400, new TxOffloads(false, false, false, true, 0), 2048);
        peer.host.deviceHoldsForTurns = 3;
        push(0, 5_840, 1460);
        List<Seg> sent = peer.turn();
        assertThat(sent).extracting(Seg::length).containsExactly(1400, 1400, 1400, 1400, 240);
        peer.ack += 1400;
        peer.acknowledge();
        peer.acknowledge();
        peer.acknowledge();
        List<Seg> again = peer.acknowledge();
        assertThat(again).hasSize(1);
        assertThat(again.get(0).payload).isEqualTo(pattern(1400, 1400));
        peer.ack += 4_440;
        peer.acknowledge();
        finish();
    }

    @Test
    void aSliceBetweenFramesIsSharedOut() {
        connect(1460);
        Buffer whole = peer.host.pool.allocate().length(700);
        whole.putBytes(0, pattern(0, 700), 0, 700);
        Buffer slice = whole.slice(0, 700);
        peer.host.push(socket, slice);
        slice.release();
        whole.release();
        push(700, 2_220, 1460);
        assertThat(lengths(2_920)).containsExactly(1460, 1460);
        finish();
    }
}
