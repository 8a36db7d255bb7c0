package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Regions beyond what an int can count; only a few of their pages are ever touched. */
class LargeRegionTest {
    private static final long LENGTH = 16L << 30;

    @Test
    void theFarEndOfALargeHeapIsAsGoodAsItsBeginning() {
        try (Region region = Region.open(new RegionConfig()
                .lengthBytes(LENGTH)
                .pages(PageKind.SMALL_UNLOCKED)
                .prefault(false))) {
            assertThat(region.lengthBytes()).isEqualTo(LENGTH);
            long end = region.address() + LENGTH;
            PinnedHeap heap = PinnedHeap.over("large", region);
            // Frames up to the last MiB: what is allocated after them lies behind.
            FramePool frames = heap.frames("most", 65536, 256, (int) ((LENGTH - (1 << 20)) >> 16));
            CoreHeap core = heap.core("core");
            Buffer block = core.allocate((1 << 20) - 128);
            assertThat(block.frameAddress()).isEqualTo(end - (1 << 20));
            block.putLong(block.length() - 8, 42);
            assertThat(heap.bufferAt(end - 1)).isSameAs(block);
            assertThat(heap.bufferAt(block.frameAddress() - 1)).isSameAs(frames.frame(frames.capacityFrames() - 1));
            assertThat(core.allocate(1)).isNull();

            Buffer lastFrame = frames.frame(frames.capacityFrames() - 1);
            assertThat(lastFrame.frameAddress()).isEqualTo(end - (1 << 20) - 65536);
            assertThat(frames.frameAt(lastFrame.frameAddress() + 65535)).isSameAs(lastFrame);
            assertThat(frames.frameAt(end - 1)).isSameAs(block);
            assertThat(heap.statistics().totalBytes()).isEqualTo(LENGTH);
            assertThat(heap.statistics().freeBytes()).isZero();

            block.release();
            core.close();
            frames.close();
            assertThat(heap.statistics().longestFreeRunBytes()
                            + heap.statistics().depotBytes())
                    .isEqualTo(LENGTH);
            heap.close();
        }
    }

    @Test
    void aPoolOverAllOfALargeRegionCountsItsFrames() {
        try (Region region = Region.open(new RegionConfig()
                        .lengthBytes(LENGTH)
                        .shareable(false)
                        .prefault(false)
                        .pages(PageKind.SMALL_UNLOCKED));
                FramePool frames = FramePool.over("all", region, 65536, 0)) {
            assertThat(frames.capacityFrames()).isEqualTo(1 << 18);
            long last = region.address() + LENGTH - 1;
            assertThat(frames.frameAt(last).frameIndex()).isEqualTo((1 << 18) - 1);
            Buffer first = frames.allocate().length(1);
            first.putByte(0, (byte) 1);
            first.release();
        }
    }
}
