package io.penstock.benchmarks.micro;

import io.penstock.memory.Buffer;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a buffer costs its owner's thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class BufferBenchmark {
    private static final int FRAME_BYTES = 2048;
    private static final int FRAMES = 1024;

    private Region region;
    private FramePool pool;
    private Buffer held;

    /** On the thread that measures, which therefore owns the pool. */
    @Setup(Level.Trial)
    public void open() {
        region = Region.mapSmall((long) FRAMES * FRAME_BYTES);
        pool = FramePool.over("jmh", region, FRAME_BYTES, FramePool.DEFAULT_HEADROOM_BYTES);
        held = pool.allocate();
        held.length(64);
    }

    @TearDown(Level.Trial)
    public void close() {
        held.release();
        pool.close();
        region.close();
    }

    /** Takes a frame from the pool and gives it back. */
    @Benchmark
    public void allocateAndRelease() {
        pool.allocate().release();
    }

    /** Takes a reference more and gives it back. */
    @Benchmark
    public void retainAndRelease() {
        held.retain();
        held.release();
    }

    /** What the stack does around a transmission. */
    @Benchmark
    public void holdAndUnhold() {
        held.hold();
        held.unhold();
    }

    /** Writes and reads a number in network order, with the checks of the window. */
    @Benchmark
    public int putAndGetInt() {
        held.putInt(8, FRAMES);
        return held.getInt(8);
    }
}
