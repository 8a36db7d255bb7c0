package io.penstock.benchmarks.micro;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FramePool;
import java.lang.foreign.Arena;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** Two KiB taken and given back on the owner's thread; the blackhole keeps the buffer from being optimised away. */
public class AllocationBenchmark {

    /** Penstock's side. The thread that measures sets it up, and so owns the pool. */
    @State(Scope.Thread)
    public static class Penstock {
        private FramePool pool;

        @Setup(Level.Trial)
        public void open() {
            pool = Frames.open();
        }
    }

    /** Penstock's memory for buffers of any size. */
    @State(Scope.Thread)
    public static class Heap {
        private CoreHeap heap;

        @Setup(Level.Trial)
        public void open() {
            heap = Frames.openHeap();
        }
    }

    /** Netty's pooled allocator. */
    @State(Scope.Thread)
    public static class NettyPooled {
        /** A cache starts empty: each of its first hundreds of allocations may miss. */
        private static final long MAX_MISSES = 1_000;

        private final PooledByteBufAllocator allocator = NettyPeer.pooled();

        @TearDown(Level.Trial)
        public void check() {
            NettyPeer.requireCacheWasUsed(allocator, MAX_MISSES);
        }
    }

    /** Netty's adaptive allocator. */
    @State(Scope.Thread)
    public static class NettyAdaptive {
        private final ByteBufAllocator allocator = NettyPeer.adaptive();
    }

    @Benchmark
    public void penstock(Penstock state, Blackhole blackhole) {
        Buffer buffer = state.pool.allocate();
        blackhole.consume(buffer);
        buffer.release();
    }

    @Benchmark
    public void penstockHeap(Heap state, Blackhole blackhole) {
        Buffer buffer = state.heap.allocate(Frames.FRAME_BYTES);
        blackhole.consume(buffer);
        buffer.release();
    }

    @Benchmark
    public void nettyPooled(NettyPooled state, Blackhole blackhole) {
        ByteBuf buffer = state.allocator.directBuffer(Frames.FRAME_BYTES);
        blackhole.consume(buffer);
        buffer.release();
    }

    @Benchmark
    public void nettyAdaptive(NettyAdaptive state, Blackhole blackhole) {
        ByteBuf buffer = state.allocator.directBuffer(Frames.FRAME_BYTES);
        blackhole.consume(buffer);
        buffer.release();
    }

    /** What the JDK offers: malloc, zeroing and free. */
    @Benchmark
    public void arena(Blackhole blackhole) {
        try (Arena arena = Arena.ofConfined()) {
            blackhole.consume(arena.allocate(Frames.FRAME_BYTES));
        }
    }
}
