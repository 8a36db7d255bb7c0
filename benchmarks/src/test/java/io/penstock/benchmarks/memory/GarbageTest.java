package io.penstock.benchmarks.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GarbageTest {
    private static final int PAIRS = 1_000;
    private static final int BLOCKS = 10;

    private Object kept;

    @Test
    void countsNothingWhereNothingIsAllocated() {
        int[] sum = new int[1];
        assertThat(Garbage.exactBytes(
                        () -> {
                            for (int i = 0; i < PAIRS; i++) {
                                sum[0] += i;
                            }
                        },
                        BLOCKS))
                .isZero();
    }

    @Test
    void countsOneObjectInManyPairsToTheByte() {
        long bytes = Garbage.exactBytes(() -> kept = new byte[1000], BLOCKS);
        assertThat(kept).isNotNull();
        assertThat(bytes).isBetween(BLOCKS * 1000L, BLOCKS * 1032L);
    }
}
