package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.testkit.Await;
import io.penstock.testkit.net.VethWire;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets go in and out, whatever way the device was opened. */
@Timeout(120)
class EchoTest {
    private final VethWire wire = Wires.keepTagsInPackets(VethWire.create(1));

    @AfterEach
    void close() {
        wire.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "afxdp:vb",
                "afxdp:vb,mode=native,copy=copy",
                "afxdp:vb,mode=generic",
                "afxdp:vb,ring=64",
                "afxdp:vb,queues=0",
                "afxdp:vb,busypoll=20"
            })
    void sendsEverySizeBackUnchanged(String device) {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try (Station station = Station.open(wire.penstockServer(), device);
                UdpPeer peer = UdpPeer.in(wire.client())) {
            for (int length : new int[] {0, 1, 17, 18, 64, 1000, 1471, 1472}) {
                byte[] payload = new byte[length];
                random.nextBytes(payload);
                assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, payload, 30))
                        .as(device + ", " + length + " bytes, seed " + seed)
                        .isTrue();
            }
            assertThat(station.rxDropped()).isZero();
            assertThat(station.txDropped()).isZero();
        }
    }

    @Test
    void saysWhatItGot() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb")) {
            DeviceInfo info = station.info();
            assertThat(info.name()).isEqualTo("afxdp:vb");
            assertThat(info.mode())
                    .startsWith("native XDP, copy mode, 1 queue, ")
                    .endsWith(" pages");
            assertThat(info.mtuBytes()).isEqualTo(1500);
            assertThat(info.queues()).isEqualTo(1);
            assertThat(info.macAddress())
                    .isEqualTo(Wires.find(wire.penstockServer(), "vb").macAddress())
                    .isNotZero();
            assertThat(station.isUp()).isTrue();
        }
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb,mode=generic")) {
            assertThat(station.info().mode()).startsWith("generic XDP, copy mode, 1 queue, ");
        }
    }

    @Test
    void fallsBackToGenericModeAndSaysWhy() {
        wire.penstockServer().ip("link set lo mtu 1500");
        try (Station station = Station.open(wire.penstockServer(), "afxdp:lo")) {
            assertThat(station.info().mode())
                    .startsWith("generic XDP (native refused: EOPNOTSUPP (not supported)), copy");
        }
        assertThatThrownBy(() -> Station.open(wire.penstockServer(), "afxdp:lo,mode=native"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("the driver of lo refused native XDP (EOPNOTSUPP (not supported)): try mode=auto");
    }

    @Test
    void refusesToPretendZeroCopy() {
        assertThatThrownBy(() -> Station.open(wire.penstockServer(), "afxdp:vb,copy=zerocopy"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("the driver of vb has no zero-copy: leave copy=zerocopy out");
    }

    @Test
    void dropsAndCountsWhatDoesNotFitAFrame() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb");
                UdpPeer peer = UdpPeer.in(wire.client())) {
            wire.client().ip("link set va mtu 3000");
            wire.penstockServer().ip("link set vb mtu 3000");
            assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64], 30))
                    .isTrue();
            peer.send(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[2500]);
            Await.until("the drop is counted", () -> station.rxDropped() == 1);
            assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[1700], 30))
                    .isTrue();
        }
    }

    @Test
    void passesAFloodThroughAndEveryFrameComesHome() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb,ring=256");
                UdpPeer peer = UdpPeer.in(wire.client())) {
            byte[] payload = new byte[100];
            assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, payload, 30))
                    .isTrue();
            int sent = 100_000;
            for (int i = 0; i < sent; i++) {
                peer.send(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, payload);
            }
            Await.until("every datagram echoed or counted as dropped", () -> {
                return station.echoed() - 1 + station.rxDropped() >= sent;
            });
            assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[200], 30))
                    .as("works on after the flood")
                    .isTrue();
        } // which throws if a frame is missing
    }
}
