package io.penstock.libos.tcp.input;

import static io.penstock.datapath.device.PacketFlags.RX_IPV4_CHECKSUM_GOOD;
import static io.penstock.datapath.device.PacketFlags.RX_L4_CHECKSUM_GOOD;
import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static io.penstock.libos.tcp.testing.LoneStack.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.Offload;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.testkit.packet.Packets;
import java.nio.ByteBuffer;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a device says of received checksums is believed as far as it goes, and no further. */
class VerifiedChecksumTest {
    private static final int BOTH = RX_IPV4_CHECKSUM_GOOD | RX_L4_CHECKSUM_GOOD;
    private static final int TCP = 6;
    private static final int UDP = 17;

    private LoneStack lone;

    @BeforeEach
    void onADeviceThatVerifies() {
        open(new Capabilities(Set.of(Offload.RX_CHECKSUM), 0, 0));
    }

    private void open(Capabilities capabilities) {
        lone = new LoneStack(512, 1024, capabilities);
        lone.peerIsKnown();
    }

    @AfterEach
    void everyFrameIsHome() {
        assertThat(lone.framesInUse()).as(lone.stack.pool().leakReport()).isZero();
        lone.close();
    }

    private void arrives(byte[] packet, int flags) {
        lone.device.arrives(packet, flags);
        lone.turn();
    }

    /** To a port where nobody is: answered with a reset if it is believed. */
    private static byte[] syn(boolean wrong) {
        byte[] segment = ByteBuffer.allocate(20)
                .putShort((short) 4000)
                .putShort((short) 81)
                .putInt(1000)
                .putInt(0)
                .putShort((short) 0x5002)
                .putShort((short) 1024)
                .array();
        int sum = ~Packets.checksum(segment, 0, 20, Packets.pseudo(PEER, OWN, TCP, 20)) & 0xffff;
        ByteBuffer.wrap(segment).putShort(16, (short) (wrong ? sum ^ 0x0100 : sum));
        return LoneStack.fromPeer(TCP, segment);
    }

    /** To a port where nobody is: answered with an ICMP error if it is believed. */
    private static byte[] datagram(boolean wrong) {
        byte[] datagram = Packets.udp(PEER, 4000, OWN, 81, new byte[20]);
        datagram[6] ^= wrong ? (byte) 1 : 0;
        return LoneStack.fromPeer(UDP, datagram);
    }

    private void assertAnswered(byte[] packet, int flags, int protocol, boolean expected) {
        arrives(packet, flags);
        assertThat(lone.takeIpv4(protocol)).hasSize(expected ? 1 : 0);
    }

    @Test
    void aWrongChecksumThatTheDeviceDoesNotVouchForIsFound() {
        assertAnswered(syn(true), 0, TCP, false);
        assertAnswered(syn(true), RX_IPV4_CHECKSUM_GOOD, TCP, false);
        assertThat(lone.count("tcp.rx.bad-checksum")).isEqualTo(2);
        assertAnswered(datagram(true), 0, 1, false);
        assertAnswered(datagram(true), RX_IPV4_CHECKSUM_GOOD, 1, false);
        assertThat(lone.count("rx.dropped.udp-checksum")).isEqualTo(2);
        assertAnswered(syn(false), 0, TCP, true);
        assertAnswered(datagram(false), 0, 1, true);
    }

    @Test
    void whatTheDeviceVouchesForIsNotLookedAtAgain() {
        assertAnswered(syn(true), BOTH, TCP, true);
        assertAnswered(datagram(true), BOTH, 1, true);
        byte[] header = syn(false);
        header[24] ^= 1;
        assertAnswered(header, BOTH, TCP, true);
    }

    @Test
    void theHeaderIsLookedAtUnlessItsOwnFlagIsSet() {
        byte[] header = syn(false);
        header[24] ^= 1;
        assertAnswered(header, RX_L4_CHECKSUM_GOOD, TCP, false);
        assertThat(lone.count("rx.dropped.ip-checksum")).isEqualTo(1);
    }

    @Test
    void icmpIsLookedAtWhateverTheDeviceSays() {
        byte[] ping = Packets.icmp(8, 0, 1, new byte[16]);
        ping[3] ^= 1;
        assertAnswered(LoneStack.fromPeer(1, ping), BOTH, 1, false);
        assertThat(lone.count("rx.dropped.icmp-checksum")).isEqualTo(1);
    }

    @Test
    void aFragmentIsNoWholeDatagram() {
        byte[] packet = datagram(true);
        packet[20] = 0x20; // more fragments
        byte[] ip = Packets.withIpChecksum(java.util.Arrays.copyOfRange(packet, 14, packet.length));
        System.arraycopy(ip, 0, packet, 14, ip.length);
        assertAnswered(packet, BOTH, 1, false);
    }

    @Test
    void flagsOfADeviceThatDoesNotVerifyMeanNothing() {
        everyFrameIsHome();
        open(Capabilities.none());
        assertAnswered(syn(true), BOTH, TCP, false);
        assertAnswered(datagram(true), BOTH, 1, false);
        assertThat(lone.count("tcp.rx.bad-checksum")).isEqualTo(1);
        assertThat(lone.count("rx.dropped.udp-checksum")).isEqualTo(1);
    }
}
