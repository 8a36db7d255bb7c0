package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.net.VethWire;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The link goes and comes back, or goes for good, while the loop runs on. */
@Timeout(120)
class LinkTest {
    private final VethWire wire = VethWire.create(1);

    @AfterEach
    void close() {
        wire.close();
    }

    private boolean echoes(UdpPeer peer) {
        return peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64], 30);
    }

    @Test
    void goesOnAfterTheInterfaceWasDownAndUp() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb");
                UdpPeer peer = UdpPeer.in(wire.client())) {
            assertThat(echoes(peer)).isTrue();
            for (int i = 0; i < 3; i++) {
                wire.penstockServer().ip("link set vb down");
                Wires.await("down", () -> !station.isUp());
                peer.send(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64]);
                wire.penstockServer().ip("link set vb up");
                Wires.await("up", station::isUp);
                assertThat(echoes(peer)).isTrue();
            }
        }
    }

    @Test
    void noticesThatTheOtherEndIsDown() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb");
                UdpPeer peer = UdpPeer.in(wire.client())) {
            wire.client().ip("link set va down");
            Wires.await("down", () -> !station.isUp());
            wire.client().ip("link set va up");
            Wires.await("up", station::isUp);
            assertThat(echoes(peer)).isTrue();
        }
    }

    @Test
    void opensOnAnInterfaceWithoutACarrier() {
        wire.client().ip("link set va down");
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb");
                UdpPeer peer = UdpPeer.in(wire.client())) {
            assertThat(station.isUp()).isFalse();
            wire.client().ip("link set va up");
            Wires.await("up", station::isUp);
            assertThat(echoes(peer)).isTrue();
        }
    }

    @Test
    void runsOnWithoutTheInterfaceOnceItIsDeleted() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb");
                UdpPeer peer = UdpPeer.in(wire.client())) {
            assertThat(echoes(peer)).isTrue();
            for (int i = 0; i < 2000; i++) {
                peer.send(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64]);
            }
            wire.penstockServer().ip("link del vb");
            Wires.await("gone", () -> !station.isUp());
            assertThat(station.rxDropped()).isGreaterThanOrEqualTo(0);
            // One of the same name is another interface.
            wire.penstockServer().ip("link add vb type veth peer name vc");
            wire.penstockServer().ip("link set vb up");
            Wires.await(
                    "the new one is up",
                    () -> Wires.find(wire.penstockServer(), "vb").isUp());
            assertThat(station.isUp()).isFalse();
        } // every frame comes home all the same
    }

    @Test
    void countsWhatItCannotSendWhileTheLinkIsDown() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb")) {
            wire.client().ip("link set va down");
            Wires.await("down", () -> !station.isUp());
            long before = station.txDropped();
            station.transmitOne();
            assertThat(station.txDropped()).isEqualTo(before + 1);
        }
    }
}
