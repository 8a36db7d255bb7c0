package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.PacketFlags;
import io.penstock.linux.RawMemory;
import io.penstock.testkit.packet.Packets;
import io.penstock.testkit.packet.Seg;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** What a device makes of a TCP packet without its IP header: joined, cut, each segment with its own numbers and sum. */
final class Segmenter {
    private Segmenter() {}

    static List<byte[]> segments(Burst burst, int i) {
        byte[] whole = new byte[burst.totalLength(i)];
        RawMemory.copyTo(burst.address(i), whole, 0, burst.length(i));
        if (burst.hasBody(i)) {
            RawMemory.copyTo(burst.bodyAddress(i), whole, burst.length(i), burst.bodyLength(i));
        }
        if ((burst.flags(i) & PacketFlags.TX_TCP_SEGMENTATION) == 0) {
            return List.of(whole);
        }
        int size = burst.segmentBytes(i);
        int payload = whole.length - header(whole);
        if (payload <= size) {
            throw new AssertionError("nothing to cut in " + payload + " bytes");
        }
        return IntStream.range(0, (payload + size - 1) / size)
                .mapToObj(n -> segment(whole, n * size, Math.min(size, payload - n * size)))
                .toList();
    }

    private static int header(byte[] packet) {
        return (packet[12] >> 4 & 0xf) * 4;
    }

    private static byte[] segment(byte[] whole, int from, int length) {
        int header = header(whole);
        byte[] bytes = Arrays.copyOf(whole, header + length);
        System.arraycopy(whole, header + from, bytes, header, length);
        ByteBuffer b = ByteBuffer.wrap(bytes);
        b.putInt(4, b.getInt(4) + from);
        if (header + from + length < whole.length) {
            b.put(13, (byte) (b.get(13) & ~(Seg.FIN | Seg.PSH)));
        }
        // What stands there is the sum of addresses and protocol, and what is beyond 16 bits of it was folded in.
        long sum = (b.getShort(16) & 0xffffL) + bytes.length;
        b.putShort(16, (short) 0);
        b.putShort(16, (short) ~Packets.checksum(bytes, 0, bytes.length, sum));
        return bytes;
    }
}
