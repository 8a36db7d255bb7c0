package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import io.penstock.testkit.packet.Seg;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whose bytes are where: by addresses. */
class ZeroCopyTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    private final EnginePeer peer = new EnginePeer();
    private final List<Long> sentFrom = new ArrayList<>();
    private TcpSocket socket;

    @BeforeEach
    void connect() {
        socket = peer.accepted();
        peer.host.wire = (from, at, length) -> {
            sentFrom.add(at);
            peer.carry(from, at, length);
        };
    }

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    /** A pop whose buffer stays with the test. */
    private Buffer popBuffer(int maxBytes) {
        int slot = peer.host.operations.open(Opcode.POP, socket.descriptor());
        socket.pop(slot, maxBytes);
        Completion completion = new Completion();
        peer.host.operations.take(slot, completion);
        assertThat(completion.status()).isEqualTo(Status.OK);
        return completion.buffer();
    }

    private long copied() {
        return peer.host.counter("tcp.tx.copied.bytes");
    }

    @Test
    void popsTheVeryFrameThatTheSegmentCameIn() {
        long expected = peer.host.pool.allocate().frameAddress(); // the frame that is next on the stack of free ones
        ACCESS.frameAt(peer.host.pool, expected).release();
        peer.data(100);
        Buffer popped = popBuffer(Integer.MAX_VALUE);
        assertThat(popped.frameAddress()).isEqualTo(expected);
        assertThat(popped.offset()).isEqualTo(256 + TcpHost.HEADER_ROOM + 20);
        assertThat(popped.length()).isEqualTo(100);
        assertThat(popped.references()).isEqualTo(1);
        popped.release();
    }

    @Test
    void popsPartsAsSlicesOfTheSameFrame() {
        peer.data(100);
        Buffer first = popBuffer(30);
        Buffer second = popBuffer(30);
        Buffer rest = popBuffer(1000);
        assertThat(first.length()).isEqualTo(30);
        assertThat(rest.length()).isEqualTo(40);
        assertThat(second.address()).isEqualTo(first.address() + 30);
        assertThat(rest.address()).isEqualTo(first.address() + 60);
        first.release();
        rest.release();
        assertThat(peer.host.pool.framesInUse()).isEqualTo(1);
        second.release();
        assertThat(peer.host.pool.framesInUse()).isZero();
    }

    @Test
    void sendsThePushedFrameItselfWithItsHeaderInTheHeadroom() {
        Buffer b = peer.host.pool.allocate().length(100);
        Op push = peer.host.push(socket, b);
        long payload = b.address();
        b.release();
        only(peer.turn());
        assertThat(sentFrom).containsExactly(payload - 20);
        assertThat(copied()).isZero();
        assertThat(peer.host.pool.framesInUse()).isEqualTo(1); // until it is acknowledged
        peer.ack += 100;
        peer.acknowledge();
        assertThat(push.status).isEqualTo(Status.OK);
        assertThat(peer.host.pool.framesInUse()).isZero();
    }

    @Test
    void echoesAFrameWithoutMovingAByte() {
        peer.data(100);
        Buffer popped = popBuffer(Integer.MAX_VALUE);
        long payload = popped.address();
        peer.host.push(socket, popped);
        popped.release();
        Seg echo = only(peer.turn());
        assertThat(echo.payload).isEqualTo(pattern(peer.seq - 100, 100));
        assertThat(sentFrom).containsExactly(payload - 20);
        assertThat(copied()).isZero();
    }

    @Test
    void sendsTheSameFrameAgain() {
        Buffer b = peer.host.pool.allocate().length(100);
        long payload = b.address();
        peer.host.push(socket, b);
        b.release();
        peer.pass(SECOND);
        assertThat(sentFrom).hasSize(3).containsOnly(payload - 20);
        assertThat(copied()).isZero();
    }

    @Test
    void sendsAChainOfFramesEachInPlace() {
        Buffer chain = peer.host.pool.allocate(4_000, 1460);
        List<Long> expected = new ArrayList<>();
        for (Buffer b = chain; b != null; b = b.next()) {
            expected.add(b.address() - 20);
        }
        peer.host.push(socket, chain);
        chain.release();
        assertThat(peer.turn()).extracting(Seg::length).containsExactly(1460, 1460, 1080);
        assertThat(sentFrom).isEqualTo(expected);
        assertThat(copied()).isZero();
    }

    @Test
    void copiesASliceAndLeavesTheFrameAroundItAlone() {
        Buffer whole = peer.host.pool.allocate().length(200);
        whole.putBytes(0, pattern(0, 200), 0, 200);
        Buffer slice = whole.slice(100, 50);
        peer.host.push(socket, slice);
        slice.release();
        assertThat(only(peer.turn()).payload).isEqualTo(pattern(100, 50));
        assertThat(copied()).isEqualTo(50);
        byte[] after = new byte[200];
        whole.getBytes(0, after, 0, 200);
        assertThat(after).isEqualTo(pattern(0, 200));
        whole.release();
    }

    @Test
    void copiesWhatAnotherPushHolds() {
        Buffer b = peer.host.pool.allocate().length(1400);
        b.putBytes(0, pattern(0, 1400), 0, 1400);
        peer.host.push(socket, b);
        peer.host.push(socket, b);
        b.release();
        List<Seg> sent = peer.turn();
        assertThat(sent).hasSize(2).allMatch(s -> java.util.Arrays.equals(s.payload, pattern(0, 1400)));
        // Held twice, so neither may write into the headroom while the other needs it.
        assertThat(copied()).isPositive();
        peer.ack += 2800;
        peer.acknowledge();
        assertThat(peer.host.pool.framesInUse()).isZero();
    }

    @Test
    void copiesASegmentThatBeginsInTheMiddleOfAFrame() {
        EnginePeer small = new EnginePeer();
        TcpSocket s = small.accepted(2, 4, 2, 0); // 512 bytes
        Buffer b = small.host.pool.allocate().length(1200);
        b.putBytes(0, pattern(0, 1200), 0, 1200);
        small.host.push(s, b);
        b.release();
        List<Seg> sent = small.turn();
        assertThat(sent).extracting(Seg::length).containsExactly(512, 512, 176);
        assertThat(sent.get(1).payload).isEqualTo(pattern(512, 512));
        assertThat(small.host.counter("tcp.tx.copied.bytes")).isEqualTo(688);
        small.finish();
        small.close();
    }

    @Test
    void copiesWhatHasNoRoomInFront() {
        Buffer b = ACCESS.window(peer.host.pool.allocate(), 40, 100);
        peer.host.push(socket, b);
        b.release();
        assertThat(peer.turn()).hasSize(1);
        assertThat(copied()).isEqualTo(100);
    }

    @Test
    void gathersSmallPushesThatWaitTogether() {
        List<Op> pushes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            pushes.add(peer.host.push(socket, pattern(i * 10, 10)));
        }
        assertThat(only(peer.turn()).payload).isEqualTo(pattern(0, 200));
        peer.ack += 95; // nine and a half of them
        peer.acknowledge();
        assertThat(pushes)
                .extracting(Op::isDone)
                .containsSubsequence(true, false)
                .filteredOn(d -> d)
                .hasSize(9);
        peer.ack += 105;
        peer.acknowledge();
        assertThat(pushes).allMatch(Op::isDone);
    }

    @Test
    void pushesOfNothingEndInTheirTurn() {
        Op empty = peer.host.push(socket, new byte[0]);
        Op data = peer.host.push(socket, pattern(0, 10));
        Op emptyBehind = peer.host.push(socket, new byte[0]);
        peer.turn();
        assertThat(empty.status).isEqualTo(Status.OK);
        assertThat(emptyBehind.isDone()).isFalse();
        peer.ack += 10;
        peer.acknowledge();
        assertThat(data.status).isEqualTo(Status.OK);
        assertThat(emptyBehind.status).isEqualTo(Status.OK);
    }
}
