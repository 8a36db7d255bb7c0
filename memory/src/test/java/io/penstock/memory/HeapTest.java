package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.RawMemory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a heap does for all of its cores and pools. */
class HeapTest extends HeapFixture {
    @Test
    void anAddressLeadsToItsBlockAndNowhereElse() {
        Buffer block = core.allocate(1000, 0);
        assertThat(heap.bufferAt(block.frameAddress())).isSameAs(block);
        assertThat(heap.bufferAt(block.frameAddress() + block.frameBytes() - 1)).isSameAs(block);
        assertThat(heap.bufferAt(block.frameAddress() - 1)).isNotSameAs(block);
        assertThatThrownBy(() -> heap.bufferAt(region.address() - 1))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("heap 'heap'");
        assertThatThrownBy(() -> heap.bufferAt(region.address() + region.lengthBytes()))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> heap.bufferAt(region.address() + region.lengthBytes() - 1))
                .as("nothing was cut there")
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> heap.bufferAt(Long.MAX_VALUE)).isInstanceOf(IndexOutOfBoundsException.class);
        block.release();
    }

    @Test
    void framesAndBlocksOfOneHeapAreFoundFromBoth() {
        try (FramePool frames = heap.frames("frames", 2048, 256, 16)) {
            Buffer frame = frames.allocate();
            Buffer block = core.allocate(100);
            assertThat(heap.bufferAt(frame.address())).isSameAs(frame);
            assertThat(frames.frameAt(block.address())).isSameAs(block);
            assertThat(frames.frameAt(frame.address())).isSameAs(frame);
            frame.release();
            block.release();
        }
    }

    @Test
    void anAddressIsReleasedLikeItsBuffer() {
        Buffer block = core.allocate(100);
        long address = block.frameAddress();
        assertThatThrownBy(() -> heap.release(address + 1))
                .isInstanceOf(BufferStateException.class)
                .hasMessageContaining("lies 1 bytes inside block of 256 bytes");
        heap.release(address);
        assertThat(core.blocksInUse()).isZero();
        assertThatThrownBy(() -> heap.release(address))
                .isInstanceOf(BufferStateException.class)
                .hasMessageContaining("although nobody holds it");
        assertThatThrownBy(() -> heap.release(42)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void whatOneSizeNoLongerNeedsServesAnother() {
        List<Buffer> small = allOf(core, 64);
        assertThat(small).hasSize(HEAP_BYTES / 64);
        assertThat(core.allocate(1 << 20, 0)).isNull();
        small.forEach(Buffer::release);
        List<Buffer> large = allOf(core, 1 << 20);
        assertThat(large).hasSize(HEAP_BYTES >> 20);
        large.forEach(Buffer::release);
        small = allOf(core, 64);
        assertThat(small).hasSize(HEAP_BYTES / 64);
        small.forEach(Buffer::release);
    }

    @Test
    void framesAreMadeOfWhatObjectsNoLongerNeed() {
        List<Buffer> objects = allOf(core, 4096);
        assertThatThrownBy(() -> heap.frames("frames", 4096, 256, HEAP_BYTES / 4096))
                .isInstanceOf(OutOfMemoryRegionException.class)
                .hasMessage("1024 frames of 4096 bytes do not fit into heap 'heap': its longest free run is 0 bytes");
        objects.forEach(Buffer::release);
        core.trim();
        try (FramePool frames = heap.frames("frames", 4096, 256, HEAP_BYTES / 4096)) {
            assertThat(frames.capacityFrames()).isEqualTo(HEAP_BYTES / 4096);
            assertThat(core.allocate(1)).isNull();
        }
        assertThat(heap.statistics().freeBytes()).isEqualTo(HEAP_BYTES);
    }

    @Test
    void trimGivesOnlyWholeSpansBack() {
        List<Buffer> blocks = allOf(core, 64);
        Buffer kept = blocks.remove(blocks.size() / 2);
        blocks.forEach(Buffer::release);
        core.trim();
        long spanBytes = (long) SizeClasses.spanUnits(0) << SizeClasses.UNIT_SHIFT;
        assertThat(heap.statistics().freeBytes()).isZero();
        assertThat(heap.trim()).isEqualTo(HEAP_BYTES - spanBytes);
        HeapStatistics now = heap.statistics();
        assertThat(now.freeBytes()).isEqualTo(HEAP_BYTES - spanBytes);
        assertThat(now.depotBytes()).isEqualTo(spanBytes - 64);
        assertThat(now.externalFragmentation())
                .isEqualTo(1 - (double) now.longestFreeRunBytes() / now.freeBytes())
                .isBetween(0.0, 0.5);
        kept.release();
        core.trim();
        assertThat(heap.trim()).isEqualTo(spanBytes);
        assertThat(heap.statistics().externalFragmentation()).isZero();
        assertThat(heap.statistics().longestFreeRunBytes()).isEqualTo(HEAP_BYTES);
    }

    @Test
    void fragmentationIsSeenInTheNumbers() {
        List<Buffer> spans = allOf(core, 1 << 20);
        spans.get(0).release();
        spans.get(2).release();
        core.trim();
        heap.trim();
        HeapStatistics now = heap.statistics();
        assertThat(now.freeBytes()).isEqualTo(2 << 20);
        assertThat(now.longestFreeRunBytes()).isEqualTo(1 << 20);
        assertThat(now.externalFragmentation()).isEqualTo(0.5);
        spans.get(1).release();
        spans.get(3).release();
    }

    @Test
    void framesFromAFewBytesToJumboLieInOneRun() {
        try (FramePool jumbo = heap.frames("jumbo", 65536, 256, 16);
                FramePool odd = heap.frames("odd", 2048, 0, 3)) {
            jumbo.reserve(0);
            Buffer chain = jumbo.allocate(200_000, 1 << 20);
            int frames = 0;
            for (Buffer b = chain; b != null; b = b.next()) {
                RawMemory.putByte(b.address() + b.length() - 1, (byte) 1);
                frames++;
            }
            assertThat(frames).isEqualTo(4);
            assertThat(jumbo.frameAt(chain.address() + 65_000)).isSameAs(chain);
            assertThat(jumbo.payloadBytes()).isEqualTo(65536 - 256);
            chain.release();
            assertThat(odd.capacityFrames()).isEqualTo(3);
            assertThatThrownBy(() -> odd.frameAt(odd.frame(2).frameAddress() + 2048))
                    .as("the rest of the unit is in no frame")
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThat(heap.statistics().freeBytes()).isEqualTo(HEAP_BYTES);
    }

    @Test
    void framesThatSomebodyHeldAtTheEndStayOutOfUse() {
        FramePool frames = heap.frames("frames", 2048, 256, 8);
        Buffer held = frames.allocate();
        frames.close();
        assertThat(heap.statistics().leakedBytes()).isEqualTo(16384);
        assertThatThrownBy(held::release).isInstanceOf(BufferStateException.class);
        assertThat(heap.statistics().freeBytes()).isEqualTo(HEAP_BYTES - 16384);
    }

    @Test
    void twoCoresExchangeBlocksThroughTheDepot() {
        try (CoreHeap other = heap.core("other")) {
            List<Buffer> mine = allOf(core, 32 << 10);
            assertThat(other.allocate(32 << 10, 0)).isNull();
            mine.forEach(Buffer::release);
            assertThat(core.cachedBytes()).isEqualTo(4 * (32 << 10)); // two batches of two
            List<Buffer> theirs = allOf(other, 32 << 10);
            assertThat(theirs).hasSize(mine.size() - 4);
            assertThat(theirs).allMatch(b -> b.pool() == other);
            theirs.forEach(Buffer::release);
        }
    }

    @Test
    void aHeapThatIsUsedIsNotClosed() {
        assertThatThrownBy(heap::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("CoreHeap[core");
        try (FramePool frames = heap.frames("frames", 2048, 256, 8)) {
            assertThatThrownBy(heap::close).hasMessageContaining("FramePool[frames");
            assertThat(frames.allocate()).isNotNull().satisfies(Buffer::release);
        }
    }

    @Test
    void aClosedHeapGivesNothing() {
        try (Region other = Region.mapSmall(1 << 16)) {
            PinnedHeap closed = PinnedHeap.over("closed", other);
            CoreHeap last = closed.core("last");
            last.close();
            last.close();
            closed.close();
            closed.close();
            assertThatThrownBy(() -> last.allocate(1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("pool 'last' is closed");
            assertThatThrownBy(() -> closed.core("x")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> closed.frames("x", 2048, 0, 1)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void whatCannotBeMeantIsRefused() {
        assertThatThrownBy(() -> heap.core("x", -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> heap.frames("x", 3000, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> heap.frames("x", 131072, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> heap.frames("x", 2048, 2048, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> heap.frames("x", 2048, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        try (Region tiny = Region.mapSmall(4096)) {
            assertThatThrownBy(() -> PinnedHeap.over("tiny", tiny))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not of 4096");
        }
    }
}
