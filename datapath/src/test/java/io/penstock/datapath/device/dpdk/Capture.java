package io.penstock.datapath.device.dpdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Packets in a capture file of the classic form: what net_pcap replays and writes. */
final class Capture {
    private static final int MAGIC = 0xa1b2c3d4;
    private static final int FILE_HEADER_BYTES = 24;
    private static final int PACKET_HEADER_BYTES = 16;
    private static final int SNAP_BYTES = 65535;
    private static final int ETHERNET = 1;

    private Capture() {}

    /** Packets of random lengths and contents. */
    static List<byte[]> random(int count, Random random) {
        List<byte[]> packets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] packet = new byte[60 + random.nextInt(1455)];
            random.nextBytes(packet);
            packets.add(packet);
        }
        return packets;
    }

    static void write(Path file, List<byte[]> packets) throws IOException {
        int bytes =
                packets.stream().mapToInt(p -> PACKET_HEADER_BYTES + p.length).sum();
        ByteBuffer out = ByteBuffer.allocate(FILE_HEADER_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(MAGIC)
                .putShort((short) 2)
                .putShort((short) 4)
                .putLong(0)
                .putInt(SNAP_BYTES)
                .putInt(ETHERNET);
        for (byte[] packet : packets) {
            out.putLong(0).putInt(packet.length).putInt(packet.length).put(packet);
        }
        Files.write(file, out.array());
    }

    static List<byte[]> read(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        in.position(FILE_HEADER_BYTES);
        List<byte[]> packets = new ArrayList<>();
        while (in.hasRemaining()) {
            in.getLong();
            byte[] packet = new byte[in.getInt()];
            in.getInt();
            in.get(packet);
            packets.add(packet);
        }
        return packets;
    }
}
