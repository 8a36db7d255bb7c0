package io.penstock.datapath.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A flow has one group, in both directions; flows have all of them. */
class FlowSpreadTest {
    private static final int BYTES = 80;

    private final Arena arena = Arena.ofConfined();
    private final long packet = arena.allocate(BYTES, 8).address();
    private final long ip = packet + EthernetHeader.LENGTH;

    @AfterEach
    void close() {
        arena.close();
    }

    private int group(int source, int destination, int sourcePort, int destinationPort, int protocol) {
        EthernetHeader.write(packet, 2, 1, EthernetHeader.TYPE_IPV4);
        Ipv4Header.write(ip, BYTES - EthernetHeader.LENGTH, 1, protocol, source, destination);
        RawMemory.putIntBe(ip + Ipv4Header.LENGTH, sourcePort << 16 | destinationPort);
        return FlowSpread.group(packet, BYTES);
    }

    @Test
    void bothDirectionsAreInOneGroup() {
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            int a = random.nextInt();
            int b = random.nextInt();
            int p = random.nextInt(65536);
            int q = random.nextInt(65536);
            int there = group(a, b, p, q, Ipv4Header.PROTOCOL_TCP);
            assertThat(there).isBetween(0, FlowSpread.GROUPS - 1);
            assertThat(group(b, a, q, p, Ipv4Header.PROTOCOL_TCP)).isEqualTo(there);
        }
    }

    @Test
    void portsThatFollowEachOtherHaveAllGroups() {
        int[] seen = new int[FlowSpread.GROUPS];
        for (int port = 0; port < 100 * FlowSpread.GROUPS; port++) {
            seen[group(0xc6120001, 0xc6120002, 40_000 + port & 0xffff, 7, Ipv4Header.PROTOCOL_UDP)]++;
        }
        assertThat(Arrays.stream(seen).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(10, 1000));
    }

    @Test
    void fragmentsOfADatagramStayTogether() {
        int first = group(1, 2, 1000, 7, Ipv4Header.PROTOCOL_UDP);
        RawMemory.putShortBe(ip + Ipv4Header.FRAGMENT, 0x2000);
        assertThat(FlowSpread.group(packet, BYTES)).isZero();
        RawMemory.putShortBe(ip + Ipv4Header.FRAGMENT, 100);
        assertThat(FlowSpread.group(packet, BYTES)).isZero();
        assertThat(first).isNotZero();
    }

    @Test
    void ipv6FlowsHaveGroupsToo() {
        EthernetHeader.write(packet, 2, 1, EthernetHeader.TYPE_IPV6);
        RawMemory.putLongBe(ip, 0x6000_0000_0008_1140L); // 8 bytes of UDP
        Random random = new Random(2);
        int groups = 0;
        for (int i = 0; i < 1000; i++) {
            long source = random.nextLong();
            RawMemory.putLongBe(ip + 8, 0x2001_0db8L << 32);
            RawMemory.putLongBe(ip + 16, source);
            RawMemory.putLongBe(ip + 24, 0x2001_0db8L << 32);
            RawMemory.putLongBe(ip + 32, 1);
            RawMemory.putIntBe(ip + 40, 1000 << 16 | 7);
            int there = FlowSpread.group(packet, BYTES);
            groups |= there;
            RawMemory.putLongBe(ip + 16, 1);
            RawMemory.putLongBe(ip + 32, source);
            RawMemory.putIntBe(ip + 40, 7 << 16 | 1000);
            assertThat(FlowSpread.group(packet, BYTES)).isEqualTo(there);
        }
        assertThat(groups).isEqualTo(FlowSpread.GROUPS - 1);
    }

    @Test
    void whatIsTooShortOrNotIpIsInTheFirstGroup() {
        EthernetHeader.write(packet, 2, 1, EthernetHeader.TYPE_ARP);
        assertThat(FlowSpread.group(packet, BYTES)).isZero();
        assertThat(FlowSpread.group(packet, EthernetHeader.LENGTH)).isZero();
        assertThat(FlowSpread.group(packet, 0)).isZero();
    }
}
