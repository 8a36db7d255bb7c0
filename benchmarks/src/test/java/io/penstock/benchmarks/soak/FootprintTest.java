package io.penstock.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FootprintTest {
    private static final Footprint BEFORE = new Footprint(100 << 20, 10 << 20, 32 << 20, 12);

    @Test
    void growthUpToTheBoundIsNone() {
        assertThat(new Footprint(
                                BEFORE.residentBytes() + Footprint.RESIDENT_BOUND_BYTES,
                                BEFORE.heapBytes() + Footprint.HEAP_BOUND_BYTES,
                                BEFORE.regionBytes(),
                                BEFORE.descriptors())
                        .growthSince(BEFORE))
                .isEmpty();
    }

    @Test
    void growthBeyondEachBoundIsNamed() {
        assertThat(new Footprint(
                                BEFORE.residentBytes() + Footprint.RESIDENT_BOUND_BYTES + 1,
                                BEFORE.heapBytes() + Footprint.HEAP_BOUND_BYTES + 1,
                                BEFORE.regionBytes() + 1,
                                BEFORE.descriptors() + 1)
                        .growthSince(BEFORE))
                .hasSize(4)
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("resident memory grew from 100.0 to 132.0 MiB"),
                        line -> assertThat(line).startsWith("the Java heap grew from 10.0 to 11.0 MiB"),
                        line -> assertThat(line).startsWith("the regions grew"),
                        line -> assertThat(line).isEqualTo("open files grew from 12 to 13"));
    }

    @Test
    void readsWhatThisProcessTakes() {
        Footprint now = Footprint.now(4096);
        assertThat(now.residentBytes()).isGreaterThan(now.heapBytes());
        assertThat(now.heapBytes()).isPositive();
        assertThat(now.descriptors()).isGreaterThan(2);
        assertThat(now.regionBytes()).isEqualTo(4096);
    }
}
