package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A server with much to say, and peers that do not take it. */
class SlowPeersTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final long SECOND = 1_000_000_000L;
    private static final int FRAMES = 512;

    private final TwoEngines net = new TwoEngines(
            5, TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 3_000), TcpConfig.defaults(), FRAMES);
    private final TcpSocket listener = net.b.listen(7, 64);
    private final List<TcpSocket> clients = new ArrayList<>();
    private final List<TcpSocket> servers = new ArrayList<>();
    private final List<Op> waits = new ArrayList<>();

    private TcpSocket connect() {
        Op accept = net.b.accept(listener);
        TcpSocket client = net.a.open();
        Op connect = net.a.connect(client, net.b, 7);
        net.runUntil(() -> accept.isDone() && connect.isDone(), 10 * SECOND);
        clients.add(client);
        servers.add(accept.accepted);
        waits.add(net.b.pop(accept.accepted));
        return client;
    }

    /** As a server does that has a long answer for each and looks at nothing but whether it may push. */
    private void pushAll(int segments) {
        for (TcpSocket s : servers) {
            if (s.connection() != null && s.connection().error == null && s.canPush()) {
                net.b.push(s, new byte[segments * 1_460]);
            }
        }
    }

    private long ended() {
        return net.b.counter("tcp.connections.ended.slow");
    }

    private void finish() {
        net.application = null;
        net.shutDown();
        net.close();
    }

    @Test
    void endsThoseWhoTakeNothingOnceFramesAreFew() {
        for (int i = 0; i < 20; i++) {
            connect();
        }
        net.application = () -> pushAll(8);
        net.runUntil(net.b.engine.context().budget::areFramesFew, SECOND);
        net.run(4 * SECOND);
        assertThat(ended()).isZero();
        net.application = null;
        net.runUntil(() -> !net.b.engine.context().budget.areFramesFew(), 3 * SECOND);
        assertThat(ended()).isBetween(1L, 19L); // no more than it takes
        long told = waits.stream()
                .filter(Op::isDone)
                .peek(pop -> assertThat(pop.status).isEqualTo(Status.CONNECTION_ABORTED))
                .count();
        assertThat(told).isEqualTo(ended());
        net.run(SECOND);
        assertThat(net.a.counter("tcp.resets.received")).isEqualTo(ended());
        finish();
    }

    @Test
    void waitsForThemAsLongAsFramesArePlenty() {
        connect(); // one send buffer, of the pool's three
        net.application = () -> pushAll(8);
        net.run(60 * SECOND);
        assertThat(net.b.engine.context().budget.areFramesFew()).isFalse();
        assertThat(ended()).isZero();
        finish();
    }

    /** One byte now and then keeps any connection of TCP alive; not the frames that it holds. */
    @Test
    void endsThoseWhoTakeAlmostNothing() {
        for (int i = 0; i < 20; i++) {
            connect();
        }
        long[] nextNanos = {0};
        net.application = () -> {
            pushAll(8);
            if (net.clock.nanos() >= nextNanos[0]) {
                nextNanos[0] = net.clock.nanos() + SECOND;
                clients.stream().filter(c -> c.connection().error == null).forEach(c -> net.a.pop(c, 1_500));
            }
        };
        net.run(20 * SECOND);
        assertThat(ended()).isZero();
        net.runUntil(() -> ended() > 0, 20 * SECOND);
        finish();
    }

    @Test
    void servesWhoReadsAllTheWhile() {
        for (int i = 0; i < 20; i++) {
            connect();
        }
        net.application = () -> pushAll(8);
        net.runUntil(net.b.engine.context().budget::areFramesFew, SECOND);
        TcpSocket reader = connect();
        int at = servers.size() - 1;
        Op[] pop = {net.a.pop(reader)};
        long[] read = {0};
        net.application = () -> {
            pushAll(8);
            if (pop[0].isDone()) {
                read[0] += pop[0].lengthBytes;
                pop[0] = net.a.pop(reader);
            }
        };
        net.run(20 * SECOND);
        assertThat(read[0]).isGreaterThan(1_000_000);
        assertThat(waits.get(at).isDone()).isFalse();
        assertThat(ended()).isPositive();
        finish();
    }

    /** What a server should write for a connection at once shrinks with what there is, and is never more than it may push. */
    @Test
    void saysHowMuchAPushMayBring() {
        connect();
        TcpSocket first = servers.getFirst();
        assertThat(first.sendRoomBytes()).isEqualTo(TcpConfig.defaults().sendBufferBytes());
        net.b.push(first, new byte[10_000]);
        assertThat(first.sendRoomBytes()).isEqualTo(TcpConfig.defaults().sendBufferBytes() - 10_000);
        List<io.penstock.memory.Buffer> hoard = new ArrayList<>();
        while (net.b.pool.freeFrames() >= FRAMES * 3 / 16) {
            hoard.add(ACCESS.allocateReserved(net.b.pool));
        }
        assertThat(first.sendRoomBytes()).isZero();
        assertThat(first.canPush()).isFalse();
        connect();
        assertThat(servers.getLast().sendRoomBytes()).isEqualTo(2 * 1_460);
        hoard.forEach(io.penstock.memory.Buffer::release);
        net.b.abort(first);
        assertThat(first.sendRoomBytes()).isZero();
        finish();
    }
}
