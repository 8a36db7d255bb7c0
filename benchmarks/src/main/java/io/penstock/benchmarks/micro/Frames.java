package io.penstock.benchmarks.micro;

import io.penstock.memory.CoreHeap;
import io.penstock.memory.FramePool;
import io.penstock.memory.PinnedHeap;
import io.penstock.memory.Region;

/** The frames that every microbenchmark measures with: as many as a small server has. */
final class Frames {
    static final int FRAME_BYTES = 2048;
    static final int FRAMES = 1024;

    private static final long HEAP_BYTES = 16L << 20;

    private Frames() {}

    /** A pool of the calling thread, for the rest of the process. */
    static FramePool open() {
        Region region = Region.map((long) FRAMES * FRAME_BYTES);
        return FramePool.over("bench", region, FRAME_BYTES, FramePool.DEFAULT_HEADROOM_BYTES);
    }

    /** The calling thread's part of a heap, for the rest of the process. */
    static CoreHeap openHeap() {
        return PinnedHeap.over("bench", Region.map(HEAP_BYTES)).core("bench");
    }
}
