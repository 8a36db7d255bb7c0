package io.penstock.benchmarks.micro;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FramePool;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.infra.Control;

/** Two KiB taken on one core and given back on another, without pause. The releasing side counts. */
@OperationsPerInvocation(HandOver.BATCH)
public class HandOverBenchmark {

    /** The way from the one thread to the other. */
    @State(Scope.Group)
    public static class Buffers {
        private final HandOver<Buffer> handOver = new HandOver<>(new Buffer[HandOver.BATCHES][HandOver.BATCH]);
    }

    /** The pool; only the allocating thread knows it, and so owns it. */
    @State(Scope.Thread)
    public static class Pool {
        private FramePool pool;

        @Setup(Level.Trial)
        public void open() {
            pool = Frames.open();
        }
    }

    /** The same of a heap. */
    @State(Scope.Thread)
    public static class Heap {
        private CoreHeap heap;

        @Setup(Level.Trial)
        public void open() {
            heap = Frames.openHeap();
        }
    }

    /** The way for Netty's buffers. */
    @State(Scope.Group)
    public static class ByteBufs {
        private final HandOver<ByteBuf> handOver = new HandOver<>(new ByteBuf[HandOver.BATCHES][HandOver.BATCH]);
    }

    /** Netty's pooled allocator. */
    @State(Scope.Group)
    public static class Pooled {
        private final ByteBufAllocator allocator = NettyPeer.pooled();

        /** What is under way always fits the cache, but a reader of figures should not have to believe it. */
        @TearDown(Level.Trial)
        public void check() {
            NettyPeer.requireCacheWasUsed(NettyPeer.pooled(), 100_000);
        }
    }

    /** Netty's adaptive allocator. */
    @State(Scope.Group)
    public static class Adaptive {
        private final ByteBufAllocator allocator = NettyPeer.adaptive();
    }

    /** What stands for a buffer where the way itself is measured. */
    @State(Scope.Group)
    public static class Nothing {
        private final HandOver<Object> handOver = new HandOver<>(new Object[HandOver.BATCHES][HandOver.BATCH]);
        private final Object[] objects = new Object[HandOver.BATCH];

        @Setup(Level.Trial)
        public void fill() {
            for (int i = 0; i < objects.length; i++) {
                objects[i] = new Object();
            }
        }
    }

    @Benchmark
    @Group("penstock")
    @GroupThreads(1)
    public void penstockAllocate(Pool pool, Buffers way, Control control) {
        pool.pool.reclaim(); // as the poll loop does each turn
        if (way.handOver.flush(control)) {
            Buffer[] batch = way.handOver.batch();
            for (int i = 0; i < batch.length; i++) {
                batch[i] = pool.pool.allocate();
            }
            way.handOver.give(batch, control);
        }
    }

    @Benchmark
    @Group("penstock")
    @GroupThreads(1)
    public void penstockRelease(Buffers way, Control control) {
        releaseAll(way, control);
    }

    @Benchmark
    @Group("penstockHeap")
    @GroupThreads(1)
    public void heapAllocate(Heap heap, Buffers way, Control control) {
        heap.heap.reclaim();
        if (way.handOver.flush(control)) {
            Buffer[] batch = way.handOver.batch();
            for (int i = 0; i < batch.length; i++) {
                batch[i] = heap.heap.allocate(Frames.FRAME_BYTES);
            }
            way.handOver.give(batch, control);
        }
    }

    @Benchmark
    @Group("penstockHeap")
    @GroupThreads(1)
    public void heapRelease(Buffers way, Control control) {
        releaseAll(way, control);
    }

    private static void releaseAll(Buffers way, Control control) {
        Buffer[] batch = way.handOver.take(control);
        if (batch != null) {
            for (Buffer buffer : batch) {
                buffer.release();
            }
        }
    }

    @Benchmark
    @Group("nettyPooled")
    @GroupThreads(1)
    public void pooledAllocate(Pooled netty, ByteBufs way, Control control) {
        allocate(netty.allocator, way, control);
    }

    @Benchmark
    @Group("nettyPooled")
    @GroupThreads(1)
    public void pooledRelease(ByteBufs way, Control control) {
        releaseAll(way, control);
    }

    @Benchmark
    @Group("nettyAdaptive")
    @GroupThreads(1)
    public void adaptiveAllocate(Adaptive netty, ByteBufs way, Control control) {
        allocate(netty.allocator, way, control);
    }

    @Benchmark
    @Group("nettyAdaptive")
    @GroupThreads(1)
    public void adaptiveRelease(ByteBufs way, Control control) {
        releaseAll(way, control);
    }

    private static void allocate(ByteBufAllocator allocator, ByteBufs way, Control control) {
        if (way.handOver.flush(control)) {
            ByteBuf[] batch = way.handOver.batch();
            for (int i = 0; i < batch.length; i++) {
                batch[i] = allocator.directBuffer(Frames.FRAME_BYTES);
            }
            way.handOver.give(batch, control);
        }
    }

    private static void releaseAll(ByteBufs way, Control control) {
        ByteBuf[] batch = way.handOver.take(control);
        if (batch != null) {
            for (ByteBuf buffer : batch) {
                buffer.release();
            }
        }
    }

    @Benchmark
    @Group("nothing")
    @GroupThreads(1)
    public void give(Nothing way, Control control) {
        if (way.handOver.flush(control)) {
            Object[] batch = way.handOver.batch();
            for (int i = 0; i < batch.length; i++) {
                batch[i] = way.objects[i];
            }
            way.handOver.give(batch, control);
        }
    }

    @Benchmark
    @Group("nothing")
    @GroupThreads(1)
    public void take(Nothing way, Control control, Blackhole blackhole) {
        Object[] batch = way.handOver.take(control);
        if (batch != null) {
            for (Object object : batch) {
                blackhole.consume(object);
            }
        }
    }
}
