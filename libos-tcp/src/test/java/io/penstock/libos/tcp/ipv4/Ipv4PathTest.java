package io.penstock.libos.tcp.ipv4;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.libos.tcp.config.LocalAddress;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import org.junit.jupiter.api.Test;

/** What fits into a packet of a path, as the link and routers say. */
class Ipv4PathTest {
    private final VirtualClock clock = new VirtualClock();
    private final Ipv4Layer layer = new Ipv4Layer(
            Ipv4Network.of(LocalAddress.parse("198.18.0.2/24"), "198.18.0.1"),
            new DeviceInfo("test:0", "in a test", ScriptedDevice.MAC, 1500, 1, Capabilities.none()),
            null,
            null,
            clock,
            new Secret(1, 2));
    private final Ipv4Path path = layer.path(Packets.ip("198.18.0.9"));

    @Test
    void eachTransportHasItsOwn() {
        assertThat(path.tooLarge(Ipv4Header.PROTOCOL_UDP, 1500, 1400)).isTrue();
        assertThat(path.datagramBytes()).isEqualTo(1380);
        assertThat(path.mtuPayloadBytes()).isEqualTo(1480);
        assertThat(path.tooLarge(Ipv4Header.PROTOCOL_TCP, 1500, 1200)).isTrue();
        assertThat(path.mtuPayloadBytes()).isEqualTo(1180);
        assertThat(path.datagramBytes()).isEqualTo(1380);
    }

    @Test
    void whatOneTransportLearnsDoesNotKeepTheOtherFromAWiderLink() {
        path.tooLarge(Ipv4Header.PROTOCOL_UDP, 1500, 1400);
        layer.mtuBytes(2000);
        assertThat(path.mtuPayloadBytes()).isEqualTo(1980);
        assertThat(path.datagramBytes()).isEqualTo(1380);
    }

    @Test
    void aNarrowerLinkCountsBeforeWhatRoutersSaid() {
        path.tooLarge(Ipv4Header.PROTOCOL_TCP, 1500, 1400);
        layer.mtuBytes(1300);
        assertThat(path.mtuPayloadBytes()).isEqualTo(1280);
        assertThat(path.linkPayloadBytes()).isEqualTo(1280);
    }

    @Test
    void whatRoutersSaidIsForgottenOfEachInItsTime() {
        path.tooLarge(Ipv4Header.PROTOCOL_TCP, 1500, 1400);
        clock.advance(PathMtu.EXPIRY_NANOS / 2);
        path.tooLarge(Ipv4Header.PROTOCOL_UDP, 1500, 1200);
        clock.advance(PathMtu.EXPIRY_NANOS / 2);
        assertThat(path.mtuPayloadBytes()).isEqualTo(1480);
        assertThat(path.datagramBytes()).isEqualTo(1180);
        clock.advance(PathMtu.EXPIRY_NANOS / 2);
        assertThat(path.datagramBytes()).isEqualTo(1480);
    }

    @Test
    void aPathThatIsLedElsewhereHasLearntNothing() {
        path.tooLarge(Ipv4Header.PROTOCOL_TCP, 1500, 1400);
        path.leadTo(Packets.ip("198.18.0.10"), Packets.ip("198.18.0.10"), 1);
        assertThat(path.mtuPayloadBytes()).isEqualTo(1480);
    }
}
