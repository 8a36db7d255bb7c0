package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A small heap with one core for each test, and the check that every byte came home. */
abstract class HeapFixture {
    static final int HEAP_BYTES = 4 << 20;

    Region region;
    PinnedHeap heap;
    CoreHeap core;

    @BeforeEach
    void openHeap() {
        region = Region.mapSmall(HEAP_BYTES);
        heap = PinnedHeap.over("heap", region);
        core = heap.core("core");
    }

    @AfterEach
    void everyBlockIsHome() {
        try {
            core.reclaim();
            assertThat(core.leakReport()).isEmpty();
            assertThat(core.bytesInUse()).isZero();
            assertThat(core.blocksInUse()).isZero();
            assertThat(core.slicesInUse()).isZero();
            core.trim();
            heap.trim();
            HeapStatistics after = heap.statistics();
            assertThat(after.freeBytes() + after.depotBytes() + after.leakedBytes())
                    .isEqualTo(after.totalBytes());
        } finally {
            core.close();
            heap.close();
            region.close();
        }
    }

    /** All that is to be had of one size; releases nothing. */
    static List<Buffer> allOf(CoreHeap core, int lengthBytes) {
        List<Buffer> taken = new ArrayList<>();
        for (Buffer b = core.allocate(lengthBytes, 0); b != null; b = core.allocate(lengthBytes, 0)) {
            taken.add(b);
        }
        return taken;
    }
}
