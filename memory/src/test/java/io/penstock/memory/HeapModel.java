package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.linux.RawMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

/** A heap with two cores and a frame pool, and beside it a book of all that is out, kept in the simplest way. */
final class HeapModel {
    /** One window: the block's own, or a slice. */
    static final class Handle {
        final Buffer buffer;
        final Block block;
        int references = 1;

        Handle(Buffer buffer, Block block) {
            this.buffer = buffer;
            this.block = block;
        }

        boolean isAlive() {
            return references > 0;
        }
    }

    static final class Block {
        final BufferPool pool;
        final long address;
        final int lengthBytes;
        final byte stamp;
        final List<Handle> handles = new ArrayList<>();
        int holds;
        /** Another thread released a window of it: it is home when the owner has reclaimed, or before. */
        boolean queued;

        @Override
        public String toString() {
            return own().toString();
        }

        Block(Buffer buffer, byte stamp) {
            this.pool = buffer.pool();
            this.address = buffer.frameAddress();
            this.lengthBytes = buffer.frameBytes();
            this.stamp = stamp;
            handles.add(new Handle(buffer, this));
            RawMemory.fill(address, lengthBytes, stamp);
        }

        Buffer own() {
            return handles.getFirst().buffer;
        }

        boolean isInUse() {
            return holds > 0 || isAlive();
        }

        boolean isAlive() {
            return handles.stream().anyMatch(Handle::isAlive);
        }
    }

    final PinnedHeap heap;
    final CoreHeap[] cores;
    final FramePool frames;
    private final long[] limits;
    private final Executor elsewhere;
    private final Map<Long, Block> blocks = new TreeMap<>();
    /** Nobody holds them, and whether they are home already is not said. */
    private final List<Block> onTheirWay = new ArrayList<>();

    private final long[] failed = new long[2];
    private final long[] highWater = new long[2];
    private int stamps;

    HeapModel(Region region, Executor elsewhere, long... limits) {
        this.elsewhere = elsewhere;
        this.limits = limits;
        heap = PinnedHeap.over("model", region);
        cores = new CoreHeap[] {heap.core("core-0", limits[0]), heap.core("core-1", limits[1])};
        frames = heap.frames("frames", 2048, 256, 20);
        frames.reserve(0);
    }

    // ---- actions

    void allocate(int core, int lengthBytes, int headroomBytes) {
        CoreHeap from = cores[core];
        Buffer buffer = from.allocate(lengthBytes, headroomBytes);
        int sizeClass = SizeClasses.classOf(lengthBytes + headroomBytes);
        int blockBytes = SizeClasses.blockBytes(sizeClass);
        if (buffer == null) {
            failed[core]++;
            if (bytesOf(from) + bytesOnTheirWay(from) + blockBytes <= limits[core]) {
                assertThat(from.cachedBytes()).as("kept to itself").isZero();
                assertThat(heap.depot(sizeClass).blocks()).as("in the depot").isZero();
                assertThat(heap.statistics().longestFreeRunBytes())
                        .as("a run for a span of %d", blockBytes)
                        .isLessThan((long) SizeClasses.spanUnits(sizeClass) << SizeClasses.UNIT_SHIFT);
            }
            return;
        }
        assertThat(buffer.length()).isEqualTo(lengthBytes);
        assertThat(buffer.headroom()).isEqualTo(headroomBytes);
        assertThat(buffer.frameBytes()).isEqualTo(blockBytes);
        taken(buffer);
        highWater[core] = Math.max(highWater[core], from.bytesInUse());
        assertThat(bytesOf(from)).isLessThanOrEqualTo(limits[core]);
    }

    void allocateFrame() {
        Buffer buffer = frames.allocate();
        long out = blocks.values().stream().filter(b -> b.pool == frames).count();
        if (buffer == null) {
            assertThat(out)
                    .isBetween((long) frames.capacityFrames() - onTheirWay.size(), (long) frames.capacityFrames());
        } else {
            taken(buffer.length(100));
        }
    }

    private void taken(Buffer buffer) {
        assertThat(buffer.references()).isEqualTo(1);
        assertThat(buffer.next()).isNull();
        Block block = new Block(buffer, (byte) ++stamps);
        assertThat(blocks.put(block.address, block)).as("given out twice").isNull();
    }

    void retain(int which, boolean onAnotherThread) {
        Handle handle = alive(which);
        if (handle != null) {
            on(onAnotherThread, () -> assertThat(handle.buffer.retain()).isSameAs(handle.buffer));
            handle.references++;
        }
    }

    void release(int which, boolean onAnotherThread) {
        Handle handle = alive(which);
        if (handle != null) {
            on(onAnotherThread, handle.buffer::release);
            handle.references--;
            handle.block.queued |= onAnotherThread;
            goHome(handle.block);
        }
    }

    void slice(int which, int share, boolean onAnotherThread) {
        Handle handle = alive(which);
        if (handle != null) {
            int length = handle.buffer.length();
            int at = length * (share & 3) / 4;
            on(onAnotherThread, () -> window(handle, handle.buffer.slice(at, (length - at) / 2)));
        }
    }

    void duplicate(int which) {
        Handle handle = alive(which);
        if (handle != null) {
            Buffer twin = handle.buffer.duplicate();
            assertThat(twin.length()).isEqualTo(handle.buffer.length());
            window(handle, twin);
        }
    }

    private static void window(Handle of, Buffer slice) {
        assertThat(slice.frame()).isSameAs(of.block.own());
        if (slice.length() > 0) {
            assertThat(slice.getByte(slice.length() - 1)).isEqualTo(of.block.stamp);
        }
        of.block.handles.add(new Handle(slice, of.block));
    }

