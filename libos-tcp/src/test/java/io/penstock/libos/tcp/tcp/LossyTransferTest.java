package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The stress grid: both ways at once over a bad wire, byte for byte, every operation ended once, every frame home. */
class LossyTransferTest {
    private static final long HOUR = 3_600_000_000_000L;

    static List<Arguments> grid() {
        List<Arguments> cells = new ArrayList<>();
        for (double loss : new double[] {0, 0.05, 0.20}) {
            for (int buffer : new int[] {3_000, 16_000, 65_535, 1 << 20}) {
                for (int seed = 1; seed <= 6; seed++) {
                    cells.add(Arguments.of(loss, buffer, seed));
                }
            }
        }
        return cells;
    }

    @ParameterizedTest(name = "loss {0}, receive buffer {1}, seed {2}")
    @MethodSource("grid")
    void carriesEveryByteOnce(double loss, int receiveBuffer, long seed) {
        TcpConfig config = TcpConfig.defaults().with(TcpSettings.RECEIVE_BUFFER, receiveBuffer);
        try (TwoEngines net = new TwoEngines(seed, config, config, 2048)) {
            net.loss = loss;
            net.reorder = 0.05;
            net.duplicate = 0.02;
            net.corrupt = 0.005;
            Random random = new Random(seed);
            net.a.deviceHoldsForTurns = random.nextInt(4);
            net.b.deviceHoldsForTurns = random.nextInt(4);
            transferBothWays(net, random, 100_000 + random.nextInt(200_000));
        }
    }

    private static void transferBothWays(TwoEngines net, Random random, int bytes) {
        TcpSocket[] pair = net.connect();
        byte[] up = new byte[bytes];
        byte[] down = new byte[bytes / 2];
        random.nextBytes(up);
        random.nextBytes(down);
        int[] pushSizes = {1, 100, 1460, 5_000, 40_000};
        int[] popSizes = {37, 1000, 1460, Integer.MAX_VALUE};
        int[] frameSizes = {100, 536, 1460, 1792};
        var stream1 = new Stream(net.a, pair[0], net.b, pair[1], up)
                .sizes(pushSizes[1 + random.nextInt(4)], frameSizes[random.nextInt(4)], popSizes[random.nextInt(4)]);
        var stream2 = new Stream(net.b, pair[1], net.a, pair[0], down)
                .sizes(pushSizes[1 + random.nextInt(4)], frameSizes[random.nextInt(4)], popSizes[random.nextInt(4)]);
        net.application = () -> {
            stream1.turn();
            stream2.turn();
        };
        net.runUntil(() -> stream1.isDone() && stream2.isDone(), HOUR);
        stream1.check(net.seed);
        stream2.check(net.seed);
        net.application = null;
        Op closeA = net.a.close(pair[0]);
        Op closeB = net.b.close(pair[1]);
        net.runUntil(() -> closeA.isDone() && closeB.isDone(), HOUR);
        assertThat(closeA.completions).isEqualTo(1);
        assertThat(closeB.completions).isEqualTo(1);
        net.shutDown();
    }

    @Test
    void carriesEveryByteOnceThoughFramesAreFew() {
        for (long seed = 1; seed <= 5; seed++) {
            TcpConfig config = TcpConfig.defaults().with(TcpSettings.SEND_BUFFER, 40_000);
            try (TwoEngines net = new TwoEngines(seed, config, config, 96)) {
                net.loss = 0.05;
                net.reorder = 0.05;
                net.duplicate = 0.02;
                transferBothWays(net, new Random(seed), 100_000);
            }
        }
    }

    @Test
    void carriesEveryByteOnceThoughTheTransmitQueueIsShort() {
        for (long seed = 1; seed <= 5; seed++) {
            TcpConfig config = TcpConfig.defaults();
            try (TwoEngines net = new TwoEngines(seed, config, config, 2048)) {
                net.loss = 0.02;
                net.a.transmitQueue = 3;
                net.b.transmitQueue = 1;
                transferBothWays(net, new Random(seed), 100_000);
                assertThat(net.a.counter("tcp.tx.blocked")).isPositive();
            }
        }
    }

    @Test
    void carriesEveryByteOnceWithADifferentPathMtuOnEachSide() {
        for (long seed = 1; seed <= 3; seed++) {
            TcpConfig config = TcpConfig.defaults();
            try (TwoEngines net = new TwoEngines(seed, config, config, 2048)) {
                net.loss = 0.05;
                net.a.mtu = 576;
                transferBothWays(net, new Random(seed), 100_000);
            }
        }
    }
}
