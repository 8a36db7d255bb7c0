package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.device.sim.Conditions;
import io.penstock.datapath.device.sim.SimWire;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.testkit.traffic.Echo;
import io.penstock.testkit.traffic.EchoClient;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The TCP echo over a wire that loses 5 %, reorders 5 % and doubles 1 % of the packets in both directions: every byte
 * comes back once, and every frame goes home.
 *
 * <p>{@code -Dpenstock.test.lossy-bytes=1073741824} sends a gibibyte; {@code -Dpenstock.test.capture=FILE} writes what
 * the client's end saw, for tshark.
 */
class LossyEchoTest {
    private static final long BYTES = Long.getLong("penstock.test.lossy-bytes", 32L << 20);
    private static final Endpoint SERVER = Endpoint.of("198.18.0.2", 7);

    private final VirtualClock clock = new VirtualClock();

    private Stack open(SimWire wire, SimWire.End end, String address, int frames) {
        return Stack.open(StackConfig.builder()
                .device(setup -> wire.open(end, setup))
                .address(address)
                .frames(frames)
                .maxQueues(4096)
                .clock(clock)
                .build());
    }

    private static Conditions bad(long seed) {
        return new Conditions()
                .lossPercent(5)
                .reorderPercent(5)
                .duplicatePercent(1)
                .delayNanos(20_000)
                .holdNanos(60_000)
                .seed(seed);
    }

    /** Runs until all is over; returns how many turns it took. */
    private void run(Stack client, Stack server, SimWire wire, EchoClient streams, Echo echo) {
        long deadline = clock.nanos() + 24 * 3_600_000_000_000L;
        while (!streams.isOver()) {
            boolean clientDid = streams.turn();
            boolean serverDid = echo.turn();
            if (!clientDid && !serverDid) {
                clock.advanceTo(Math.min(wire.nextArrivalNanos(), clock.nanos() + 200_000));
            }
            if (clock.nanos() > deadline) {
                throw new AssertionError("time passes, but only " + streams.popped() + " bytes came back");
            }
        }
        streams.assertEqualHashes();
        // The server's last connections are still in LAST_ACK or waiting for a lost FIN.
        for (int i = 0;
                i < 20_000 && client.pool().framesInUse() + server.pool().framesInUse() > 0;
                i++) {
            boolean _ = streams.turn() || echo.turn();
            clock.advance(1_000_000);
        }
        assertThat(client.pool().framesInUse())
                .as("client: %s", client.pool().leakReport())
                .isZero();
        assertThat(server.pool().framesInUse())
                .as("server: %s", server.pool().leakReport())
                .isZero();
        assertThat(client.pool().slicesInUse() + server.pool().slicesInUse()).isZero();
    }

    @Test
    void oneConnectionCarriesEveryByteOnce() {
        SimWire wire = new SimWire("lossy", bad(41), bad(42));
        String capture = System.getProperty("penstock.test.capture", "");
        if (!capture.isEmpty()) {
            wire.captureTo(Path.of(capture));
        }
        try (Stack client = open(wire, SimWire.End.A, "198.18.0.1/24", 4096);
                Stack server = open(wire, SimWire.End.B, "198.18.0.2/24", 4096)) {
            EchoClient streams = new EchoClient(client);
            streams.start(SERVER, 77, BYTES);
            run(client, server, wire, streams, new Echo(server, 7));
            assertThat(wire.lost()).isPositive();
            assertThat(wire.reordered()).isPositive();
            assertThat(wire.duplicated()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aThousandConnectionsAtOnce(boolean lossy) {
        Conditions up = lossy ? bad(51) : new Conditions().delayNanos(20_000);
        Conditions down = lossy ? bad(52) : new Conditions().delayNanos(20_000);
        SimWire wire = new SimWire("thousand", up, down);
        try (Stack client = open(wire, SimWire.End.A, "198.18.0.1/24", 16384);
                Stack server = open(wire, SimWire.End.B, "198.18.0.2/24", 16384)) {
            EchoClient streams = new EchoClient(client);
            for (int i = 0; i < 1000; i++) {
                streams.start(SERVER, i, 20_000);
            }
            run(client, server, wire, streams, new Echo(server, 7));
        }
    }
}
