package io.penstock.benchmarks.micro;

import io.netty.buffer.ByteBuf;
import io.penstock.memory.Buffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One holder more and one less, on the owner's thread. */
public class ReferenceBenchmark {

    /** A buffer that lives all the time. */
    @State(Scope.Thread)
    public static class Penstock {
        private Buffer buffer;

        @Setup(Level.Trial)
        public void open() {
            buffer = Frames.open().allocate().length(64);
        }
    }

    /** Netty's. */
    @State(Scope.Thread)
    public static class Netty {
        private final ByteBuf buffer = NettyPeer.pooled().directBuffer(Frames.FRAME_BYTES);
    }

    @Benchmark
    public void retainAndRelease(Penstock state) {
        Buffer buffer = state.buffer;
        buffer.retain();
        buffer.release();
    }

    @Benchmark
    public void nettyRetainAndRelease(Netty state) {
        ByteBuf buffer = state.buffer;
        buffer.retain();
        buffer.release();
    }
}
