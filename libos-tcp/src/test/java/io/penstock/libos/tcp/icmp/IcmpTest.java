package io.penstock.libos.tcp.icmp;

import static io.penstock.libos.tcp.testing.LoneStack.FAR;
import static io.penstock.libos.tcp.testing.LoneStack.GATEWAY_MAC;
import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static io.penstock.libos.tcp.testing.LoneStack.PEER;
import static io.penstock.libos.tcp.testing.LoneStack.PEER_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IcmpTest {
    private final LoneStack lone = new LoneStack();

    @AfterEach
    void nothingIsLeaked() {
        assertThat(lone.framesInUse()).as(lone.stack.pool().leakReport()).isZero();
        lone.close();
    }

    private static byte[] data(int length) {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) {
            data[i] = (byte) (i * 31);
        }
        return data;
    }

    private static byte[] message(byte[] packet) {
        return Arrays.copyOfRange(packet, 34, 14 + Packets.u16(packet, 16));
    }

    private static void assertHeaders(byte[] packet, long mac, int to) {
        assertThat(Packets.mac48(packet, 0)).isEqualTo(mac);
        assertThat(Packets.mac48(packet, 6)).isEqualTo(ScriptedDevice.MAC);
        assertThat(Packets.checksum(packet, 14, 20, 0)).isEqualTo(0xffff);
        assertThat(Packets.i32(packet, 26)).isEqualTo(OWN);
        assertThat(Packets.i32(packet, 30)).isEqualTo(to);
        assertThat(packet[22]).as("TTL").isEqualTo((byte) 64);
    }

    @Test
    void answersAPingInTheFrameThatItCameIn() {
        for (int length : new int[] {0, 1, 56, 57, 1472}) {
            lone.arrives(LoneStack.fromPeer(1, Packets.icmp(8, 0, 0x1234_0001, data(length))));
            List<ScriptedDevice.Sent> sent = lone.device.takeSent();
            assertThat(sent).hasSize(1);
            byte[] reply = sent.getFirst().bytes();
            assertHeaders(reply, PEER_MAC, PEER);
            assertThat(message(reply)).isEqualTo(Packets.icmp(0, 0, 0x1234_0001, data(length)));
            assertThat(sent.getFirst().address()).isEqualTo(lone.device.lastReceivedAddress());
        }
    }

    @Test
    void answersAPingThatCarriesIpOptions() {
        byte[] request = Packets.icmp(8, 0, 0x7777_0003, data(40));
        byte[] options = {1, 1, 1, 1, 7, 7, 4, 0, 0, 0, 0, 0};
        lone.arrives(
                Packets.ethernet(ScriptedDevice.MAC, PEER_MAC, 0x0800, Packets.ipv4(PEER, OWN, 1, options, request)));
        byte[] reply = lone.device.takeOne();
        assertHeaders(reply, PEER_MAC, PEER);
        assertThat(message(reply)).isEqualTo(Packets.icmp(0, 0, 0x7777_0003, data(40)));
    }

    @Test
    void answersAPingFromAfarThroughTheGatewayThatItCameFrom() {
        byte[] request = Packets.icmp(8, 0, 1, data(8));
        lone.arrives(Packets.ethernet(ScriptedDevice.MAC, GATEWAY_MAC, 0x0800, Packets.ipv4(FAR, OWN, 1, request)));
        assertHeaders(lone.device.takeOne(), GATEWAY_MAC, FAR);
    }

    @Test
    void doesNotAnswerPingsToBroadcastAddresses() {
        byte[] request = Packets.icmp(8, 0, 1, data(8));
        for (String broadcast : List.of("198.18.0.255", "255.255.255.255")) {
            lone.arrives(Packets.ethernet(
                    Packets.BROADCAST_MAC, PEER_MAC, 0x0800, Packets.ipv4(PEER, Packets.ip(broadcast), 1, request)));
        }
        assertThat(lone.device.takeSent()).isEmpty();
        assertThat(lone.count("rx.dropped.icmp-ignored")).isEqualTo(2);
    }

    @Test
    void dropsWhatIsDamagedOrCutOff() {
        byte[] request = Packets.icmp(8, 0, 1, data(8));
        request[9] ^= 1;
        lone.arrives(LoneStack.fromPeer(1, request));
        lone.arrives(LoneStack.fromPeer(1, new byte[7]));
        assertThat(lone.device.takeSent()).isEmpty();
        assertThat(lone.count("rx.dropped.icmp-checksum")).isEqualTo(1);
        assertThat(lone.count("rx.dropped.icmp-malformed")).isEqualTo(1);
    }

    @Test
    void saysThatNobodyListensAtAPort() {
        lone.peerIsKnown();
        byte[] datagram = LoneStack.udpFromPeer(1234, 9999, data(900));
        lone.arrives(datagram);
        byte[] error = lone.device.takeOne();
        assertHeaders(error, PEER_MAC, PEER);
        assertThat(Packets.u8(error, 34)).isEqualTo(3);
        assertThat(Packets.u8(error, 35)).isEqualTo(3);
        assertThat(error).as("no more than 576 bytes of IP").hasSize(14 + 576);
        assertThat(Packets.checksum(error, 34, error.length - 34, 0)).isEqualTo(0xffff);
        assertThat(Arrays.copyOfRange(error, 42, error.length))
                .isEqualTo(Arrays.copyOfRange(datagram, 14, 14 + error.length - 42));
        assertThat(lone.count("rx.dropped.udp-no-queue")).isEqualTo(1);
    }

    @Test
    void saysThatAProtocolIsUnknown() {
        lone.peerIsKnown();
        lone.arrives(LoneStack.fromPeer(132, data(12)));
        byte[] error = lone.device.takeOne();
        assertThat(Packets.u8(error, 34)).isEqualTo(3);
        assertThat(Packets.u8(error, 35)).isEqualTo(2);
        assertThat(error).hasSize(14 + 20 + 8 + 20 + 12);
    }

    @Test
    void limitsHowManyErrorsItSends() {
        lone.peerIsKnown();
        for (int i = 0; i < 10_000; i++) {
            lone.arrives(LoneStack.udpFromPeer(1234, 9999, data(1)));
        }
        assertThat(lone.device.takeSent().size()).isBetween(20, 50);
        assertThat(lone.count("icmp.errors.suppressed")).isGreaterThan(9000);
        lone.pass(1_000_000_000L);
        lone.arrives(LoneStack.udpFromPeer(1234, 9999, data(1)));
        assertThat(lone.device.takeSent()).as("after a pause it speaks again").isNotEmpty();
    }

    @Test
    void sendsNoErrorsAboutBroadcasts() {
        lone.arrives(Packets.ethernet(
                Packets.BROADCAST_MAC,
                PEER_MAC,
                0x0800,
                Packets.ipv4(PEER, -1, 17, Packets.udp(PEER, 1, -1, 9999, data(4)))));
        assertThat(lone.device.takeSent()).isEmpty();
    }

    private byte[] errorAbout(int code, int localPort, int remotePort) {
        byte[] ours = Packets.ipv4(OWN, PEER, 17, Packets.udp(OWN, localPort, PEER, remotePort, data(8)));
        return LoneStack.fromPeer(1, Packets.icmp(3, code, 0, ours));
    }

    @Test
    void tellsAConnectedQueueThatItsPeerRefuses() {
        lone.peerIsKnown();
        int queue = lone.stack.socket(Transport.UDP);
        assertThat(lone.stack.bind(queue, Endpoint.ofIpv4(0, 500))).isEqualTo(Status.OK);
        lone.stack.connect(queue, Endpoint.ofIpv4(PEER, 600));
        assertThat(lone.turn()).isTrue();
        long pop = lone.stack.pop(queue);
        lone.device.arrives(errorAbout(3, 500, 601)); // about somebody else
        assertThat(lone.turn()).isFalse();
        lone.device.arrives(errorAbout(3, 500, 600));
        assertThat(lone.turn()).isTrue();
        assertThat(lone.completion.opcode()).isEqualTo(Opcode.POP);
        assertThat(lone.completion.token()).isEqualTo(pop);
        assertThat(lone.completion.status()).isEqualTo(Status.CONNECTION_REFUSED);
        assertThat(lone.completion.buffer()).isNull();
        lone.stack.abort(queue);
    }

    @Test
    void toleratesErrorsThatMakeNoSense() {
        byte[] ours = Packets.ipv4(OWN, PEER, 17, Packets.udp(OWN, 1, PEER, 2, data(8)));
        for (int length = 0; length < ours.length; length++) {
            lone.arrives(LoneStack.fromPeer(1, Packets.icmp(3, 3, 0, Arrays.copyOf(ours, length))));
        }
        byte[] notOurs = Packets.ipv4(PEER, OWN, 17, Packets.udp(OWN, 1, PEER, 2, data(8)));
        lone.arrives(LoneStack.fromPeer(1, Packets.icmp(3, 3, 0, notOurs)));
        assertThat(lone.device.takeSent()).isEmpty();
        assertThat(lone.count("icmp.errors.received")).isEqualTo(8); // those with the 64 bits that RFC 792 demands
    }
}
