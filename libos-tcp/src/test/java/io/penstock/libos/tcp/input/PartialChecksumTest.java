package io.penstock.libos.tcp.input;

import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static io.penstock.libos.tcp.testing.LoneStack.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.Offload;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.testkit.packet.Packets;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Packets of a sender in this machine, who leaves the checksum to hardware that does not exist. */
class PartialChecksumTest {
    private static final Capabilities VETH = new Capabilities(Set.of(Offload.RX_PARTIAL_CHECKSUM), 0, 0);
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMP = 1;

    private LoneStack lone;

    private void open(Capabilities capabilities) {
        lone = new LoneStack(512, 1024, capabilities);
        lone.peerIsKnown();
    }

    @AfterEach
    void everyFrameIsHome() {
        assertThat(lone.framesInUse()).as(lone.stack.pool().leakReport()).isZero();
        lone.close();
    }

    /** As Linux leaves it: the sum of addresses, protocol and length, folded, not complemented. */
    private static int pseudoHeaderSum(int protocol, int length) {
        long sum = Packets.pseudo(PEER, OWN, protocol, length);
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) sum;
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** To a port where nobody is: answered with a reset if it is taken. */
    private static byte[] segment(int payloadBytes, int checksum) {
        ByteBuffer segment = ByteBuffer.allocate(20 + payloadBytes)
                .putShort((short) 4000)
                .putShort((short) 81)
                .putInt(1000)
                .putInt(0)
                .putShort((short) 0x5002)
                .putShort((short) 1024)
                .putShort((short) checksum);
        segment.position(20).put(bytes(payloadBytes));
        return LoneStack.fromPeer(TCP, segment.array());
    }

    /** To a port where nobody is: answered with an ICMP error if it is taken. */
    private static byte[] datagram(int payloadBytes, int checksum) {
        byte[] datagram = Packets.udp(PEER, 4000, OWN, 81, bytes(payloadBytes));
        ByteBuffer.wrap(datagram).putShort(6, (short) checksum);
        return LoneStack.fromPeer(UDP, datagram);
    }

    private int answers(byte[] packet, int protocol) {
        lone.arrives(packet);
        return lone.takeIpv4(protocol).size();
    }

    @Test
    void isTakenFromALinkWithinTheMachineAndCounted() {
        open(VETH);
        int count = 0;
        for (int bytes : new int[] {0, 1, 17, 64, 999, 1400}) {
            assertThat(answers(segment(bytes, pseudoHeaderSum(TCP, 20 + bytes)), TCP))
                    .as("TCP, " + bytes + " bytes")
                    .isEqualTo(1);
            assertThat(lone.count("rx.checksum.partial")).isEqualTo(++count);
        }
        for (int bytes : new int[] {0, 1, 17, 64, 999, 1400}) {
            lone.clock.advance(2_000_000_000L); // ICMP errors are limited
            assertThat(answers(datagram(bytes, pseudoHeaderSum(UDP, 8 + bytes)), ICMP))
                    .as("UDP, " + bytes + " bytes")
                    .isEqualTo(1);
            assertThat(lone.count("rx.checksum.partial")).isEqualTo(++count);
        }
        assertThat(lone.count("tcp.rx.bad-checksum")).isZero();
        assertThat(lone.count("rx.dropped.udp-checksum")).isZero();
    }

    @Test
    void isTakenOnlyIfItIsExactlyThePseudoHeadersSum() {
        open(VETH);
        int tcp = pseudoHeaderSum(TCP, 20 + 64);
        int udp = pseudoHeaderSum(UDP, 8 + 64);
        for (int bit = 0; bit < 16; bit++) {
            assertThat(answers(segment(64, tcp ^ 1 << bit), TCP))
                    .as("bit " + bit)
                    .isZero();
            assertThat(answers(datagram(64, udp ^ 1 << bit), ICMP))
                    .as("bit " + bit)
                    .isZero();
        }
        assertThat(answers(segment(64, pseudoHeaderSum(UDP, 20 + 64)), TCP))
                .as("of UDP")
                .isZero();
        assertThat(answers(segment(64, pseudoHeaderSum(TCP, 20 + 65)), TCP))
                .as("of another length")
                .isZero();
        assertThat(answers(segment(64, ~tcp & 0xffff), TCP)).as("complemented").isZero();
        assertThat(lone.count("tcp.rx.bad-checksum")).isEqualTo(19);
        assertThat(lone.count("rx.dropped.udp-checksum")).isEqualTo(16);
        assertThat(lone.count("rx.checksum.partial")).isZero();
    }

    @Test
    void isDroppedAnywhereElseWithALineThatTellsHowToMendIt() {
        open(Capabilities.none());
        assertThat(answers(segment(64, pseudoHeaderSum(TCP, 20 + 64)), TCP)).isZero();
        assertThat(answers(datagram(64, pseudoHeaderSum(UDP, 8 + 64)), ICMP)).isZero();
        assertThat(lone.count("rx.dropped.checksum-partial")).isEqualTo(2);
        assertThat(lone.count("tcp.rx.bad-checksum")).as("counted once").isZero();
        assertThat(lone.count("rx.dropped.udp-checksum")).as("counted once").isZero();
        lone.pass(2_000_000_000L);
        assertThat(lone.counters.remedyOf("rx.dropped.checksum-partial"))
                .contains("198.18.0.9", "ethtool -K INTERFACE tx off");
    }
}
