package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.MILLI;
import static io.penstock.libos.tcp.tcp.EnginePeer.SECOND;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.testkit.packet.Seg;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A table full of connections whose peers are gone without a word, and clients that want in. */
class VanishedPeersTest {
    private static final int TABLE = 64;

    private EnginePeer peer = new EnginePeer(TcpConfig.defaults().with(TcpSettings.MAX_CONNECTIONS, TABLE), 1_024);
    private TcpSocket listener = peer.host.listen(7, TABLE);
    private Op accept = peer.host.accept(listener);
    /** What a server has of each connection. */
    private final List<Op> pops = new ArrayList<>();

    private final List<TcpSocket> sockets = new ArrayList<>();
    /** By ports: the next number that the engine sends. */
    private final Map<Integer, Integer> acks = new HashMap<>();

    private final List<Seg> sent = new ArrayList<>();

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    /** The turn ends; the server accepts, pops, and closes what has failed; of the peers those answer for whom it is true. */
    private void turn(java.util.function.IntPredicate lives) {
        List<Seg> now = peer.turn();
        sent.addAll(now);
        for (Seg s : now) {
            int port = s.destinationPort;
            boolean isProbe = s.flags == Seg.ACK && s.seq == acks.getOrDefault(port, 0) - 1;
            if (isProbe && lives.test(port)) {
                answer(port);
            }
        }
        if (accept.isDone()) {
            sockets.add(accept.accepted);
            pops.add(peer.host.pop(accept.accepted));
            accept = peer.host.accept(listener);
        }
        for (int i = 0; i < pops.size(); i++) {
            if (pops.get(i).isDone() && pops.get(i).status != Status.OK) {
                peer.host.close(sockets.remove(i));
                pops.remove(i--);
            }
        }
    }

    private void answer(int port) {
        peer.port = port;
        peer.out(Seg.ACK).seq(5_001).ack(acks.get(port)).inject();
    }

    private void pass(long nanos, java.util.function.IntPredicate lives) {
        long end = peer.clock.nanos() + nanos;
        turn(lives);
        while (peer.host.engine.nextDeadlineNanos() <= end) {
            peer.clock.advanceTo(Math.max(peer.clock.nanos() + 1, peer.host.engine.nextDeadlineNanos()));
            turn(lives);
        }
        peer.clock.advanceTo(end);
        turn(lives);
    }

    /** A client with its own tries again of its first data, as others do it: 0.2 s, 0.4 s, 0.8 s... Returns how long it took. */
    private long connect(int port, long limitNanos, java.util.function.IntPredicate lives) {
        long begin = peer.clock.nanos();
        peer.port = port;
        Seg synAck = only(peer.out(Seg.SYN).seq(5_000).send());
        acks.put(port, synAck.seq + 1);
        long tryNanos = 200 * MILLI;
        while (true) {
            answer(port);
            turn(lives);
            turn(lives);
            if (sockets.stream().anyMatch(s -> s.connection().remotePort() == port)) {
                return peer.clock.nanos() - begin;
            }
            if (peer.clock.nanos() - begin > limitNanos) {
                return -1;
            }
            pass(tryNanos, lives);
            tryNanos *= 2;
        }
    }

    /** As many as fit, all at once. Returns how many. */
    private int fill() {
        int count = 0;
        while (peer.host.engine.context().freeSockets > 0) {
            assertThat(connect(10_000 + count, 0, _ -> true)).isZero();
            count++;
        }
        return count;
    }

    private long ended() {
        return peer.host.counter("tcp.connections.ended.vanished");
    }

    @Test
    void newClientsGetInOneAfterAnotherWhenAllOthersAreGone() {
        assertThat(fill()).isEqualTo(TABLE - 1); // and the listener
        pass(2 * SECOND, _ -> true);
        peer.pass(10 * SECOND);
        for (int i = 0; i < 100; i++) {
            assertThat(connect(20_000 + i, 3 * SECOND, port -> port >= 20_000 && port > 20_000 + 40))
                    .as("client %d", i)
                    .isBetween(0L, 3 * SECOND);
            pass(500 * MILLI, port -> port >= 20_000 && port > 20_000 + 40);
        }
        assertThat(ended()).isGreaterThan(TABLE - 8L);
        peer.host.remedies.reportNow(peer.clock.nanos());
        assertThat(peer.host.remedies.lastLine("tcp.connections.ended.vanished"))
                .contains("--keep-alive")
                .contains("198.18.0.9");
        assertThat(peer.host.counter("tcp.connections.timed-out")).isZero();
    }

