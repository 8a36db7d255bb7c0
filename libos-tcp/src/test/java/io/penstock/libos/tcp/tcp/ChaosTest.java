package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Many connections that are opened, used, shut, closed and aborted at random moments on both sides of a bad wire. What is
 * read is always the beginning of what was written; every operation ends once; every frame comes home.
 */
class ChaosTest {
    private static final long MINUTE = 60_000_000_000L;

    /** One end of a connection as its application sees it. */
    private static final class End {
        private final TcpHost host;
        private TcpSocket socket;
        private int written;
        private int read;
        private final List<Op> pops = new ArrayList<>();

        End(TcpHost host, TcpSocket socket) {
            this.host = host;
            this.socket = socket;
        }
    }

    private final List<End> ends = new ArrayList<>();
    private final List<Op> all = new ArrayList<>();
    private TwoEngines net;
    private Random random;
    private TcpSocket listener;
    private Op accept;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void everythingEndsOnce(long seed) {
        random = new Random(seed);
        TcpConfig config = TcpConfig.defaults()
                .with(TcpSettings.RECEIVE_BUFFER, 20_000)
                .with(TcpSettings.SEND_BUFFER, 20_000)
                .with(TcpSettings.DATA_RETRIES, 8)
                .with(TcpSettings.MAX_CONNECTIONS, 64)
                .with(TcpSettings.MAX_TIME_WAIT, 20);
        net = new TwoEngines(seed, config, config, 1024);
        try {
            net.loss = seed % 3 * 0.07;
            net.reorder = 0.05;
            net.duplicate = 0.05;
            net.corrupt = 0.01;
            net.a.transmitQueue = 20;
            net.b.deviceHoldsForTurns = 2;
            listener = net.b.listen(7, 8);
            accept = net.b.accept(listener);
            all.add(accept);
            for (int step = 0; step < 6_000; step++) {
                act();
                net.turn();
                net.clock.advance((long) (random.nextDouble() * 400_000));
                checkReads();
            }
            end(seed);
        } finally {
            net.close();
        }
    }

    private void act() {
        if (accept.isDone()) {
            if (accept.status == Status.OK) {
                ends.add(new End(net.b, accept.accepted));
            }
            accept = net.b.accept(listener);
            all.add(accept);
        }
        if (random.nextInt(20) == 0) {
            TcpSocket s = net.a.open();
            if (s != null) {
                End end = new End(net.a, s);
                all.add(net.a.connect(s, net.b, 7));
                ends.add(end);
            }
        }
        if (ends.isEmpty()) {
            return;
        }
        End end = ends.get(random.nextInt(ends.size()));
        switch (random.nextInt(40)) {
            case 0 -> {
                all.add(end.host.close(end.socket));
                ends.remove(end);
            }
            case 1 -> {
                end.socket.abort();
                ends.remove(end);
            }
            case 2 -> end.socket.shutdown();
            case 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 -> push(end);
            default -> pop(end);
        }
    }

    private void push(End end) {
        if (end.socket.canPush()) {
            int length = 1 + random.nextInt(random.nextBoolean() ? 50 : 4_000);
            Op push = end.host.push(
                    end.socket, EnginePeer.pattern(end.written, length), 0, length, 100 + random.nextInt(1_400));
            if (push != null) {
                end.written += length;
                all.add(push);
            }
        }
    }

    private void pop(End end) {
        if (end.pops.size() < 4) {
            Op pop = end.host.pop(end.socket, random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(500));
            end.pops.add(pop);
            all.add(pop);
        }
    }

    private void checkReads() {
        for (End end : ends) {
            while (!end.pops.isEmpty() && end.pops.get(0).isDone()) {
                Op pop = end.pops.remove(0);
                assertThat(pop.bytes)
                        .as("seed %d at byte %d", net.seed, end.read)
                        .isEqualTo(EnginePeer.pattern(end.read, pop.bytes.length));
                end.read += pop.bytes.length;
            }
        }
    }

    private void end(long seed) {
        all.add(net.b.close(listener));
        net.b.takeCompletions();
        if (accept.status == Status.OK) {
            ends.add(new End(net.b, accept.accepted)); // it came in at the very last
        }
        for (End end : ends) {
            all.add(end.host.close(end.socket));
        }
        net.loss = 0;
        net.runUntil(() -> all.stream().allMatch(Op::isDone), 60 * MINUTE);
        net.runUntil(() -> net.a.engine.connections() + net.b.engine.connections() == 0, 60 * MINUTE);
        net.shutDown();
        assertThat(all).as("seed %d", seed).allMatch(op -> op.completions == 1);
        assertThat(net.b.counter("tcp.connections.accepted")).isGreaterThan(20);
    }
}
