package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Peers that only send and never read, against a server that echoes. */
class ScarcityTest {
    private static final long SECOND = 1_000_000_000L;

    /** What the server knows of a connection. */
    private static final class Served {
        private final TcpSocket socket;
        private Op pop;
        private byte[] unsent;

        Served(TcpSocket socket) {
            this.socket = socket;
        }
    }

    private final List<Served> served = new ArrayList<>();

    private void echo(TwoEngines net) {
        for (Served s : served) {
            if (s.pop != null && s.pop.isDone() && s.pop.bytes.length > 0) {
                s.unsent = s.pop.bytes;
                s.pop = null;
            }
            if (s.unsent != null && s.socket.canPush() && net.b.push(s.socket, s.unsent) != null) {
                s.unsent = null;
            }
            if (s.unsent == null && s.pop == null) {
                s.pop = net.b.pop(s.socket);
            }
        }
    }

    @Test
    void peersThatNeverReadCannotStopThoseThatDo() {
        TcpConfig client = TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, 2_000);
        try (TwoEngines net = new TwoEngines(9, client, TcpConfig.defaults(), 512)) {
            TcpSocket listener = net.b.listen(7, 16);
            List<TcpSocket> greedy = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                greedy.add(open(net, listener));
            }
            net.application = () -> {
                for (TcpSocket s : greedy) {
                    if (s.canPush()) {
                        net.a.push(s, new byte[1460]);
                    }
                }
                echo(net);
            };
            net.run(2 * SECOND);
            assertThat(net.b.engine.context().budget.isBusy()).isTrue();
            assertThat(net.b.pool.freeFrames()).isGreaterThanOrEqualTo(512 / 16 - 1);
            TcpSocket honest = open(net, listener);
            for (int i = 0; i < 50; i++) {
                byte[] request = EnginePeer.pattern(i, 100);
                Op pop = net.a.pop(honest);
                net.a.push(honest, request);
                net.runUntil(pop::isDone, 2 * SECOND);
                assertThat(pop.bytes).isEqualTo(request);
            }
            net.application = null;
            net.shutDown();
        }
    }

    private TcpSocket open(TwoEngines net, TcpSocket listener) {
        Op accept = net.b.accept(listener);
        TcpSocket socket = net.a.open();
        Op connect = net.a.connect(socket, net.b, 7);
        net.runUntil(() -> accept.isDone() && connect.isDone(), 10 * SECOND);
        served.add(new Served(accept.accepted));
        return socket;
    }
}
