package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.memory.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever waits for room is told whatever it was that there was none of. */
class SendRoomTest {
    private final EnginePeer peer = new EnginePeer(TcpConfig.defaults()
            .with(TcpSettings.SEND_BUFFER, 5_000)
            .with(TcpSettings.MAX_PENDING_PUSHES, 4)
            .with(TcpSettings.MAX_CONNECTIONS, 8));
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
    void ofOperationsOfTheConnection() {
        for (int i = 0; i < 4; i++) {
            peer.host.push(socket, new byte[1]);
        }
        Op room = peer.host.awaitRoom(socket);
        peer.turn();
        assertThat(room.isDone()).isFalse();
        assertThat(peer.host.engine.nextDeadlineNanos())
                .as("nobody looks at it before an acknowledgement")
                .isGreaterThan(peer.host.clock.nanos() + 1_000_000);
        peer.ack += 1;
        peer.acknowledge();
        peer.turn();
        assertThat(room.isDone()).isTrue();
        assertThat(room.status).isEqualTo(Status.OK);
        assertThat(socket.canPush()).isTrue();
    }

    @Test
    void ofTheSendBuffer() {
        peer.host.push(socket, pattern(0, 5_000));
        Op room = peer.host.awaitRoom(socket);
        peer.turn();
        assertThat(room.isDone()).isFalse();
        assertThat(socket.set(QueueOption.Amount.SEND_BUFFER_BYTES, 6_000)).isEqualTo(Status.OK);
        peer.turn();
        assertThat(room.isDone()).isTrue();
        assertThat(room.status).isEqualTo(Status.OK);
    }

    @Test
    void ofTheFramesThatAllShare() {
        peer.host.push(socket, new byte[1]);
        List<Buffer> taken = new ArrayList<>();
        while (socket.canPush()) {
            taken.add(peer.host.pool.allocate());
        }
        Op room = peer.host.awaitRoom(socket);
        peer.turn();
        peer.turn();
        assertThat(room.isDone()).isFalse();
        assertThat(peer.host.engine.nextDeadlineNanos())
                .as("a sleeping loop looks again")
                .isLessThanOrEqualTo(peer.host.clock.nanos() + 1_000_000);
        taken.forEach(Buffer::release);
        peer.turn();
        assertThat(room.isDone()).isTrue();
        assertThat(room.status).isEqualTo(Status.OK);
    }
}
