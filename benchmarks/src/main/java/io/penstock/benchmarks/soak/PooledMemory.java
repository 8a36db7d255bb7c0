package io.penstock.benchmarks.soak;

import io.penstock.memory.Buffer;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;

/** Frames of a pool; what is larger than a frame is cut to it. */
final class PooledMemory implements SoakMemory {
    private static final int FRAME_BYTES = 2048;
    private static final int FRAMES = 16_384;

    private final Region region;
    private final FramePool pool;

    private PooledMemory(Region region) {
        this.region = region;
        this.pool = FramePool.over("soak", region, FRAME_BYTES, FramePool.DEFAULT_HEADROOM_BYTES);
    }

    /** For the calling thread. */
    static PooledMemory open() {
        return new PooledMemory(Region.map((long) FRAMES * FRAME_BYTES));
    }

    @Override
    public Buffer allocate(int lengthBytes) {
        Buffer buffer = pool.allocate();
        return buffer == null ? null : buffer.length(Math.min(lengthBytes, pool.payloadBytes()));
    }

    @Override
    public int reclaim() {
        return pool.reclaim();
    }

    @Override
    public long inUse() {
        return pool.framesInUse();
    }

    @Override
    public long regionBytes() {
        return region.lengthBytes();
    }

    @Override
    public void close() {
        pool.close();
        region.close();
    }
}
