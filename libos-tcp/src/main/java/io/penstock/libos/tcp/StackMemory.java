package io.penstock.libos.tcp;

import io.penstock.libos.tcp.config.SettingValues;
import io.penstock.libos.tcp.config.StackSettings;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.FramePool;
import io.penstock.memory.FrameShape;
import io.penstock.memory.PageKind;
import io.penstock.memory.PinnedHeap;
import io.penstock.memory.Region;
import io.penstock.memory.Tracing;

/**
 * A stack's pinned memory: one region, which the device is given, with the frames at its beginning and the application's
 * objects behind them.
 */
final class StackMemory implements AutoCloseable {
    private final Region region;
    private final PinnedHeap heap;
    private final FramePool frames;
    private final CoreHeap objects;

    private StackMemory(Region region, StackParts parts) {
        SettingValues values = parts.config.values();
        this.region = region;
        this.heap = PinnedHeap.over("stack", region);
        this.frames = heap.frames(
                "stack",
                new FrameShape(parts.frameBytes, parts.framePrefixBytes, FramePool.DEFAULT_HEADROOM_BYTES),
                values.get(StackSettings.FRAMES));
        this.objects = heap.core("stack", values.get(StackSettings.HEAP));
        Tracing tracing = values.get(StackSettings.BUFFER_TRACING);
        if (tracing != null) {
            frames.tracing(tracing);
            objects.tracing(tracing);
        }
    }

    /** @throws io.penstock.memory.OutOfMemoryRegionException if there is no memory for it */
    static StackMemory open(StackParts parts) {
        SettingValues values = parts.config.values();
        long frames = (long) values.get(StackSettings.FRAMES) * parts.frameBytes;
        Region region = Region.map(roundUp(frames) + roundUp(values.get(StackSettings.HEAP)));
        try {
            return new StackMemory(region, parts);
        } catch (RuntimeException e) {
            region.close();
            throw e;
        }
    }

    /** To what any heap is cut in whole: frames must not take the last of the objects' room. */
    private static long roundUp(long bytes) {
        long grain = PageKind.SMALL_LOCKED.sizeBytes() * 4;
        return (bytes + grain - 1) / grain * grain;
    }

    Region region() {
        return region;
    }

    FramePool frames() {
        return frames;
    }

    CoreHeap objects() {
        return objects;
    }

    void ownedBy(Thread thread) {
        frames.ownedBy(thread);
        objects.ownedBy(thread);
    }

    /** After the device, which might still write into frames. */
    @Override
    public void close() {
        frames.close();
        objects.close();
        heap.close(); // not while the application has cores of its own in it: then the region stays mapped
        region.close();
    }
}
