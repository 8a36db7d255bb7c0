package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import io.penstock.testkit.packet.Seg;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Everything is bounded, and a bound is an answer. */
class BackpressureTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    private final EnginePeer peer = new EnginePeer(TcpConfig.defaults()
            .with(TcpSettings.SEND_BUFFER, 5_000)
            .with(TcpSettings.MAX_PENDING_PUSHES, 4)
            .with(TcpSettings.MAX_CONNECTIONS, 8)
            .with(TcpSettings.BURST_SEGMENTS, 3));
    private TcpSocket socket;

    @BeforeEach
    void connect() {
        socket = peer.accepted();
    }

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    @Test
    void takesNoPushBeyondSoManyBytesUntilSomeAreAcknowledged() {
        assertThat(socket.canPush()).isTrue();
        peer.host.push(socket, pattern(0, 4_999));
        assertThat(socket.canPush()).isTrue();
        peer.host.push(socket, pattern(0, 4_999));
        assertThat(socket.canPush()).isFalse();
        while (socket.connection().send.una != socket.connection().send.end) {
            peer.turn();
            peer.ack = socket.connection().send.nxt;
            peer.acknowledge();
        }
        assertThat(socket.canPush()).isTrue();
    }

    @Test
    void takesNoPushBeyondSoManyOperations() {
        for (int i = 0; i < 4; i++) {
            assertThat(socket.canPush()).isTrue();
            peer.host.push(socket, new byte[1]);
        }
        assertThat(socket.canPush()).isFalse();
        peer.turn();
        peer.ack += 1;
        peer.acknowledge();
        assertThat(socket.canPush()).isTrue();
    }

    @Test
    void sendsSoManySegmentsInATurnThatOthersGetTheirs() {
        peer.host.push(socket, pattern(0, 1460 * 7));
        assertThat(peer.turn()).hasSize(3);
        assertThat(peer.turn()).hasSize(3);
        assertThat(peer.turn()).hasSize(1);
    }

    @Test
    void goesOnNextTurnWhenTheTransmitQueueWasFull() {
        peer.host.transmitQueue = 2;
        peer.host.push(socket, pattern(0, 1460 * 3));
        assertThat(peer.turn()).extracting(s -> s.seq - peer.ack).containsExactly(0, 1460);
        assertThat(peer.turn()).extracting(s -> s.seq - peer.ack).containsExactly(2920);
        assertThat(peer.host.counter("tcp.tx.blocked")).isPositive();
    }

    @Test
    void rememberstheAckThatItOwesWhenTheTransmitQueueWasFull() {
        peer.host.transmitQueue = 0;
        assertThat(peer.out(Seg.FIN | Seg.ACK).send()).isEmpty();
        assertThat(peer.turn()).isEmpty();
        peer.host.transmitQueue = 1;
        assertThat(only(peer.turn()).ack).isEqualTo(peer.seq + 1);
    }

    @Test
    void sendsInPlaceThoughNoFrameIsFreeForAnAck() {
        List<Buffer> hoard = new ArrayList<>();
        Buffer mine = peer.host.pool.allocate().length(100);
        peer.out(Seg.ACK).payload(10).send();
        for (Buffer b = ACCESS.allocateReserved(peer.host.pool);
                b != null;
                b = ACCESS.allocateReserved(peer.host.pool)) {
            hoard.add(b);
        }
        Op push = peer.host.push(socket, mine);
        mine.release();
        Seg data = only(peer.turn());
        assertThat(data.ack).isEqualTo(peer.seq + 10);
        peer.seq += 10;
        hoard.forEach(Buffer::release);
        peer.ack += 100;
        peer.acknowledge();
        assertThat(push.status).isEqualTo(Status.OK);
    }

    @Test
    void sendsTheAckLaterWhenNoFrameWasFree() {
        List<Buffer> hoard = new ArrayList<>();
        peer.out(Seg.FIN | Seg.ACK).inject();
        for (Buffer b = ACCESS.allocateReserved(peer.host.pool);
                b != null;
                b = ACCESS.allocateReserved(peer.host.pool)) {
            hoard.add(b);
        }
        assertThat(peer.turn()).isEmpty();
        assertThat(peer.host.engine.nextDeadlineNanos()).isLessThan(peer.clock.nanos() + 1_000_000);
        hoard.forEach(Buffer::release);
        assertThat(only(peer.turn()).ack).isEqualTo(peer.seq + 1);
    }

    @Test
    void opensNoMoreSocketsThanItMay() {
        List<TcpSocket> open = new ArrayList<>();
        for (TcpSocket s = peer.host.open(); s != null; s = peer.host.open()) {
            open.add(s);
        }
        assertThat(open).hasSize(6); // eight, less the listener and its connection
        open.get(0).abort();
        assertThat(peer.host.open()).isNotNull();
    }

    @Test
    void connectAnswersNoMemoryWhenThereAreAsManyConnectionsAsThereMayBe() {
        TcpSocket listener = peer.host.listen(9, 16);
        peer.hostPort = 9;
        for (int i = 0; i < 10; i++) {
            peer.port++;
            Seg synAck = only(peer.out(Seg.SYN).send());
            peer.out(Seg.ACK).seq(peer.seq + 1).ack(synAck.seq + 1).send();
        }
        assertThat(peer.host.engine.connectionsBegun()).isEqualTo(8 + 3); // three are half open, and stay so
        assertThat(peer.host.counter("tcp.listen.overflow")).isEqualTo(3);
        Op connect = peer.host.connect(peer.host.open(), peer.address, 1);
        peer.turn();
        assertThat(connect.status).isEqualTo(Status.NO_MEMORY);
        listener.abort();
        peer.turn();
        assertThat(peer.host.engine.connectionsBegun()).isEqualTo(1);
    }

    @Test
    void manyOperationsOfOneQueueEndInTheirOrder() {
        List<Op> pops = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            pops.add(peer.host.pop(socket, 10));
        }
        int begin = peer.seq;
        peer.data(1_000);
        for (int i = 0; i < 100; i++) {
            assertThat(pops.get(i).bytes).isEqualTo(pattern(begin + i * 10, 10));
        }
    }
}
