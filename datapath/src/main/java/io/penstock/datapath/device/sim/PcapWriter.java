package io.penstock.datapath.device.sim;

import io.penstock.linux.RawMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes packets to a file in pcap's nanosecond format, which tshark, tcpdump and Wireshark read.
 *
 * <pre>
 *   file header   magic a1b23c4d | version 2.4 | zone 0 | accuracy 0 | snap length | link type 1 (Ethernet)
 *   each packet   seconds | nanoseconds | bytes that follow | bytes of the packet | bytes ...
 * </pre>
 *
 * <p>A full disk ends the capture, not the traffic: the error is thrown by {@link #close}. One thread.
 */
public final class PcapWriter implements AutoCloseable {
    private static final int MAGIC_NANOSECONDS = 0xa1b2_3c4d;
    private static final int LINKTYPE_ETHERNET = 1;
    private static final int SNAP_LENGTH = 65535;
    private static final int PACKET_HEADER_BYTES = 16;

    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    private final long bufferAddress = MemorySegment.ofBuffer(buffer).address();
    private IOException failure;

    private PcapWriter(FileChannel channel) {
        this.channel = channel;
        buffer.putInt(MAGIC_NANOSECONDS)
                .putShort((short) 2)
                .putShort((short) 4)
                .putInt(0)
                .putInt(0)
                .putInt(SNAP_LENGTH)
                .putInt(LINKTYPE_ETHERNET);
    }

    /**
     * Creates a file, or empties the one that is there.
     *
     * @throws UncheckedIOException if it cannot be written
     */
    public static PcapWriter create(Path file) {
        try {
            return new PcapWriter(FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the capture " + file, e);
        }
    }

    /** Adds one packet, from the Ethernet header on; what is beyond 65535 bytes is cut off. */
    public void write(long timeNanos, long address, int lengthBytes) {
        int kept = Math.min(lengthBytes, SNAP_LENGTH);
        if (buffer.remaining() < PACKET_HEADER_BYTES + kept) {
            flush();
        }
        buffer.putInt((int) (timeNanos / 1_000_000_000L))
                .putInt((int) (timeNanos % 1_000_000_000L))
                .putInt(kept)
                .putInt(lengthBytes);
        RawMemory.copy(address, bufferAddress + buffer.position(), kept);
        buffer.position(buffer.position() + kept);
    }

    private void flush() {
        buffer.flip();
        try {
            while (failure == null && buffer.hasRemaining()) {
                int _ = channel.write(buffer);
            }
        } catch (IOException e) {
            failure = e;
        }
        buffer.clear();
    }

    /**
     * Writes the rest and closes the file.
     *
     * @throws UncheckedIOException if not all could be written
     */
    @Override
    public void close() {
        flush();
        try {
            channel.close();
        } catch (IOException e) {
            failure = failure == null ? e : failure;
        }
        if (failure != null) {
            throw new UncheckedIOException("the capture is not complete", failure);
        }
    }
}
