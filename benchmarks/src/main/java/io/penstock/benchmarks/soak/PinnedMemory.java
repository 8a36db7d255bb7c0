package io.penstock.benchmarks.soak;

import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FramePool;
import io.penstock.memory.PinnedHeap;
import io.penstock.memory.Region;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A pinned heap with a frame pool in it: what fits into a frame comes from either in turn, what is larger is a block. */
final class PinnedMemory implements SoakMemory {
    private static final int FRAME_BYTES = 2048;
    private static final int FRAMES = 4_096;
    /** Frames and blocks both run out now and then, so that refusal and trimming are part of the soak. */
    private static final long REGION_BYTES = 14L << 20;

    /** What the kernel calls a region's memory file. */
    private static final String REGION_NAME = "memfd:penstock-region";

    private final Region region;
    private final PinnedHeap heap;
    private final FramePool pool;
    private final CoreHeap core;
    private boolean frameNext;

    private PinnedMemory(Region region) {
        this.region = region;
        this.heap = PinnedHeap.over("soak", region);
        this.pool = heap.frames("soak-frames", FRAME_BYTES, FramePool.DEFAULT_HEADROOM_BYTES, FRAMES);
        this.core = heap.core("soak-core");
    }

    /** For the calling thread. */
    static PinnedMemory open() {
        return new PinnedMemory(Region.map(REGION_BYTES));
    }

    @Override
    public Buffer allocate(int lengthBytes) {
        frameNext = !frameNext;
        if (frameNext && lengthBytes <= pool.payloadBytes()) {
            Buffer frame = pool.allocate();
            return frame == null ? null : frame.length(lengthBytes);
        }
        return core.allocate(lengthBytes, 0); // no headroom, so that the smallest and the largest class come too
    }

    @Override
    public int reclaim() {
        return pool.reclaim() + core.reclaim();
    }

    /** Or the Java heap would hold more or fewer objects, by which sizes were wanted of late. */
    @Override
    public void trim() {
        core.trim();
        long _ = heap.trim();
    }

    @Override
    public long inUse() {
        return pool.framesInUse() + core.blocksInUse();
    }

    @Override
    public long regionBytes() {
        try (Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
            return mappings.filter(line -> line.contains(REGION_NAME))
                    .mapToLong(PinnedMemory::lengthOf)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read what is mapped", e);
        }
    }

    /** Of a line such as {@code 7f0a00000000-7f0a00e00000 rw-s ..}. */
    private static long lengthOf(String mapping) {
        String[] range = mapping.substring(0, mapping.indexOf(' ')).split("-", 2);
        return Long.parseUnsignedLong(range[1], 16) - Long.parseUnsignedLong(range[0], 16);
    }

    @Override
    public void close() {
        pool.close();
        core.close();
        heap.close();
        region.close();
    }
}
