package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.net.VethWire;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packet path makes no garbage. */
@Timeout(120)
class GarbageTest {
    private static final int PACKETS = 20_000;
    private static final int ROUNDS = 20;

    private final VethWire wire = Wires.keepTagsInPackets(VethWire.create(1));
    private volatile boolean done;

    @AfterEach
    void close() {
        wire.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"afxdp:vb", "afxdp:vb,mode=generic"})
    void allocatesNothingForThousandsOfPackets(String device) throws InterruptedException {
        try (Station station = Station.open(wire.penstockServer(), device);
                UdpPeer peer = UdpPeer.in(wire.client())) {
            Thread flood = new Thread(() -> {
                while (!done) {
                    peer.send(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64]);
                }
            });
            flood.start();
            try {
                // The compiler allocates while it takes methods over, so the first rounds may not be clean.
                long bytes = Long.MAX_VALUE;
                for (int i = 0; i < ROUNDS && bytes != 0; i++) {
                    bytes = station.allocatedWhileEchoing(PACKETS);
                }
                assertThat(bytes).as("bytes for " + PACKETS + " packets").isZero();
            } finally {
                done = true;
                flood.join();
            }
        }
    }

    @Test
    void allocatesNothingWhileNothingArrives() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb")) {
            long bytes = Long.MAX_VALUE;
            for (int i = 0; i < ROUNDS && bytes != 0; i++) {
                bytes = station.allocatedInTurns(100_000);
            }
            assertThat(bytes).isZero();
        }
    }
}
