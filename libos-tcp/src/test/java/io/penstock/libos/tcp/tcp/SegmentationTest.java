package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.MILLI;
import static io.penstock.libos.tcp.tcp.EnginePeer.MSS;
import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.libos.tcp.ip.TxOffloads;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import io.penstock.testkit.packet.Seg;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a connection gives down for the device to cut: never more than it could have sent in segments, and never twice. */
class SegmentationTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int FRAME_BYTES = 65_536;
    private static final int MAX_TSO_BYTES = 20_000;
    private static final int INITIAL_WINDOW = 10 * MSS;

    private EnginePeer peer;
    private TcpSocket socket;
    private int first;

    @BeforeEach
    void connect() {
        connect(TcpConfig.defaults());
    }

    private void connect(TcpConfig config) {
        peer = new EnginePeer(config, 64, FRAME_BYTES);
        peer.host.offloads = new TxOffloads(false, false, false, true, MAX_TSO_BYTES);
        peer.window = 65_535;
        socket = peer.accepted();
        first = peer.ack;
        takeGivenDown(); // the handshake
    }

    private void reconnect(TcpConfig config) {
        everyFrameIsHome();
        connect(config);
    }

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    private List<Seg> push(int length) {
        peer.host.push(socket, pattern(0, length), 0, length, FRAME_BYTES);
        return peer.turn();
    }

    /** Checks that segments follow one another in the stream, and returns how many bytes they have. */
    private int assertStream(List<Seg> segments, int from) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Seg s : segments) {
            assertThat(s.seq).isEqualTo(first + from + all.size());
            all.writeBytes(s.payload);
        }
        assertThat(all.toByteArray()).isEqualTo(pattern(from, all.size()));
        return all.size();
    }

    private List<Integer> takeGivenDown() {
        List<Integer> taken = List.copyOf(peer.host.givenDown);
        peer.host.givenDown.clear();
        return taken;
    }

    private List<Seg> acknowledge(int bytes) {
        peer.ack += bytes;
        return peer.acknowledge();
    }

    @Test
    void oneBufferGoesDownInOnePacketAsFarAsTheCongestionWindowAllows() {
        List<Seg> sent = push(40_000);
        assertThat(takeGivenDown()).containsExactly(INITIAL_WINDOW);
        assertThat(sent).extracting(Seg::length).containsOnly(MSS);
        assertThat(assertStream(sent, 0)).isEqualTo(INITIAL_WINDOW);
        assertThat(sent).noneMatch(s -> s.has(Seg.PSH));
        List<Seg> more = acknowledge(2 * MSS); // slow start: two have left, one more is allowed
        assertThat(takeGivenDown()).containsExactly(3 * MSS);
        assertThat(assertStream(more, INITIAL_WINDOW)).isEqualTo(3 * MSS);
    }

    @Test
    void thePeersWindowIsFilledWithWholeSegments() {
        peer.out(Seg.ACK).window(4_000).send();
        List<Seg> sent = push(40_000);
        assertThat(takeGivenDown()).containsExactly(2 * MSS);
        assertThat(sent).extracting(Seg::length).containsExactly(MSS, MSS);
    }

    @Test
    void noPacketIsLargerThanTheDeviceCuts() {
        reconnect(TcpConfig.defaults().with(TcpSettings.INITIAL_WINDOW, 40));
        List<Seg> sent = push(40_000);
        assertThat(takeGivenDown()).containsExactly(13 * MSS, 13 * MSS, 40_000 - 26 * MSS);
        assertThat(assertStream(sent, 0)).isEqualTo(40_000);
    }

    @Test
    void aConnectionsShareOfATurnCountsSegments() {
        reconnect(TcpConfig.defaults().with(TcpSettings.BURST_SEGMENTS, 4));
        List<Seg> sent = push(40_000);
        assertThat(takeGivenDown()).containsExactly(4 * MSS);
        sent = new ArrayList<>(sent);
        sent.addAll(peer.turn());
        assertThat(takeGivenDown()).containsExactly(4 * MSS);
        sent.addAll(peer.turn());
        assertThat(takeGivenDown()).containsExactly(2 * MSS);
        assertThat(assertStream(sent, 0)).isEqualTo(INITIAL_WINDOW);
    }

    @Test
    void pushAndFinStandOnTheLastSegmentOnly() {
        peer.host.push(socket, pattern(0, 5_000), 0, 5_000, FRAME_BYTES);
        assertThat(socket.shutdown()).isEqualTo(Status.OK);
        List<Seg> sent = peer.turn();
        assertThat(takeGivenDown()).containsExactly(5_000);
        assertThat(sent)
                .extracting(s -> s.flags)
                .containsExactly(Seg.ACK, Seg.ACK, Seg.ACK, Seg.ACK | Seg.PSH | Seg.FIN);
        assertThat(assertStream(sent, 0)).isEqualTo(5_000);
        assertThat(acknowledge(5_001)).isEmpty();
        assertThat(peer.pass(10 * SECOND)).as("all of it was acknowledged").isEmpty();
    }

    @Test
    void whatFitsASegmentIsNotCut() {
        only(push(MSS));
        assertThat(takeGivenDown()).containsExactly(MSS);
        assertThat(peer.host.counter("tcp.tx.tso.packets")).isZero();
        acknowledge(MSS);
    }

    @Test
    void theFirstSegmentOfAPacketIsTheOneThatIsTimed() {
        push(40_000);
        peer.clock.advance(40 * MILLI);
        acknowledge(MSS);
        TcpConnection c = peer.host.engine.context().connections.any();
        assertThat(c.send.rtt.srttNanos())
                .as("an eighth of it: the handshake took no time")
                .isEqualTo(5 * MILLI);
    }

    @Test
    void oneLostSegmentOutOfAPacketIsSentAgainAlone() {
        push(40_000);
        takeGivenDown();
        acknowledge(2 * MSS);
        takeGivenDown();
        List<Seg> again = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            again.addAll(peer.acknowledge());
        }
        Seg lost =
                again.stream().filter(s -> s.seq == first + 2 * MSS).findFirst().orElseThrow();
        assertThat(lost.payload).isEqualTo(pattern(2 * MSS, MSS));
        assertThat(again.stream().filter(s -> s.seq - first < 13 * MSS))
                .as("nothing else")
                .hasSize(1);
        assertThat(peer.host.counter("tcp.retransmits.fast")).isEqualTo(1);
        assertThat(peer.host.counter("tcp.tx.copied.bytes")).isZero();
    }

    @Test
    void afterATimeoutNothingIsCutThatWasSentBefore() {
        push(30_000);
        takeGivenDown();
        List<Seg> again = peer.pass(3 * SECOND);
        assertThat(again).isNotEmpty().allMatch(s -> s.length() == MSS && s.seq == first);
        assertThat(takeGivenDown()).containsOnly(MSS);
        List<Seg> next = acknowledge(MSS);
        assertThat(takeGivenDown()).containsOnly(MSS);
        assertStream(next, MSS);
        // All that was under way had arrived: what follows is new, and is cut again.
        List<Seg> fresh = acknowledge(9 * MSS);
        assertThat(assertStream(fresh, INITIAL_WINDOW))
                .isEqualTo(takeGivenDown().stream().mapToInt(Integer::intValue).sum());
    }

    @Test
    void aPartOfABufferThatTheDeviceStillHoldsIsSentAgainBehindOtherHeaders() {
        peer.host.deviceHoldsForTurns = 1_000;
        List<Seg> sent = push(40_000); // in place: its headers stand in the buffer's headroom
        assertThat(sent).hasSize(10);
        assertThat(peer.host.counter("tcp.tx.gathered.bytes")).isZero();
        List<Seg> again = peer.pass(5 * SECOND);
        assertThat(again).isNotEmpty().allMatch(s -> s.seq == first && Arrays.equals(s.payload, pattern(0, MSS)));
        assertThat(peer.host.counter("tcp.tx.gathered.bytes")).isEqualTo((long) again.size() * MSS);
        assertThat(peer.host.counter("tcp.tx.copied.bytes")).isZero();
    }

    @Test
    void whatTheDeviceHasNotReadYetIsWaitedForOnce() {
        for (boolean holds : new boolean[] {false, true}) {
            reconnect(TcpConfig.defaults());
            peer.host.deviceHoldsForTurns = holds ? 1_000 : 0;
            Buffer noHeadroom = ACCESS.window(peer.host.pool.allocate(), 0, 30_000);
            peer.host.push(socket, noHeadroom);
            noHeadroom.release();
            peer.turn();
            assertThat(peer.host.counter("tcp.tx.gathered.bytes")).isEqualTo(INITIAL_WINDOW);
            long rto = peer.host.engine.context().connections.any().send.rtt.rtoNanos();
            assertThat(peer.pass(rto + rto / 2).isEmpty()).isEqualTo(holds);
            assertThat(peer.pass(2 * rto)).isNotEmpty();
        }
    }

    @Test
    void withoutBodiesOnlyTheBeginningOfABufferIsCut() {
        peer.host.offloads = new TxOffloads(false, false, false, false, MAX_TSO_BYTES);
        push(40_000);
        assertThat(takeGivenDown()).containsExactly(INITIAL_WINDOW);
        List<Seg> more = acknowledge(INITIAL_WINDOW);
        assertThat(takeGivenDown()).containsOnly(MSS);
        assertStream(more, INITIAL_WINDOW);
        assertThat(peer.host.counter("tcp.tx.copied.bytes")).isPositive();
    }

    @Test
    void whatIsCutDoesNotEndShortIfShortSegmentsAreHeldBack() {
        for (QueueOption.Flag option : QueueOption.Flag.values()) {
            reconnect(TcpConfig.defaults());
            socket.set(option, option == QueueOption.Flag.CORK);
            assertThat(assertStream(push(4 * EnginePeer.MSS + 100), 0)).isEqualTo(4 * EnginePeer.MSS);
            socket.set(option, option != QueueOption.Flag.CORK);
            assertThat(assertStream(peer.turn(), 4 * EnginePeer.MSS)).isEqualTo(100);
        }
    }
}