    void hold(int which) {
        Handle handle = alive(which);
        if (handle != null) {
            handle.buffer.hold();
            handle.block.holds++;
        }
    }

    void unhold(int which) {
        List<Block> held = blocks.values().stream().filter(b -> b.holds > 0).toList();
        if (!held.isEmpty()) {
            Block block = held.get(which % held.size());
            block.own().unhold();
            block.holds--;
            goHome(block);
        }
    }

    void reclaim(BufferPool pool) {
        pool.reclaim();
        onTheirWay.removeIf(block -> block.pool == pool);
        blocks.values().stream().filter(b -> b.pool == pool).forEach(b -> b.queued = false);
    }

    void releaseAll() {
        for (Block block : List.copyOf(blocks.values())) {
            for (Handle handle : List.copyOf(block.handles)) {
                while (handle.isAlive()) {
                    handle.buffer.release();
                    handle.references--;
                }
            }
            while (block.holds > 0) {
                block.own().unhold();
                block.holds--;
            }
            goHome(block);
        }
        reclaim(cores[0]);
        reclaim(cores[1]);
        reclaim(frames);
    }

    /** Closes all with what is out at this moment; returns how many bytes must be out of use. */
    long close() {
        long leaked = blocks.values().stream().anyMatch(b -> b.pool == frames) ? framesBytes() : 0;
        leaked += bytesOf(cores[0]) + bytesOf(cores[1]);
        cores[0].close();
        frames.close();
        cores[1].close();
        heap.trim();
        heap.close();
        return leaked;
    }

    private void goHome(Block block) {
        if (!block.isInUse()) {
            blocks.remove(block.address);
            if (block.queued) {
                onTheirWay.add(block);
            }
        }
    }

    private Handle alive(int which) {
        List<Handle> alive = blocks.values().stream()
                .flatMap(b -> b.handles.stream())
                .filter(Handle::isAlive)
                .toList();
        return alive.isEmpty() ? null : alive.get(which % alive.size());
    }

    private void on(boolean anotherThread, Runnable work) {
        if (!anotherThread) {
            work.run();
            return;
        }
        try {
            CompletableFuture.runAsync(work, elsewhere).get();
        } catch (ExecutionException e) {
            throw new AssertionError("on another thread", e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- what must be so at any time

    void check() {
        long end = heap.region().address();
        for (Block block : blocks.values()) {
            require(block.address >= end, block, "overlaps its neighbour");
            end = block.address + block.lengthBytes;
            long inside = block.address + stamps % block.lengthBytes;
            require(heap.bufferAt(inside) == block.own(), block, "is not what its address leads to");
            require(RawMemory.getByte(block.address) == block.stamp, block, "was overwritten at its beginning");
            require(RawMemory.getByte(end - 1) == block.stamp, block, "was overwritten at its end");
            for (Handle handle : block.handles) {
                boolean alive = handle.isAlive() || (handle.buffer == block.own() && block.isAlive());
                require(!alive || handle.buffer.isAlive(), block, "is dead although somebody holds it");
            }
        }
        require(end <= heap.region().address() + heap.region().lengthBytes(), heap, "ends behind its region");
        checkCounters();
    }

    /** Called for every block after every step: an assertion's object each time would take most of the test's time. */
    private static void require(boolean isSo, Object what, String complaint) {
        if (!isSo) {
            throw new AssertionError(what + " " + complaint);
        }
    }

    private void checkCounters() {
        for (int c = 0; c < 2; c++) {
            CoreHeap core = cores[c];
            assertThat(core.bytesInUse()).isBetween(bytesOf(core), bytesOf(core) + bytesOnTheirWay(core));
            assertThat(core.blocksInUse()).isBetween(blocksOf(core), blocksOf(core) + onTheirWay.size());
            assertThat(core.failedAllocations()).isEqualTo(failed[c]);
            assertThat(core.highWaterBytes()).isEqualTo(highWater[c]);
        }
        assertThat((long) frames.framesInUse()).isBetween(blocksOf(frames), blocksOf(frames) + onTheirWay.size());
        HeapStatistics now = heap.statistics();
        assertThat(now.freeBytes()
                        + now.depotBytes()
                        + cores[0].cachedBytes()
                        + cores[1].cachedBytes()
                        + cores[0].bytesInUse()
                        + cores[1].bytesInUse()
                        + framesBytes())
                .as("every byte is somewhere")
                .isEqualTo(now.totalBytes());
    }

    /** Every byte of every block, which takes longer. */
    void checkContents() {
        for (Block block : blocks.values()) {
            for (int i = 0; i < block.lengthBytes; i++) {
                if (RawMemory.getByte(block.address + i) != block.stamp) {
                    throw new AssertionError("byte " + i + " of " + block.own() + " was overwritten");
                }
            }
        }
    }

    private long bytesOf(BufferPool pool) {
        return blocks.values().stream()
                .filter(b -> b.pool == pool)
                .mapToLong(b -> b.lengthBytes)
                .sum();
    }

    private long bytesOnTheirWay(BufferPool pool) {
        return onTheirWay.stream()
                .filter(b -> b.pool == pool)
                .mapToLong(b -> b.lengthBytes)
                .sum();
    }

    private long blocksOf(BufferPool pool) {
        return blocks.values().stream().filter(b -> b.pool == pool).count();
    }

    private long framesBytes() {
        long bytes = (long) frames.capacityFrames() * frames.frameBytes();
        return (bytes + SizeClasses.UNIT_BYTES - 1) / SizeClasses.UNIT_BYTES * SizeClasses.UNIT_BYTES;
    }

    @Override
    public String toString() {
        return blocks.size() + " blocks out of " + heap;
    }
}
