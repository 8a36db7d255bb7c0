package io.penstock.system.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PacketFlags;
import io.penstock.datapath.device.dpdk.DpdkEnd;
import io.penstock.datapath.device.dpdk.DpdkEnvironment;
import io.penstock.memory.Buffer;
import io.penstock.testkit.net.NetworkNamespace;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What net_tap does to packets that are left unfinished to it: seen by a packet socket on the kernel's end. */
@ExtendWith(DpdkEnvironment.class)
@Timeout(60)
class TapOffloadTest {
    private static final int HEADERS = 14 + 20 + 20;
    private static final int SEGMENT = 1000;
    private static final int TCP = 6;
    private static final int FIN_PSH_ACK = 0x19;
    private static final int FIRST_SEQUENCE = 0x7ffffc00;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    /** The Internet checksum of some bytes, begun with {@code sum}; not complemented. */
    private static int sum(byte[] bytes, int from, int to, int sum) {
        long all = sum;
        for (int i = from; i < to; i += 2) {
            all += (bytes[i] & 0xff) << 8 | (i + 1 < to ? bytes[i + 1] & 0xff : 0);
        }
        while (all >>> 16 != 0) {
            all = (all & 0xffff) + (all >>> 16);
        }
        return (int) all;
    }

    /** @param tcpBytes what of the length stands in the pseudo-header's sum */
    private static byte[] headers(int payloadBytes, int tcpBytes) {
        ByteBuffer packet = ByteBuffer.allocate(HEADERS);
        packet.putLong(0x0200_0000_0001_0200L).putInt(2).putShort((short) 0x0800);
        packet.put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) (40 + payloadBytes))
                .putShort((short) 7)
                .putShort((short) 0);
        packet.put((byte) 64)
                .put((byte) TCP)
                .putShort((short) 0)
                .putInt(0xc6120402)
                .putInt(0xc6120403);
        packet.putShort((short) 1000)
                .putShort((short) 2000)
                .putInt(FIRST_SEQUENCE)
                .putInt(1);
        packet.put((byte) 0x50).put((byte) FIN_PSH_ACK).putShort((short) 1000);
        packet.putShort((short) sum(packet.array(), 26, 34, TCP + tcpBytes)).putShort((short) 0);
        return packet.array();
    }

    private static void assertChecksums(byte[] packet) {
        assertThat(sum(packet, 14, 34, 0)).as("IPv4 header").isEqualTo(0xffff);
        assertThat(sum(packet, 34, packet.length, sum(packet, 26, 34, TCP + packet.length - 34)))
                .as("TCP")
                .isEqualTo(0xffff);
    }

    @Test
    void finishesChecksumsAndCutsSegments() {
        try (NetworkNamespace namespace = NetworkNamespace.create("tap")) {
            namespace.call(() -> {
                run(namespace);
                return null;
            });
        }
    }

    private void run(NetworkNamespace namespace) {
        try (DpdkEnd tap = DpdkEnd.open("net_tap0,iface=dtap0")) {
            assertThat(tap.device.info().capabilities().offloads())
                    .contains(Offload.TX_IPV4_CHECKSUM, Offload.TX_TCP_CHECKSUM, Offload.TCP_SEGMENTATION);
            namespace.trySysctl("ipv6/conf/dtap0/disable_ipv6", "1");
            namespace.ip("link set dtap0 up");
            tap.await("its link", tap.device.events()::isUp);
            try (DpdkEnd kernel = DpdkEnd.open("net_af_packet0,iface=dtap0")) {
                kernel.await("its link", kernel.device.events()::isUp);
                for (int round = 0; round < 50; round++) {
                    checksums(tap, kernel, random.nextInt(SEGMENT + 1));
                    segments(tap, kernel, SEGMENT + 1 + random.nextInt(20_000));
                }
                refused(tap, kernel);
            }
        }
    }

    private byte[] payload(int bytes) {
        byte[] payload = new byte[bytes];
        random.nextBytes(payload);
        return payload;
    }

    private static List<byte[]> tcp(List<byte[]> packets) {
        return packets.stream().filter(p -> p.length >= HEADERS && p[23] == TCP).toList();
    }

    private void checksums(DpdkEnd tap, DpdkEnd kernel, int bytes) {
        byte[] payload = payload(bytes);
        byte[] packet = ByteBuffer.allocate(HEADERS + bytes)
                .put(headers(bytes, 20 + bytes))
                .put(payload)
                .array();
        tap.add(tap.frame(packet));
        tap.out.flag(PacketFlags.TX_IPV4_CHECKSUM | PacketFlags.TX_TCP_CHECKSUM);
        assertThat(tap.offer()).isOne();
        byte[] got = tcp(kernel.await(1)).getFirst();
        assertChecksums(got);
        assertThat(got).as("seed %d", seed).endsWith(payload).hasSize(packet.length);
        tap.turn();
    }

    /** Segments without a byte: the driver refuses such a packet for ever, and what follows must not wait for it. */
    private void refused(DpdkEnd tap, DpdkEnd kernel) {
        byte[] next = ByteBuffer.allocate(HEADERS + SEGMENT)
                .put(headers(SEGMENT, 20 + SEGMENT))
                .put(payload(SEGMENT))
                .array();
        long dropped = tap.device.txDropped();
        tap.add(tap.frame(headers(2 * SEGMENT, 0)));
        tap.addBody(DpdkEnd.fill(tap.objects.allocate(2 * SEGMENT), payload(2 * SEGMENT)));
        tap.out.segmentation(0);
        tap.add(tap.frame(next));
        assertThat(tap.offer()).isZero();
        tap.await("the packet behind it", () -> {
            tap.turn();
            return tap.offer() != 0 && tap.out.count() == 0;
        });
        assertThat(tcp(kernel.await(1))).containsExactly(next);
        tap.turn();
        assertThat(tap.device.txDropped()).isGreaterThan(dropped);
    }

    private void segments(DpdkEnd tap, DpdkEnd kernel, int bytes) {
        byte[] payload = payload(bytes);
        Buffer body = DpdkEnd.fill(tap.objects.allocate(bytes), payload);
        tap.add(tap.frame(headers(bytes, 0)));
        tap.addBody(body);
        tap.out.segmentation(SEGMENT);
        assertThat(tap.offer()).isOne();
        int count = (bytes + SEGMENT - 1) / SEGMENT;
        List<byte[]> got = new ArrayList<>();
        kernel.await(count + " segments", () -> {
            got.addAll(tcp(kernel.receive()));
            return got.size() >= count;
        });
        assertThat(got).hasSize(count);
        ByteBuffer joined = ByteBuffer.allocate(bytes);
        for (int i = 0; i < count; i++) {
            byte[] segment = got.get(i);
            assertChecksums(segment);
            ByteBuffer fields = ByteBuffer.wrap(segment);
            assertThat(fields.getInt(38)).as("sequence number").isEqualTo(FIRST_SEQUENCE + i * SEGMENT);
            assertThat(fields.get(47)).as("flags").isEqualTo((byte) (i + 1 == count ? FIN_PSH_ACK : 0x10));
            joined.put(segment, HEADERS, segment.length - HEADERS);
        }
        assertThat(joined.array()).as("seed %d", seed).isEqualTo(payload);
        tap.turn();
    }
}