    @Test
    void aTableFilledAMomentAgoLetsClientsInAsWell() {
        fill();
        assertThat(connect(20_000, 3 * SECOND, port -> port >= 20_000)).isBetween(0L, 3 * SECOND);
    }

    @Test
    void whoIsSilentAndAnswersStays() {
        int count = fill();
        pass(2 * SECOND, _ -> true);
        peer.pass(3_600 * SECOND);
        for (int i = 0; i < 20; i++) {
            assertThat(connect(20_000 + i, SECOND, _ -> true)).isEqualTo(-1);
        }
        assertThat(ended()).isZero();
        assertThat(sockets).hasSize(count);
        assertThat(pops).noneMatch(Op::isDone);
    }

    @Test
    void amongLivingOnesThoseWhoAreGoneAreFound() {
        fill();
        pass(2 * SECOND, _ -> true);
        peer.pass(10 * SECOND);
        int gone = 10_055; // behind most others in the order of asking
        assertThat(connect(20_000, 3 * SECOND, port -> port != gone)).isBetween(0L, 3 * SECOND);
        assertThat(ended()).isEqualTo(1);
        assertThat(sockets).noneMatch(s -> s.connection().remotePort() == gone);
        assertThat(sent.stream().filter(s -> s.has(Seg.RST))).hasSize(1).allMatch(s -> s.destinationPort == gone);
    }

    @Test
    void whoSpokeLatelyIsNotAsked() {
        int count = fill();
        pass(2 * SECOND, _ -> true);
        peer.pass(10 * SECOND);
        for (int i = 0; i < count / 2; i++) {
            answer(10_000 + i);
        }
        sent.clear();
        assertThat(connect(20_000, 3 * SECOND, port -> port < 10_000 + count / 2))
                .isBetween(0L, 3 * SECOND);
        assertThat(sent)
                .noneMatch(s -> s.length() == 0
                        && !s.has(Seg.SYN)
                        && s.destinationPort >= 10_000
                        && s.destinationPort < 10_000 + count / 2);
    }

    @Test
    void oneLostAnswerEndsNobody() {
        fill();
        pass(2 * SECOND, _ -> true);
        peer.pass(10 * SECOND);
        Map<Integer, Integer> asked = new HashMap<>();
        assertThat(connect(20_000, 3 * SECOND, port -> asked.merge(port, 1, Integer::sum) % 3 == 0))
                .isEqualTo(-1);
        assertThat(ended()).isZero();
    }

    @Test
    void probingBeginsWithinTheReserve() {
        while (peer.host.engine.context().freeSockets > TABLE / 16 + 1) {
            connect(10_000 + sockets.size(), 0, _ -> true);
        }
        peer.pass(10 * SECOND);
        assertThat(peer.host.counter("tcp.keep-alives.sent")).isZero();
        connect(20_000, 0, _ -> false);
        connect(20_001, 0, _ -> false);
        pass(2 * SECOND, port -> port >= 20_000);
        assertThat(ended()).isPositive();
        assertThat(peer.host.engine.context().freeSockets).isGreaterThan(TABLE / 16);
        long before = peer.host.counter("tcp.keep-alives.sent");
        pass(60 * SECOND, port -> port >= 20_000);
        assertThat(peer.host.counter("tcp.keep-alives.sent"))
                .as("there is room again")
                .isEqualTo(before);
    }

    @Test
    void spoofedSynsCauseNoProbes() {
        fill();
        pass(2 * SECOND, _ -> true);
        peer.pass(10 * SECOND);
        long before = peer.host.counter("tcp.keep-alives.sent");
        for (int i = 0; i < 1_000; i++) {
            peer.port = 30_000 + i;
            peer.out(Seg.SYN).seq(77).send();
        }
        peer.pass(10 * SECOND);
        assertThat(peer.host.counter("tcp.keep-alives.sent")).isEqualTo(before);
    }

