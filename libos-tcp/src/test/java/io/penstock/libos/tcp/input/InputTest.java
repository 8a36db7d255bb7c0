package io.penstock.libos.tcp.input;

import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static io.penstock.libos.tcp.testing.LoneStack.PEER;
import static io.penstock.libos.tcp.testing.LoneStack.PEER_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InputTest {
    private final LoneStack lone = new LoneStack();

    @AfterEach
    void nothingIsAnsweredOrLeaked() {
        assertThat(lone.device.takeSent()).isEmpty();
        assertThat(lone.framesInUse()).as(lone.stack.pool().leakReport()).isZero();
        lone.close();
    }

    /** An IP packet that the stack would answer if nothing were wrong with it. */
    private static byte[] ping() {
        return Packets.ipv4(PEER, OWN, 1, Packets.icmp(8, 0, 1, new byte[16]));
    }

    private static byte[] frame(byte[] packet) {
        return Packets.ethernet(ScriptedDevice.MAC, PEER_MAC, 0x0800, packet);
    }

    private void assertDropped(byte[] packet, String reason) {
        long before = lone.count("rx.dropped." + reason);
        lone.arrives(packet);
        assertThat(lone.count("rx.dropped." + reason)).as(reason).isEqualTo(before + 1);
    }

    @Test
    void ignoresOtherStationsAndGroups() {
        assertDropped(Packets.ethernet(ScriptedDevice.MAC + 1, PEER_MAC, 0x0800, ping()), "other-station");
        assertDropped(Packets.ethernet(0x0100_5e00_0001L, PEER_MAC, 0x0800, ping()), "other-station");
        assertDropped(Packets.ethernet(ScriptedDevice.MAC, 0x0100_5e00_0001L, 0x0800, ping()), "other-station");
        assertDropped(Packets.ethernet(ScriptedDevice.MAC, 0, 0x0800, ping()), "other-station");
    }

    @Test
    void ignoresWhatIsNeitherIpv4NorArp() {
        assertDropped(Packets.ethernet(ScriptedDevice.MAC, PEER_MAC, 0x88cc, ping()), "unknown-ethertype");
        assertDropped(Packets.ethernet(ScriptedDevice.MAC, PEER_MAC, 0x8100, new byte[3]), "unknown-ethertype");
        assertDropped(Packets.ethernet(ScriptedDevice.MAC, PEER_MAC, 0x86dd, ping()), "ipv6");
        assertDropped(Packets.ethernet(ScriptedDevice.MAC, PEER_MAC, 0x8100, ping()), "vlan-tag");
    }

    @Test
    void checksVersionHeaderLengthAndTotalLength() {
        byte[] version = ping();
        version[0] = 0x65;
        assertDropped(frame(version), "ip-version");
        byte[] shortHeader = ping();
        shortHeader[0] = 0x44;
        assertDropped(frame(shortHeader), "ip-header");
        byte[] longHeader = ping();
        longHeader[0] = 0x4f;
        assertDropped(frame(longHeader), "ip-header");
        byte[] totalTooLong = ping();
        totalTooLong[3]++;
        assertDropped(frame(Packets.withIpChecksum(totalTooLong)), "ip-header");
        byte[] totalTooShort = ping();
        totalTooShort[3] = 19;
        assertDropped(frame(Packets.withIpChecksum(totalTooShort)), "ip-header");
    }

    @Test
    void dropsEveryPacketThatIsCutOff() {
        byte[] whole = frame(ping());
        for (int length = 0; length < whole.length; length++) {
            lone.arrives(Arrays.copyOf(whole, length));
        }
        assertThat(lone.count("rx.dropped.too-short") + lone.count("rx.dropped.ip-header"))
                .isEqualTo(whole.length);
    }

    @Test
    void verifiesTheHeaderChecksumBitByBit() {
        for (int bit = 0; bit < 160; bit++) {
            byte[] packet = ping();
            packet[bit / 8] ^= (byte) (1 << bit % 8);
            lone.arrives(frame(packet));
        }
        assertThat(lone.count("rx.dropped.ip-checksum")
                        + lone.count("rx.dropped.ip-version")
                        + lone.count("rx.dropped.ip-header"))
                .isEqualTo(160);
    }

    @Test
    void dropsPacketsFromAddressesThatNoHostHas() {
        String[] sources = {
            "0.0.0.0",
            "0.1.2.3",
            "127.0.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "198.18.0.255",
            "198.18.0.0",
            "198.18.0.2"
        };
        for (String source : sources) {
            assertDropped(
                    frame(Packets.ipv4(Packets.ip(source), OWN, 1, Packets.icmp(8, 0, 1, new byte[16]))), "ip-source");
        }
    }

    @Test
    void doesNotForward() {
        byte[] elsewhere = Packets.ipv4(PEER, Packets.ip("198.18.0.3"), 1, Packets.icmp(8, 0, 1, new byte[16]));
        assertDropped(frame(elsewhere), "ip-destination");
    }

    @Test
    void aPacketToOneHostInAFrameToAllIsDropped() {
        assertDropped(Packets.ethernet(Packets.BROADCAST_MAC, PEER_MAC, 0x0800, ping()), "ip-group");
        byte[] toAll = Packets.ipv4(PEER, -1, 17, Packets.udp(PEER, 1, -1, 9, new byte[4]));
        assertDropped(frame(toAll), "ip-group");
    }

    @Test
    void tcpToABroadcastAddressIsDropped() {
        byte[] toAll = Packets.ipv4(PEER, -1, 6, new byte[20]);
        assertDropped(Packets.ethernet(Packets.BROADCAST_MAC, PEER_MAC, 0x0800, toAll), "ip-group");
    }

    @Test
    void countsFragmentsWhichItDoesNotPutTogether() {
        byte[] first = ping();
        first[6] = 0x20;
        assertDropped(frame(Packets.withIpChecksum(first)), "ip-fragment");
        byte[] later = ping();
        later[6] = 0;
        later[7] = 3;
        assertDropped(frame(Packets.withIpChecksum(later)), "ip-fragment");
    }

    @Test
    void toleratesTheReservedFlagAndPadding() {
        byte[] packet = Packets.ipv4(PEER, OWN, 1, Packets.icmp(8, 0, 1, new byte[2]));
        packet[6] = (byte) 0x80;
        byte[] padded = Arrays.copyOf(frame(Packets.withIpChecksum(packet)), 60);
        lone.arrives(padded);
        byte[] reply = lone.device.takeOne();
        assertThat(Packets.u16(reply, 16)).isEqualTo(30);
        assertThat(reply).hasSize(44);
    }

    @Test
    void dropsArpThatIsMalformed() {
        byte[] good = Packets.arp(Packets.BROADCAST_MAC, 1, PEER_MAC, PEER, 0, OWN);
        for (int at : new int[] {14, 15, 16, 17, 18, 19}) {
            byte[] bad = good.clone();
            bad[at] ^= 0x40;
            assertDropped(bad, "arp-malformed");
        }
        byte[] operation = good.clone();
        operation[21] = 3;
        assertDropped(operation, "arp-malformed");
        assertDropped(Arrays.copyOf(good, good.length - 1), "arp-malformed");
        assertDropped(Packets.arp(Packets.BROADCAST_MAC, 1, 0x0100_5e00_0001L, PEER, 0, OWN), "other-station");
        byte[] groupSender = good.clone();
        groupSender[22] |= 1;
        assertDropped(groupSender, "arp-malformed");
    }
}
