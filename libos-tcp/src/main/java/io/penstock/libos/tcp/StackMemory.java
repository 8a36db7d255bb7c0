package io.penstock.libos.tcp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.PortLease;
import io.penstock.libos.tcp.config.Setting;
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

    private StackMemory(Region region, SettingValues values, FrameShape shape, int frameCount) {
        this.region = region;
        this.heap = PinnedHeap.over("stack", region);
        this.frames = heap.frames("stack", shape, frameCount);
        this.objects = heap.core("stack", values.get(StackSettings.HEAP));
        Tracing tracing = values.get(StackSettings.BUFFER_TRACING);
        if (tracing != null) {
            frames.tracing(tracing);
            objects.tracing(tracing);
        }
    }

    /** @throws io.penstock.memory.OutOfMemoryRegionException if there is no memory for it */
    static StackMemory open(SettingValues values, FrameShape shape) {
        int frames = values.get(StackSettings.FRAMES);
        Region region = Region.map(frameBytes(frames, shape) + roundUp(values.get(StackSettings.HEAP)));
        return over(region, values, shape, frames);
    }

    /**
     * The memory that a device was given when it was acquired, laid out as it was there.
     *
     * @throws ConfigurationException if something else was asked for
     */
    static StackMemory of(PortLease lease, SettingValues values, int framePrefixBytes) {
        require(lease, values, StackSettings.FRAMES, lease.frameCount());
        require(lease, values, StackSettings.FRAME_BYTES, (long) lease.frameBytes());
        Region region = lease.mapMemory();
        FrameShape shape = new FrameShape(lease.frameBytes(), framePrefixBytes, FramePool.DEFAULT_HEADROOM_BYTES);
        long left = region.lengthBytes() - frameBytes(lease.frameCount(), shape);
        if (values.isSet(StackSettings.HEAP) && values.get(StackSettings.HEAP) > left) {
            region.close();
            throw refused(lease, values, StackSettings.HEAP, left);
        }
        return over(region, values, shape, lease.frameCount());
    }

    private static <T> void require(PortLease lease, SettingValues values, Setting<T> setting, T given) {
        if (values.isSet(setting) && !values.get(setting).equals(given)) {
            throw refused(lease, values, setting, given);
        }
    }

    private static ConfigurationException refused(
            PortLease lease, SettingValues values, Setting<?> setting, Object given) {
        return new ConfigurationException(setting + "=" + values.text(setting) + ": the lease of '" + lease.spec()
                + "' has " + given + ", as it was acquired: acquire it with the same settings, or leave this one out");
    }

    private static StackMemory over(Region region, SettingValues values, FrameShape shape, int frameCount) {
        try {
            return new StackMemory(region, values, shape, frameCount);
        } catch (RuntimeException e) {
            region.close();
            throw e;
        }
    }

    private static long frameBytes(int count, FrameShape shape) {
        return roundUp((long) count * shape.strideBytes());
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
