package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.Await;
import io.penstock.testkit.net.VethWire;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The link goes and comes back, or goes for good, while the loop runs on. */
@Timeout(120)
class LinkTest {
    private final VethWire wire = VethWire.create(1);
    private long returnNanos;

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
                Await.until("down", () -> !station.isUp());
                peer.send(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64]);
                wire.penstockServer().ip("link set vb up");
                Await.until("up", station::isUp);
                assertThat(echoes(peer)).isTrue();
            }
        }
    }

    @Test
    void noticesThatTheOtherEndIsDown() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb");
                UdpPeer peer = UdpPeer.in(wire.client())) {
            wire.client().ip("link set va down");
            Await.until("down", () -> !station.isUp());
            wire.client().ip("link set va up");
            Await.until("up", station::isUp);
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
            Await.until("up", station::isUp);
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
            Await.until("gone", () -> !station.isUp());
            assertThat(station.rxDropped()).isGreaterThanOrEqualTo(0);
            // One of the same name is another interface.
            wire.penstockServer().ip("link add vb type veth peer name vc");
            wire.penstockServer().ip("link set vb up");
            Await.until(
                    "the new one is up",
                    () -> Wires.find(wire.penstockServer(), "vb").isUp());
            assertThat(station.isUp()).isFalse();
            assertThat(station.lostReason())
                    .isEqualTo("interface vb has gone: it was deleted, or moved to another network namespace");
        } // every frame comes home all the same
    }

    /** Carriers are announced up to a second late, and short absences not at all: the kernel sends at once. */
    @Test
    void sendsAsSoonAsTheKernelWouldHoweverOftenTheOtherEndFlaps() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb");
                UdpPeer peer = UdpPeer.in(wire.client())) {
            assertThat(echoes(peer)).isTrue();
            for (int i = 1; i <= 5; i++) {
                int before = station.linkReturns();
                wire.client().ip("link set va down");
                station.transmitOne(); // finds out, whether it was announced or not
                Await.until("down", () -> !station.isUp());
                wire.client().ip("link set va up");
                long up = System.nanoTime();
                Await.until("up", station::isUp);
                returnNanos = Math.max(returnNanos, System.nanoTime() - up);
                assertThat(station.linkReturns()).isEqualTo(before + 1);
                assertThat(echoes(peer)).isTrue();
            }
        }
        System.out.println("the link was back for the station after at most " + returnNanos / 1_000 + " us");
    }

    @ParameterizedTest
    @ValueSource(ints = {576, 1500, 1778, 1779, 3000, 3506, 3507, 3826})
    void takesTheFramesThatFitItsMtu(int mtu) {
        wire.penstockServer().ip("link set vb mtu " + mtu);
        wire.client().ip("link set va mtu " + mtu);
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb");
                UdpPeer peer = UdpPeer.in(wire.client())) {
            assertThat(station.info().mtuBytes()).isEqualTo(mtu);
            assertThat(station.info().mode()).startsWith("native XDP");
            assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[mtu - 28], 30))
                    .isTrue();
        }
    }

    @Test
    void countsWhatItCannotSendWhileTheLinkIsDown() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb")) {
            wire.client().ip("link set va down");
            Await.until("down", () -> !station.isUp());
            long before = station.txDropped();
            station.transmitOne();
            assertThat(station.txDropped()).isEqualTo(before + 1);
        }
    }
}
