package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.SettingValues;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.libos.tcp.congestion.AckSample;
import io.penstock.libos.tcp.congestion.CongestionAlgorithm;
import io.penstock.libos.tcp.congestion.CongestionAlgorithms;
import io.penstock.libos.tcp.congestion.CongestionEvent;
import io.penstock.libos.tcp.congestion.CustomCongestionControl;
import io.penstock.testkit.packet.Seg;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which congestion control a connection has: its stack's, its queue's, its listener's. */
class CongestionChoiceTest {
    private static final int OWN_SEGMENTS = 3;
    private static final int NEWRENO_SEGMENTS = 10;
    private int made;
    private int acknowledged;

    /** A window that never changes. */
    private final class Fixed extends CustomCongestionControl {
        private int smss;

        Fixed() {
            made++;
        }

        @Override
        public void start(int segmentBytes, int initialWindow) {
            smss = segmentBytes;
        }

        @Override
        public void segmentSize(int segmentBytes) {
            smss = segmentBytes;
        }

        @Override
        public int cwnd() {
            return OWN_SEGMENTS * smss;
        }

        @Override
        public int ssthresh() {
            return OWN_SEGMENTS * smss;
        }

        @Override
        public void onAck(AckSample sample) {
            acknowledged += sample.acked;
        }

        @Override
        public void onCongestionEvent(CongestionEvent event, AckSample sample) {}
    }

    private final TcpConfig both = TcpConfig.of(
            SettingValues.DEFAULTS, CongestionAlgorithms.BUILT_IN.with(CongestionAlgorithm.of("fixed", Fixed::new)));

    private EnginePeer peer = new EnginePeer(both);

    @AfterEach
    void everyFrameIsHome() {
        peer.finish();
        peer.close();
    }

    private void restart(TcpConfig config) {
        peer.close();
        peer = new EnginePeer(config);
    }

    /** How many segments go before the first acknowledgement. */
    private int flight(TcpSocket s) {
        for (int i = 0; i < 20; i++) {
            peer.host.push(s, new byte[EnginePeer.MSS]);
        }
        return peer.turn().size();
    }

    private static Status choose(TcpSocket s, String name) {
        return s.set(QueueOption.Name.CONGESTION_CONTROL, name);
    }

    private TcpSocket acceptedBy(TcpSocket listener) {
        Op accept = peer.host.accept(listener);
        peer.handshake(2, 4, 1460 >> 8, 1460 & 0xff);
        assertThat(accept.status).isEqualTo(Status.OK);
        return accept.accepted;
    }

    @Test
    void isNewRenoUnlessChosen() {
        TcpSocket s = peer.accepted();
        assertThat(s.get(QueueOption.Name.CONGESTION_CONTROL)).isEqualTo("newreno");
        assertThat(flight(s)).isEqualTo(NEWRENO_SEGMENTS);
        assertThat(made).isZero();
    }

    @Test
    void aStackHasItForAllConnections() {
        restart(both.with(TcpSettings.CONGESTION_CONTROL, "fixed"));
        TcpSocket s = peer.accepted();
        assertThat(s.get(QueueOption.Name.CONGESTION_CONTROL)).isEqualTo("fixed");
        assertThat(flight(s)).isEqualTo(OWN_SEGMENTS);
        peer.ack += EnginePeer.MSS;
        peer.acknowledge();
        assertThat(acknowledged).isEqualTo(EnginePeer.MSS);
    }

    @Test
    void aListenersIsThatOfTheConnectionsThatItAccepts() {
        TcpSocket listener = peer.host.open();
        assertThat(choose(listener, "fixed")).isEqualTo(Status.OK);
        assertThat(listener.bind(TcpHost.at(peer.host.addressLow, peer.hostPort)))
                .isEqualTo(Status.OK);
        assertThat(listener.listen(4)).isEqualTo(Status.OK);
        TcpSocket s = acceptedBy(listener);
        assertThat(s.get(QueueOption.Name.CONGESTION_CONTROL)).isEqualTo("fixed");
        assertThat(flight(s)).isEqualTo(OWN_SEGMENTS);
    }

    @Test
    void aQueuesIsItsOwn() {
        TcpSocket s = peer.host.open();
        assertThat(choose(s, "fixed")).isEqualTo(Status.OK);
        peer.host.connect(s, peer.address, 80);
        Seg syn = peer.turn().getFirst();
        peer.hostPort = syn.sourcePort;
        peer.port = 80;
        peer.ack = syn.seq + 1;
        peer.out(Seg.SYN | Seg.ACK).options(2, 4, 1460 >> 8, 1460 & 0xff).send();
        peer.seq++;
        assertThat(flight(s)).isEqualTo(OWN_SEGMENTS);
        assertThat(choose(s, "newreno")).as("once it has connected").isEqualTo(Status.INVALID);
        assertThat(peer.host.open().get(QueueOption.Name.CONGESTION_CONTROL)).isEqualTo("newreno");
    }

    @Test
    void anUnknownNameIsRefused() {
        TcpSocket s = peer.host.open();
        assertThat(choose(s, "cubik")).isEqualTo(Status.INVALID);
        assertThat(s.get(QueueOption.Name.CONGESTION_CONTROL)).isEqualTo("newreno");
        assertThatThrownBy(() -> both.with(TcpSettings.CONGESTION_CONTROL, "cubik"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("tcp.congestion-control=cubik (TcpConfig): expected one of newreno, fixed");
    }

    @Test
    void connectionsOfBothKindsFollowOneAnotherInOneControlBlock() {
        restart(both.with(TcpSettings.MAX_CONNECTIONS, 2)); // the listener's queue, and one connection at a time
        TcpSocket listener = peer.host.open();
        for (String name : List.of("fixed", "newreno", "fixed", "fixed", "newreno")) {
            peer.host.abort(listener);
            listener = peer.host.open();
            choose(listener, name);
            listener.bind(TcpHost.at(peer.host.addressLow, peer.hostPort));
            listener.listen(4);
            peer.port++;
            peer.seq += 100_000;
            TcpSocket s = acceptedBy(listener);
            assertThat(flight(s)).isEqualTo(name.equals("fixed") ? OWN_SEGMENTS : NEWRENO_SEGMENTS);
            peer.host.abort(s);
            peer.turn();
            assertThat(peer.host.engine.context().freeConnections()).isEqualTo(2);
        }
        assertThat(made).isLessThanOrEqualTo(2);
    }

    @Test
    void asManyConnectionsAsThereMayBeCanBeOfEitherKind() {
        ConnectionOptions reno = new ConnectionOptions(both);
        ConnectionOptions fixed = reno.withCongestionControl("fixed");
        TcpContext context = peer.host.engine.context();
        ConnectionPool pool = new ConnectionPool(3, context.timers);
        for (ConnectionOptions options : List.of(reno, fixed, reno, fixed)) {
            TcpConnection[] taken = {pool.take(options), pool.take(options), pool.take(options)};
            for (TcpConnection c : taken) {
                assertThat(c.options).isSameAs(options);
                assertThat(c.send.congestion instanceof Fixed).isEqualTo(options == fixed);
            }
            assertThat(pool.take(options)).isNull();
            assertThat(pool.available()).isZero();
            for (TcpConnection c : taken) {
                pool.giveBack(c);
            }
            assertThat(pool.available()).isEqualTo(3);
        }
    }
}
