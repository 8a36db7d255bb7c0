package io.penstock.benchmarks.micro;

import io.penstock.memory.Buffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One passage through the stack: a segment of an established connection up, or a buffer down. */
public class PassageBenchmark {
    /** So many pushes go to the device before the peer acknowledges them together; an initial window has room for them. */
    public static final int PUSHES = 8;

    /** The connection. The thread that measures sets it up, and so owns the stack. */
    @State(Scope.Thread)
    public static class Connection {
        /** Payload of segments and buffers. */
        @Param({"64", "1400"})
        public int sizeBytes;

        /** Whether checksums are the device's affair. */
        @Param({"true", "false"})
        public boolean deviceSums;

        private Passage passage;

        @Setup(Level.Trial)
        public void open() {
            passage = new Passage(sizeBytes, deviceSums);
        }

        @TearDown(Level.Trial)
        public void close() {
            passage.close();
        }
    }

    /** From the frame in the device's hand to the completion of a pop, the next pop included. */
    @Benchmark
    public long receive(Connection connection) {
        Passage passage = connection.passage;
        Buffer received = passage.receive();
        long word = received.getLong(0);
        passage.giveBack(received);
        return word;
    }

    /** From the push to the frame in the device's hand; each eighth one is followed by an acknowledgement of eight. */
    @Benchmark
    @OperationsPerInvocation(PUSHES)
    public void push(Connection connection) {
        Passage passage = connection.passage;
        for (int i = 0; i < PUSHES; i++) {
            Buffer buffer = passage.allocate();
            buffer.putLong(0, i);
            passage.push(buffer);
        }
        passage.acknowledge(PUSHES);
    }
}
