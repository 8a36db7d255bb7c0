package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.memory.Buffer;
import io.penstock.testkit.Await;
import io.penstock.testkit.net.VethWire;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that keeps every buffer it can get stops neither the stack nor the device. */
@Timeout(120)
class StarvationTest {
    private final VethWire wire = VethWire.create(1);

    @AfterEach
    void close() {
        wire.close();
    }

    private boolean echoes(UdpPeer peer) {
        return peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64], 30);
    }

    @ParameterizedTest
    @ValueSource(strings = {"afxdp:vb", "afxdp:vb,ring=64"})
    void goesOnWhileTheApplicationKeepsAllItCanGet(String device) {
        try (Station station = Station.open(wire.penstockServer(), device);
                UdpPeer peer = UdpPeer.in(wire.client())) {
            List<Buffer> kept = station.onLoop(() -> {
                List<Buffer> all = new ArrayList<>();
                for (Buffer b = station.pool().allocate();
                        b != null;
                        b = station.pool().allocate()) {
                    all.add(b);
                }
                return all;
            });
            assertThat(kept).hasSizeGreaterThan(1000);
            for (int i = 0; i < 3000; i++) {
                peer.send(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64]);
            }
            assertThat(echoes(peer)).isTrue();
            assertThat(station.onLoop(() -> station.pool().freeFrames()))
                    .as("frames that are left to the stack")
                    .isPositive();
            station.onLoop(() -> {
                kept.forEach(Buffer::release);
                return true;
            });
            assertThat(echoes(peer)).isTrue();
        }
    }

    @Test
    void recoversWhenEveryReceivedFrameWasKeptForAWhile() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb");
                UdpPeer peer = UdpPeer.in(wire.client())) {
            assertThat(echoes(peer)).isTrue();
            station.keepReceived(true);
            Await.until("the device has nothing left to receive into", () -> {
                peer.send(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64]);
                return station.rxDropped() > 0;
            });
            assertThat(station.onLoop(() -> station.pool().freeFrames()))
                    .as("frames that are left to the stack")
                    .isPositive();
            station.keepReceived(false);
            assertThat(echoes(peer)).isTrue();
        }
    }
}
