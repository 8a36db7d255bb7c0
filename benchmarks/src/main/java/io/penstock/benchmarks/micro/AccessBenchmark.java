package io.penstock.benchmarks.micro;

import io.netty.buffer.ByteBuf;
import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The header of a TCP packet over IPv4 over Ethernet, read and written in network order: through a buffer and its checks,
 * and through a segment whose address and bounds the compiler knows as constants.
 *
 * <p>JMH calls each method anew for each operation and never inlines it, so that no read can be moved out of the loop or
 * be taken over from the last operation; what is read is added up and returned, what is written comes from fields.
 */
public class AccessBenchmark {
    private static final int WINDOW_BYTES = 1514;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int ETHER_TYPE = 12;
    private static final int VERSION = 14;
    private static final int TOTAL_LENGTH = 16;
    private static final int PROTOCOL = 23;
    private static final int SOURCE = 26;
    private static final int DESTINATION = 30;
    private static final int SOURCE_PORT = 34;
    private static final int DESTINATION_PORT = 36;
    private static final int SEQUENCE = 38;
    private static final int ACKNOWLEDGEMENT = 42;
    private static final int FLAGS = 47;
    private static final int WINDOW = 48;

    /** What is written; fields, since the compiler could fold constants into fewer and wider stores. */
    @State(Scope.Thread)
    public static class Values {
        private int sourcePort = 49_152;
        private int destinationPort = 6379;
        private int sequence = 0x12345678;
        private int acknowledgement = 0x23456789;
        private byte flags = 0x18;
        private int window = 0xfaf0;
    }

    /** One frame that lives all the time; a field that could change, as a packet's buffer is another each time. */
    @State(Scope.Thread)
    public static class Penstock {
        private Buffer buffer;

        @Setup(Level.Trial)
        public void open() {
            buffer = Frames.open().allocate().length(WINDOW_BYTES);
        }
    }

    /** Netty's. */
    @State(Scope.Thread)
    public static class Netty {
        private final ByteBuf buffer =
                NettyPeer.pooled().directBuffer(Frames.FRAME_BYTES).writerIndex(WINDOW_BYTES);
    }

    /** The same kind of memory, for the rest of the process. */
    private static final class Raw {
        private static final MemorySegment SEGMENT = RawMemory.segment(
                Region.map((long) Frames.FRAMES * Frames.FRAME_BYTES).address(), WINDOW_BYTES);
    }

    @Benchmark
    public int penstockRead(Penstock state) {
        Buffer b = state.buffer;
        return b.getUnsignedShort(ETHER_TYPE)
                + b.getByte(VERSION)
                + b.getUnsignedShort(TOTAL_LENGTH)
                + b.getByte(PROTOCOL)
                + b.getInt(SOURCE)
                + b.getInt(DESTINATION)
                + b.getUnsignedShort(SOURCE_PORT)
                + b.getUnsignedShort(DESTINATION_PORT)
                + b.getInt(SEQUENCE);
    }

    @Benchmark
    public int segmentRead() {
        MemorySegment s = Raw.SEGMENT;
        return (s.get(SHORT, ETHER_TYPE) & 0xffff)
                + s.get(ValueLayout.JAVA_BYTE, VERSION)
                + (s.get(SHORT, TOTAL_LENGTH) & 0xffff)
                + s.get(ValueLayout.JAVA_BYTE, PROTOCOL)
                + s.get(INT, SOURCE)
                + s.get(INT, DESTINATION)
                + (s.get(SHORT, SOURCE_PORT) & 0xffff)
                + (s.get(SHORT, DESTINATION_PORT) & 0xffff)
                + s.get(INT, SEQUENCE);
    }

    @Benchmark
    public int nettyRead(Netty state) {
        ByteBuf b = state.buffer;
        return b.getUnsignedShort(ETHER_TYPE)
                + b.getByte(VERSION)
                + b.getUnsignedShort(TOTAL_LENGTH)
                + b.getByte(PROTOCOL)
                + b.getInt(SOURCE)
                + b.getInt(DESTINATION)
                + b.getUnsignedShort(SOURCE_PORT)
                + b.getUnsignedShort(DESTINATION_PORT)
                + b.getInt(SEQUENCE);
    }

    @Benchmark
    public void penstockWrite(Penstock state, Values values) {
        Buffer b = state.buffer;
        b.putShort(SOURCE_PORT, values.sourcePort);
        b.putShort(DESTINATION_PORT, values.destinationPort);
        b.putInt(SEQUENCE, values.sequence);
        b.putInt(ACKNOWLEDGEMENT, values.acknowledgement);
        b.putByte(FLAGS, values.flags);
        b.putShort(WINDOW, values.window);
    }

    @Benchmark
    public void segmentWrite(Values values) {
        MemorySegment s = Raw.SEGMENT;
        s.set(SHORT, SOURCE_PORT, (short) values.sourcePort);
        s.set(SHORT, DESTINATION_PORT, (short) values.destinationPort);
        s.set(INT, SEQUENCE, values.sequence);
        s.set(INT, ACKNOWLEDGEMENT, values.acknowledgement);
        s.set(ValueLayout.JAVA_BYTE, FLAGS, values.flags);
        s.set(SHORT, WINDOW, (short) values.window);
    }

    @Benchmark
    public void nettyWrite(Netty state, Values values) {
        ByteBuf b = state.buffer;
        b.setShort(SOURCE_PORT, values.sourcePort);
        b.setShort(DESTINATION_PORT, values.destinationPort);
        b.setInt(SEQUENCE, values.sequence);
        b.setInt(ACKNOWLEDGEMENT, values.acknowledgement);
        b.setByte(FLAGS, values.flags);
        b.setShort(WINDOW, values.window);
    }
}
