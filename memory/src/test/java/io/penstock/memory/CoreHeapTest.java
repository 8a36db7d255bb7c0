package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one core gets out of a heap. */
class CoreHeapTest extends HeapFixture {
    @Test
    void everyLengthIsInOnePieceWithItsHeadroom() {
        for (int length :
                new int[] {0, 1, 63, 64, 65, 1000, 1460, 4096, 65535, 100_000, (1 << 20) - 128, (1 << 20) - 1, 1 << 20
                }) {
            Buffer block = core.allocate(length);
            assertThat(block.length()).isEqualTo(length);
            assertThat(block.headroom()).isEqualTo(Math.min(CoreHeap.DEFAULT_HEADROOM_BYTES, (1 << 20) - length));
            assertThat(block.next()).isNull();
            assertThat(block.frameBytes()).isGreaterThanOrEqualTo(length + block.headroom());
            assertThat(region.contains(block.frameAddress(), block.frameBytes()))
                    .isTrue();
            if (length > 0) {
                block.putByte(length - 1, (byte) 7);
                assertThat(block.getByte(length - 1)).isEqualTo((byte) 7);
            }
            block.release();
        }
    }

    @Test
    void whatIsTooLongForABlockIsRefused() {
        assertThatThrownBy(() -> core.allocate((1 << 20) + 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a block of 0+1048577 bytes");
        assertThatThrownBy(() -> core.allocate((1 << 20) + 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> core.allocate(Integer.MAX_VALUE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> core.allocate(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> core.allocate(1, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> core.allocate(Integer.MAX_VALUE, Integer.MAX_VALUE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aCoreGetsNoMoreThanItWasGranted() {
        try (CoreHeap granted = heap.core("granted", 10_000)) {
            List<Buffer> all = allOf(granted, 1000);
            assertThat(all).as("blocks of 1024 bytes").hasSize(9);
            assertThat(granted.bytesInUse()).isEqualTo(9 * 1024);
            assertThat(granted.failedAllocations()).isEqualTo(1);
            Buffer fits = granted.allocate(700, 0);
            assertThat(fits).as("784 bytes are left").isNotNull();
            all.forEach(Buffer::release);
            fits.release();
            assertThat(granted.highWaterBytes()).isEqualTo(9 * 1024 + 768);
            assertThat(granted.limitBytes()).isEqualTo(10_000);
            assertThat(core.failedAllocations()).isZero();
        }
    }

    @Test
    void aCoreWithoutAGrantGetsNothing() {
        try (CoreHeap none = heap.core("none", 0)) {
            assertThat(none.allocate(0, 0)).isNull();
            assertThat(none.failedAllocations()).isEqualTo(1);
        }
    }

    @Test
    void theCountersCountWholeBlocks() {
        Buffer first = core.allocate(100, 0);
        Buffer second = core.allocate(100_000, 0);
        assertThat(core.blocksInUse()).isEqualTo(2);
        assertThat(core.bytesInUse()).isEqualTo(112 + 114_688);
        assertThat(core.internalFragmentation()).isCloseTo(1 - 100_100.0 / 114_800, within(1e-9));
        second.retain().release();
        first.hold();
        first.release();
        assertThat(core.blocksInUse()).as("the stack still holds one").isEqualTo(2);
        first.unhold();
        second.release();
        assertThat(core.blocksInUse()).isZero();
        assertThat(core.highWaterBytes()).isEqualTo(114_800);
    }

    @Test
    void whatWasGivenBackLastIsGivenOutNext() {
        Buffer first = core.allocate(500);
        Buffer second = core.allocate(500);
        first.release();
        second.release();
        assertThat(core.allocate(500)).isSameAs(second);
        second.release();
    }

    @Test
    void aBlockComesHomeFromAnotherThread() throws InterruptedException {
        Buffer block = core.allocate(500);
        PoolFixture.onAnotherThread(() -> {
            block.putByte(0, (byte) 1);
            block.slice(0, 1).release();
            block.release();
        });
        assertThat(core.blocksInUse()).isEqualTo(1);
        while (core.reclaim() > 0) {
            assertThat(core.blocksInUse()).isLessThanOrEqualTo(1);
        }
        assertThat(core.blocksInUse()).isZero();
    }

    @Test
    void leaksAreCountedAndStayOutOfUse() {
        CoreHeap leaky = heap.core("leaky");
        Buffer lost = leaky.allocate(1 << 20, 0);
        Buffer slice = lost.slice(0, 8);
        Buffer alsoLost = leaky.allocate(64, 0);
        leaky.allocate(5000).release();
        leaky.close();
        assertThat(heap.statistics().leakedBytes()).isEqualTo((1 << 20) + 64);
        assertThatThrownBy(() -> slice.getByte(0)).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(alsoLost::release).isInstanceOf(BufferStateException.class);
        List<Buffer> rest = allOf(core, 1 << 20);
        assertThat(rest).hasSize(2).noneMatch(b -> b.frameAddress() == lost.frameAddress());
        rest.forEach(Buffer::release);
    }

    @Test
    void aCoreThatAllocatesWhatItReleasesMakesNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        for (int round = 0; round < 3; round++) {
            before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100_000; i++) {
                Buffer block = core.allocate(i % 60_000);
                block.release();
            }
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1_000);
    }
}
