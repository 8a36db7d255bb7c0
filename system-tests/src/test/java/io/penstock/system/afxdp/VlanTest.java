package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.benchmarks.net.VethWire;
import io.penstock.benchmarks.process.Shell;
import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.proc.Namespace;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stack that is in no VLAN does not serve those that are in one, wherever their tag travels. */
@Timeout(120)
class VlanTest {
    private static final int VLAN = 10;

    private final VethWire wire = VethWire.create(1);

    @AfterEach
    void close() {
        wire.close();
    }

    private Runnable tagWhatTheClientSends() {
        int index = Wires.find(wire.client(), "va").index();
        return Namespace.call("/run/netns/" + wire.client().name(), () -> BpfTools.tagEgress(index, VLAN));
    }

    private void ethtool(boolean client, String... words) {
        List<String> command = new java.util.ArrayList<>(List.of("ethtool", "-K"));
        command.addAll(List.of(words));
        Shell.run((client ? wire.client() : wire.penstockServer()).command(command));
    }

    private static boolean echoes(UdpPeer peer, int tries) {
        return peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64], tries);
    }

    /** The client knows the station's address already, so that its datagrams go out; untagged, they are answered. */
    private void assertIsolates(Station station) {
        try (UdpPeer peer = UdpPeer.in(wire.client())) {
            assertThat(echoes(peer, 30)).as("without a tag").isTrue();
            long before = station.echoed();
            Runnable untag = tagWhatTheClientSends();
            assertThat(echoes(peer, 5)).as("with a tag").isFalse();
            assertThat(station.echoed()).isEqualTo(before);
            untag.run();
            assertThat(echoes(peer, 30)).as("without a tag again").isTrue();
        }
    }

    @Test
    void doesNotServePacketsWhoseTagTravelsBesideThem() {
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb")) {
            assertIsolates(station);
        }
    }

    @Test
    void doesNotServePacketsWithATagInThem() {
        ethtool(true, "va", "txvlan", "off");
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb")) {
            assertIsolates(station);
        }
    }

    @Test
    void refusesGenericModeWhereTagsAreTakenOutOfPackets() {
        assertThatThrownBy(() -> Station.open(wire.penstockServer(), "afxdp:vb,mode=generic"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("XDP in generic mode cannot tell packets of a VLAN from others on vb, as their tags travel"
                        + " beside them: keep tags in the packets with 'ethtool -K vb rxvlan off' (of a veth pair, also"
                        + " 'txvlan off' at the other end), or leave mode=generic out");
    }

    @Test
    void servesInGenericModeWhereTagsStayInPackets() {
        ethtool(true, "va", "txvlan", "off");
        ethtool(false, "vb", "rxvlan", "off");
        try (Station station = Station.open(wire.penstockServer(), "afxdp:vb,mode=generic")) {
            assertIsolates(station);
        }
    }

    @Test
    void getsTagsInThePacketsOverATap() {
        try (Station station = Station.open(wire.penstockServer(), "tap:pt");
                UdpPeer peer = UdpPeer.in(wire.penstockServer())) {
            wire.penstockServer().ip("addr flush dev vb");
            wire.penstockServer().ip("addr add 198.18.0.1/24 dev pt");
            assertThat(echoes(peer, 30)).as("without a tag").isTrue();
            long before = station.echoed();
            int index = Wires.find(wire.penstockServer(), "pt").index();
            Runnable untag =
                    Namespace.call("/run/netns/" + wire.penstockServer().name(), () -> BpfTools.tagEgress(index, VLAN));
            assertThat(echoes(peer, 5)).as("with a tag").isFalse();
            assertThat(station.echoed()).isEqualTo(before);
            untag.run();
            assertThat(echoes(peer, 30)).as("without a tag again").isTrue();
        }
    }
}
