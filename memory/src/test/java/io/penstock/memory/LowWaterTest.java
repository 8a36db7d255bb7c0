package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LowWaterTest extends HeapFixture {
    private final AtomicInteger calls = new AtomicInteger();
    private final Deque<Buffer> held = new ArrayDeque<>();

    private void takeFrames(FramePool frames, int count) {
        for (int i = 0; i < count; i++) {
            held.add(frames.allocateReserved());
        }
    }

    private void release(int count) {
        for (int i = 0; i < count; i++) {
            held.remove().release();
        }
    }

    @Test
    void ofFramesIsToldOnceAndAgainAfterThereWasHalfAsMuchMore() {
        try (FramePool frames = heap.frames("frames", 2048, 256, 32)) {
            frames.onLowWater(10, calls::incrementAndGet);
            takeFrames(frames, 22);
            assertThat(calls).as("ten are left, not fewer").hasValue(0);
            takeFrames(frames, 1);
            assertThat(calls).hasValue(1);
            takeFrames(frames, 9);
            assertThat(calls).as("only once").hasValue(1);
            release(14);
            takeFrames(frames, 14);
            assertThat(calls).as("fourteen free are not enough").hasValue(1);
            release(15);
            takeFrames(frames, 15);
            assertThat(calls).as("fifteen are").hasValue(2);
            release(32);
        }
    }

    @Test
    void ofACoreCountsWhatIsLeftOfItsGrant() {
        try (CoreHeap granted = heap.core("granted", 10 * 1024)) {
            granted.onLowWater(4 * 1024, calls::incrementAndGet);
            for (int i = 0; i < 6; i++) {
                held.add(granted.allocate(1024, 0));
            }
            assertThat(calls).hasValue(0);
            held.add(granted.allocate(1024, 0));
            assertThat(calls).hasValue(1);
            release(3);
            held.add(granted.allocate(4096, 0));
            assertThat(calls).as("it was armed by six free of four").hasValue(2);
            release(5);
        }
    }

    @Test
    void itsActionMayRelease() {
        try (FramePool frames = heap.frames("frames", 2048, 256, 16)) {
            frames.onLowWater(4, () -> {
                calls.incrementAndGet();
                release(10);
            });
            for (int i = 0; i < 100; i++) {
                held.add(frames.allocateReserved());
            }
            assertThat(calls.get()).isGreaterThan(5);
            release(held.size());
            assertThat(frames.framesInUse()).isZero();
        }
    }

    @Test
    void zeroSwitchesItOff() {
        try (FramePool frames = heap.frames("frames", 2048, 256, 8)) {
            frames.onLowWater(4, calls::incrementAndGet);
            frames.onLowWater(0, calls::incrementAndGet);
            takeFrames(frames, 8);
            assertThat(calls).hasValue(0);
            release(8);
            assertThatThrownBy(() -> frames.onLowWater(-1, calls::incrementAndGet))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void ofFramesNearTheTopIsArmedAgainWhenAllAreFree() {
        try (FramePool frames = heap.frames("frames", 2048, 256, 32)) {
            frames.onLowWater(30, calls::incrementAndGet);
            for (int round = 1; round <= 2; round++) {
                takeFrames(frames, 5);
                assertThat(calls).hasValue(round);
                release(5);
            }
            assertThatThrownBy(() -> frames.onLowWater(33, () -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("32, not at 33");
        }
    }

    @Test
    void whatThrowsTakesNothing() {
        try (FramePool frames = heap.frames("frames", 2048, 256, 32)) {
            frames.onLowWater(32, () -> {
                throw new IllegalStateException("no more");
            });
            assertThatThrownBy(frames::allocate).hasMessage("no more");
            assertThat(frames.framesInUse()).isZero();
            frames.allocate().release();
        }
    }
}
