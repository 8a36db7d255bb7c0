package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** net_pcap: a capture is received, and what is sent becomes one. */
@ExtendWith(DpdkEnvironment.class)
class PcapTest {
    private static final int MAGIC = 0xa1b2c3d4;
    private static final int HEADER_BYTES = 24;
    private static final int RECORD_BYTES = 16;
    private static final int ETHERNET = 1;
    private static final int PACKETS = 700;

    @TempDir
    private Path folder;

    private static byte[] capture(List<byte[]> packets) {
        int total = packets.stream().mapToInt(p -> RECORD_BYTES + p.length).sum();
        ByteBuffer file = ByteBuffer.allocate(HEADER_BYTES + total).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(MAGIC)
                .putShort((short) 2)
                .putShort((short) 4)
                .putInt(0)
                .putInt(0)
                .putInt(65_535)
                .putInt(ETHERNET);
        for (byte[] packet : packets) {
            file.putInt(0).putInt(0).putInt(packet.length).putInt(packet.length).put(packet);
        }
        return file.array();
    }

    /** The packets' bytes, without what says when they came. */
    private static byte[] withoutTimes(byte[] capture) {
        ByteBuffer file = ByteBuffer.wrap(capture.clone()).order(ByteOrder.LITTLE_ENDIAN);
        int at = HEADER_BYTES;
        while (at < capture.length) {
            file.putLong(at, 0);
            at += RECORD_BYTES + file.getInt(at + 8);
        }
        return java.util.Arrays.copyOfRange(file.array(), HEADER_BYTES, capture.length);
    }

    @Test
    void everyPacketOfACaptureIsReceivedAndEveryPacketSentIsCaptured() throws IOException {
        long seed = System.nanoTime();
        List<byte[]> packets = DpdkEnd.packets(new Random(seed), PACKETS, 14, 1514);
        byte[] capture = capture(packets);
        Path in = Files.write(folder.resolve("in.pcap"), capture);
        Path out = folder.resolve("out.pcap");
        try (DpdkEnd end = DpdkEnd.open("net_pcap0,rx_pcap=" + in + ",tx_pcap=" + out)) {
            end.await("its link", end.device.events()::isUp);
            DpdkEnd.assertSame(end.await(PACKETS), packets);
            assertThat(end.receive()).as("after the end").isEmpty();
            end.send(packets);
        }
        assertThat(withoutTimes(Files.readAllBytes(out))).as("seed %d", seed).isEqualTo(withoutTimes(capture));
    }
}