    /** All sockets are in use, and one control block is not, as the listener has none: whoever gets it waits for a socket. */
    @Test
    void whatWaitsForASocketGetsOne() {
        fill();
        pass(2 * SECOND, _ -> true);
        peer.pass(10 * SECOND);
        connect(20_000, 0, _ -> true);
        assertThat(listener.listener().ready.size()).isEqualTo(1);
        pass(1_200 * MILLI, port -> port >= 20_000); // it does nothing any more
        assertThat(sockets).anyMatch(s -> s.connection().remotePort() == 20_000);
    }

    @Test
    void whatWaitsForADescriptorGetsOne() {
        for (int i = 0; i < 20; i++) {
            connect(10_000 + i, 0, _ -> true);
        }
        peer.pass(10 * SECOND);
        peer.host.noDescriptors = true;
        connect(20_000, 0, _ -> true);
        pass(1_200 * MILLI, port -> port >= 20_000);
        assertThat(ended()).isPositive();
        peer.host.noDescriptors = false;
        turn(_ -> true);
        turn(_ -> true);
        assertThat(sockets).anyMatch(s -> s.connection().remotePort() == 20_000);
    }

    @Test
    void whatIsLeftOfClosedQueuesMakesRoom() {
        int count = fill();
        sockets.forEach(s -> peer.host.close(s)); // FINs that nobody will acknowledge
        sockets.clear();
        pops.clear();
        peer.pass(SECOND);
        assertThat(peer.host.engine.connections()).isEqualTo(count);
        // One control block is left, and all sockets: that is within the reserve.
        assertThat(connect(20_000, 3 * SECOND, port -> port >= 20_000)).isBetween(0L, 3 * SECOND);
        assertThat(connect(20_001, 3 * SECOND, port -> port >= 20_000)).isBetween(0L, 3 * SECOND);
        assertThat(ended()).isPositive();
    }

    @Test
    void whoVanishedWithDataUnderWayMakesRoom() {
        fill();
        sockets.forEach(s -> peer.host.push(s, new byte[10]));
        peer.pass(2 * SECOND);
        assertThat(connect(20_000, 3 * SECOND, port -> port >= 20_000)).isBetween(0L, 3 * SECOND);
    }

    @Test
    void aPeerThatBeganAnewAnswersByAReset() {
        fill();
        pass(2 * SECOND, _ -> true);
        peer.pass(10 * SECOND);
        connect(20_000, 0, _ -> false);
        pass(30 * MILLI, _ -> false);
        Seg probe = sent.stream()
                .filter(s -> s.flags == Seg.ACK && s.destinationPort < 20_000)
                .findFirst()
                .orElseThrow();
        peer.port = probe.destinationPort;
        peer.out(Seg.RST).seq(probe.ack).inject();
        turn(_ -> false);
        turn(_ -> false);
        assertThat(sockets).noneMatch(s -> s.connection().remotePort() == probe.destinationPort);
        assertThat(ended()).isZero();
    }

    @Test
    void peersWithoutAWayAreGoneAsWell() {
        fill();
        pass(2 * SECOND, _ -> true);
        peer.pass(10 * SECOND);
        peer.port = 20_000;
        Seg synAck = only(peer.out(Seg.SYN).seq(5_000).send());
        acks.put(20_000, synAck.seq + 1);
        answer(20_000);
        turn(_ -> false);
        peer.host.unreachable = true;
        pass(1_500 * MILLI, _ -> false);
        peer.host.unreachable = false;
        assertThat(ended()).isPositive();
        answer(20_000);
        turn(_ -> false);
        turn(_ -> false);
        assertThat(sockets).anyMatch(s -> s.connection().remotePort() == 20_000);
    }

    @Test
    void aFullTransmitQueueEndsNobody() {
        fill();
        pass(2 * SECOND, _ -> true);
        peer.pass(10 * SECOND);
        connect(20_000, 0, _ -> true);
        sent.clear();
        peer.host.transmitQueue = 0;
        pass(5 * SECOND, _ -> true);
        peer.host.transmitQueue = 1_000;
        pass(5 * SECOND, _ -> true);
        assertThat(ended()).isZero();
    }
}
