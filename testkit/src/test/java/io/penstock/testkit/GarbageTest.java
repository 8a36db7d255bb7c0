package io.penstock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GarbageTest {
    private static final int OBJECTS = 1_000;

    private Object kept;

    private void allocate() {
        for (int i = 0; i < OBJECTS; i++) {
            kept = new long[8];
        }
    }

    @Test
    void countsWhatTheThreadAllocates() {
        assertThat(Garbage.allocatedBytes(this::allocate)).isGreaterThanOrEqualTo(OBJECTS * 64L);
        assertThat(kept).isNotNull();
    }

    @Test
    void findsGarbageInEveryWindow() {
        assertThatThrownBy(() -> Garbage.assertNone(this::allocate))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("bytes allocated in 10 windows");
    }

    @Test
    void isContentWithNone() {
        int[] sum = {0};
        Runnable window = () -> sum[0]++;
        Garbage.assertNone(window);
        assertThat(sum[0]).isEqualTo(10);
    }
}
