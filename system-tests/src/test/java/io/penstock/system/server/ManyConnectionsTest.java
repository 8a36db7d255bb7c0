package io.penstock.system.server;

import static io.penstock.testkit.net.VethWire.PENSTOCK_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.Await;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.RunFolder;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thousand connections at once to one server. */
@Timeout(120)
class ManyConnectionsTest {
    private static final int CONNECTIONS = 1000;
    private static final int SIZE_BYTES = 3000;
    private static final String FRAMES = "pool.frames-in-use";

    private final VethWire wire = VethWire.create(2);
    private final RunFolder folder = RunFolder.create();
    private final Server server = Server.echo(wire, folder);

    @AfterEach
    void close() {
        server.close();
        folder.close();
        wire.close();
    }

    @Test
    void eachGetsItsOwnBytesAndAllBuffersComeHome() throws IOException {
        // Before the first packet the fill rings are full. Later they are filled up in batches, so a little less is in
        // use.
        Await.until("the first reading", () -> server.counter(FRAMES) != 0);
        long idle = framesInUse();

        long seed = new Random().nextLong();
        List<Socket> sockets = Load.connect(wire.client(), PENSTOCK_ADDRESS, 7, CONNECTIONS);
        try {
            Random random = new Random(seed);
            for (Socket socket : sockets) {
                socket.getOutputStream().write(message(random));
            }
            Random again = new Random(seed);
            for (int i = 0; i < CONNECTIONS; i++) {
                assertThat(sockets.get(i).getInputStream().readNBytes(SIZE_BYTES))
                        .as("connection " + i + ", seed " + seed)
                        .isEqualTo(message(again));
            }
            assertThat(server.counter("tcp.connections.open")).isEqualTo(CONNECTIONS);
            assertThat(server.counter("tcp.connections.accepted")).isEqualTo(CONNECTIONS);
        } finally {
            Load.closeAll(sockets);
        }
        Await.until("all connections closed", () -> server.counter("tcp.connections.open") == 0);
        Await.until("all buffers at home", () -> server.counter(FRAMES) <= idle);
        assertThat(framesInUse()).isPositive().isLessThanOrEqualTo(idle);
        assertThat(server.counter("tcp.resets.sent")).isZero();
        assertThat(server.counter("tcp.listen.overflow")).isZero();
        assertThat(server.counter("tcp.retransmits")).as("no storm").isLessThan(CONNECTIONS);
    }

    private static byte[] message(Random random) {
        byte[] bytes = new byte[SIZE_BYTES];
        random.nextBytes(bytes);
        return bytes;
    }

    /** As an operator sees it. */
    private long framesInUse() {
        return server.stat("--json")
                .lines()
                .filter(line -> line.contains("\"" + FRAMES + "\""))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
