package io.penstock.libos.tcp.input;

import static io.penstock.libos.tcp.testing.LoneStack.OWN;
import static io.penstock.libos.tcp.testing.LoneStack.PEER;
import static io.penstock.libos.tcp.testing.LoneStack.PEER_MAC;
import static io.penstock.libos.tcp.testing.LoneStack.udpFromPeer;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.libos.tcp.link.Drop;
import io.penstock.libos.tcp.testing.LoneStack;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which drops an operator can mend, and that he is told how. */
class DropRemediesTest {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final LoneStack lone = new LoneStack();

    @AfterEach
    void close() {
        lone.close();
    }

    /** What stands beside the counter within a second. */
    private String remedyOf(Drop reason) {
        lone.pass(SECOND_NANOS + SECOND_NANOS / 10);
        return lone.counters.remedyOf(reason.counterName());
    }

    private static byte[] toOwnMac(int type, byte[] payload) {
        return Packets.ethernet(ScriptedDevice.MAC, PEER_MAC, type, payload);
    }

    private static byte[] ping() {
        return Packets.ipv4(PEER, OWN, 1, Packets.icmp(8, 0, 1, new byte[16]));
    }

    /** A new reason must be put on one of the two lists: can an operator do anything about it? */
    @Test
    void eachReasonIsMendableOrNot() {
        Set<Drop> mendable = Set.of(
                Drop.VLAN_TAG,
                Drop.IPV6,
                Drop.IP_FRAGMENT,
                Drop.IP_DESTINATION,
                Drop.UDP_NO_QUEUE,
                Drop.UDP_QUEUE_FULL,
                Drop.UDP_FRAMES_FULL);
        Set<Drop> rubbishOrNoise = Set.of(
                Drop.TOO_SHORT,
                Drop.OTHER_STATION,
                Drop.UNKNOWN_ETHERTYPE,
                Drop.ARP_MALFORMED,
                Drop.IP_VERSION,
                Drop.IP_HEADER,
                Drop.IP_CHECKSUM,
                Drop.IP_SOURCE,
                Drop.IP_GROUP,
                Drop.IP_PROTOCOL,
                Drop.ICMP_CHECKSUM,
                Drop.ICMP_MALFORMED,
                Drop.ICMP_IGNORED,
                Drop.UDP_MALFORMED,
                Drop.UDP_CHECKSUM);
        assertThat(Arrays.stream(Drop.values()).filter(d -> d.line() != null).collect(Collectors.toSet()))
                .isEqualTo(mendable);
        assertThat(Arrays.stream(Drop.values()).filter(d -> d.line() == null).collect(Collectors.toSet()))
                .isEqualTo(rubbishOrNoise);
        for (Drop reason : mendable) {
            assertThat(reason.line().apply(7)).as(reason.name()).isNotBlank().doesNotContain("\n");
        }
    }

    @Test
    void namesTheUdpPortWhereNobodyListens() {
        for (int i = 0; i < 100; i++) {
            lone.arrives(udpFromPeer(1234, 7007, new byte[4]));
        }

        assertThat(remedyOf(Drop.UDP_NO_QUEUE)).contains("UDP port 7007", "no queue is bound");
        assertThat(lone.count(Drop.UDP_NO_QUEUE.counterName())).isEqualTo(100);
    }

    @Test
    void isSilentAboutWhatIsSaidToEverybody() {
        byte[] toAll = Packets.ipv4(PEER, -1, 17, Packets.udp(PEER, 138, -1, 138, new byte[4]));
        lone.arrives(Packets.ethernet(Packets.BROADCAST_MAC, PEER_MAC, 0x0800, toAll));

        assertThat(lone.count(Drop.IP_GROUP.counterName())).isEqualTo(1);
        assertThat(lone.count(Drop.UDP_NO_QUEUE.counterName())).isZero();
        assertThat(remedyOf(Drop.UDP_NO_QUEUE)).isNullOrEmpty();
    }

    @Test
    void namesWhoSendsFragments() {
        byte[] fragment = ping();
        fragment[6] = 0x20;
        lone.arrives(toOwnMac(0x0800, Packets.withIpChecksum(fragment)));

        assertThat(remedyOf(Drop.IP_FRAGMENT)).contains("198.18.0.9 sends packets in fragments", "1,472 bytes");
    }

    @Test
    void namesTheAddressForWhichThisStationIsTaken() {
        lone.arrives(
                toOwnMac(0x0800, Packets.ipv4(PEER, Packets.ip("198.18.0.3"), 1, Packets.icmp(8, 0, 1, new byte[16]))));

        assertThat(remedyOf(Drop.IP_DESTINATION)).contains("packets to 198.18.0.3", "--address");
    }

    @Test
    void namesTheVlan() {
        byte[] tagged = ByteBuffer.allocate(4 + ping().length)
                .putShort((short) 0x6064) // a priority, and VLAN 100
                .putShort((short) 0x0800)
                .put(ping())
                .array();
        lone.arrives(toOwnMac(0x8100, tagged));

        assertThat(remedyOf(Drop.VLAN_TAG)).contains("VLAN 100", "INTERFACE.100 type vlan id 100");
    }

    @Test
    void saysThatIpv6IsNotSpoken() {
        lone.arrives(toOwnMac(0x86dd, new byte[40]));

        assertThat(remedyOf(Drop.IPV6)).contains("IPv4 only");
    }

    private int boundQueue(int port) {
        int queue = lone.stack.socket(Transport.UDP);
        assertThat(lone.stack.bind(queue, Endpoint.parse("198.18.0.2:" + port))).isEqualTo(Status.OK);
        return queue;
    }

    @Test
    void tellsAFullQueueFromFramesThatAllQueuesHold() {
        boundQueue(7001);
        for (int i = 0; i < 300; i++) {
            lone.arrives(udpFromPeer(1234, 7001, new byte[4]));
        }
        assertThat(remedyOf(Drop.UDP_FRAMES_FULL)).contains("together hold 256 frames", "--frames");
        assertThat(lone.count(Drop.UDP_FRAMES_FULL.counterName())).isEqualTo(44);
        assertThat(lone.count(Drop.UDP_QUEUE_FULL.counterName())).isZero();
    }

    @Test
    void namesTheQueueThatIsFull() {
        try (LoneStack large = new LoneStack(4096, 1024)) {
            int queue = large.stack.socket(Transport.UDP);
            assertThat(large.stack.bind(queue, Endpoint.parse("198.18.0.2:7002")))
                    .isEqualTo(Status.OK);
            for (int i = 0; i < 600; i++) {
                large.arrives(udpFromPeer(1234, 7002, new byte[4]));
            }
            large.pass(SECOND_NANOS + SECOND_NANOS / 10);
            assertThat(large.count(Drop.UDP_QUEUE_FULL.counterName())).isEqualTo(88);
            assertThat(large.counters.remedyOf(Drop.UDP_QUEUE_FULL.counterName()))
                    .contains("UDP port 7002 is full");
        }
    }
}
