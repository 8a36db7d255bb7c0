package io.penstock.libos.tcp.tcp;

import static io.penstock.libos.tcp.tcp.EnginePeer.MSS;
import static io.penstock.libos.tcp.tcp.EnginePeer.only;
import static io.penstock.libos.tcp.tcp.EnginePeer.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.ip.TxOffloads;
import io.penstock.libos.tcp.stream.OptionTemplate;
import io.penstock.testkit.packet.Seg;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options that a connection has agreed on stand in each of its segments, and whatever counts headers counts them. */
class OptionTemplateTest {
    /** As timestamps have it: two NOPs, kind 8, length 10, two values. */
    private static final OptionTemplate TIMESTAMPS = new OptionTemplate(0x0101_080a, 0x1234_5678, 0x9abc_def0);

    private static final byte[] BYTES = {
        1, 1, 8, 10, 0x12, 0x34, 0x56, 0x78, (byte) 0x9a, (byte) 0xbc, (byte) 0xde, (byte) 0xf0
    };

    private static byte[] payload(List<Seg> segments) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        segments.forEach(s -> all.writeBytes(s.payload));
        return all.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void dataGoesBehindThemInSegmentsThatAreSmallerByThem(boolean cutByTheDevice) {
        try (EnginePeer peer = new EnginePeer(TcpConfig.defaults(), 64, 16_384)) {
            peer.host.offloads = new TxOffloads(false, false, false, true, cutByTheDevice ? 10_000 : 0);
            peer.window = 65_535;
            TcpSocket socket = peer.accepted();
            socket.connection().send.options = TIMESTAMPS;
            peer.host.push(socket, pattern(0, 5_000), 0, 5_000, 5_000);
            List<Seg> sent = new ArrayList<>(peer.turn());

            assertThat(sent).allSatisfy(s -> assertThat(s.options).isEqualTo(BYTES));
            assertThat(sent.getFirst().length()).isEqualTo(MSS - BYTES.length);
            assertThat(payload(sent)).isEqualTo(pattern(0, 5_000));
            peer.ack += 5_000;
            peer.acknowledge();
            peer.finish();
        }
    }

    @Test
    void whatIsCopiedTogetherStandsBehindThemToo() {
        try (EnginePeer peer = new EnginePeer(TcpConfig.defaults(), 64, 2_048)) {
            peer.window = 65_535;
            TcpSocket socket = peer.accepted();
            socket.connection().send.options = TIMESTAMPS;
            peer.host.push(socket, pattern(0, 1_200), 0, 1_200, 100);
            Seg together = only(peer.turn());

            assertThat(together.options).isEqualTo(BYTES);
            assertThat(together.payload).isEqualTo(pattern(0, 1_200));
            peer.ack += 1_200;
            peer.acknowledge();
            peer.finish();
        }
    }

    @Test
    void acknowledgementsAndEndsHaveThem() {
        try (EnginePeer peer = new EnginePeer(TcpConfig.defaults(), 64, 2_048)) {
            TcpSocket socket = peer.accepted();
            socket.connection().send.options = TIMESTAMPS;
            peer.data(MSS);
            assertThat(only(peer.data(MSS)).options).isEqualTo(BYTES);
            socket.shutdown();
            Seg fin = only(peer.turn());
            assertThat(fin.has(Seg.FIN)).isTrue();
            assertThat(fin.options).isEqualTo(BYTES);
            peer.finish();
        }
    }

    @Test
    void aConnectionThatIsUsedAnewHasNone() {
        TcpConnection c = new TcpConnection(new io.penstock.libos.tcp.congestion.NewReno());
        c.send.options = TIMESTAMPS;
        c.reset();

        assertThat(c.send.headerBytes()).isEqualTo(20);
    }

    @Test
    void everyByteArrivesOnceOverLossyWires() {
        for (long seed = 1; seed <= 20; seed++) {
            TcpConfig config = TcpConfig.defaults();
            try (TwoEngines net = new TwoEngines(seed, config, config, 2_048)) {
                net.loss = 0.05;
                net.reorder = 0.05;
                Random random = new Random(seed);
                TcpSocket[] pair = net.connect();
                pair[0].connection().send.options = TIMESTAMPS;
                pair[1].connection().send.options = new OptionTemplate(0x0101_0101);
                byte[] data = new byte[50_000 + random.nextInt(50_000)];
                random.nextBytes(data);
                Stream stream = new Stream(net.a, pair[0], net.b, pair[1], data).sizes(5_000, 1_460, 1_000);
                net.application = stream::turn;
                net.runUntil(stream::isDone, 3_600_000_000_000L);
                stream.check(seed);
                net.application = null;
                net.shutDown();
            }
        }
    }

    @Test
    void thereAreTenWordsAtMost() { // RFC 9293 3.1
        assertThat(new OptionTemplate(new int[10]).lengthBytes()).isEqualTo(40);
        assertThatThrownBy(() -> new OptionTemplate(new int[11])).isInstanceOf(IllegalArgumentException.class);
    }
}
