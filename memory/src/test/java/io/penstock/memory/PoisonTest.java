package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.RawMemory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PoisonTest extends HeapFixture {
    private static final byte POISON = (byte) 0xDB;

    @BeforeEach
    void poison() {
        core.poison(true);
    }

    @Test
    void aStaleReadSeesNonsense() {
        Buffer buffer = core.allocate(100);
        buffer.putInt(0, 1234);
        long address = buffer.address();
        buffer.release();
        assertThat(RawMemory.getByte(address)).isEqualTo(POISON);
        assertThat(RawMemory.getByte(address + 99)).isEqualTo(POISON);
    }

    @Test
    void aWriteAfterTheReleaseIsFoundWhenTheBlockIsGivenOutAgain() {
        core.tracing(Tracing.FULL);
        Buffer buffer = core.allocate(100);
        long address = buffer.frameAddress();
        buffer.release();
        RawMemory.putByte(address + 77, (byte) 1);
        assertThatThrownBy(() -> core.allocate(100))
                .isInstanceOf(BufferStateException.class)
                .hasMessageContaining("written after its release, 77 bytes into the block")
                .hasMessageContaining("last released at")
                .hasStackTraceContaining("aWriteAfterTheReleaseIsFound");
    }

    @Test
    void afterThatTheBooksAreStraightAndTheBlockIsGivenOutAgain() {
        Buffer buffer = core.allocate(100);
        long address = buffer.frameAddress();
        buffer.release();
        RawMemory.putByte(address, (byte) 1);
        assertThatThrownBy(() -> core.allocate(100)).isInstanceOf(BufferStateException.class);
        assertThat(core.blocksInUse()).isZero();
        assertThat(core.bytesInUse()).isZero();
        Buffer again = core.allocate(100);
        assertThat(again.frameAddress()).isEqualTo(address);
        again.release();
    }

    @Test
    void aFramePoolsBooksAreStraightTooAndNoChainIsLeftHalfTaken() {
        try (FramePool frames = heap.frames("frames", 2048, 256, 8).poison(true)) {
            frames.reserve(0);
            Buffer chain = frames.allocate(3 * 1000, 1000);
            long last = chain.next().next().frameAddress();
            chain.release();
            Buffer first = frames.allocate();
            first.release();
            RawMemory.putByte(last == first.frameAddress() ? chain.frameAddress() : last, (byte) 1);
            assertThatThrownBy(() -> frames.allocate(3 * 1000, 1000)).isInstanceOf(BufferStateException.class);
            assertThat(frames.framesInUse()).isZero();
            frames.allocate(8 * 1000, 1000).release();
            assertThat(frames.freeFrames()).isEqualTo(8);
        }
    }

    @Test
    void everyByteOfTheBlockIsLookedAt() {
        for (int at : new int[] {0, 1, 7, 8, 64, 127, 159}) {
            Buffer buffer = core.allocate(160, 0);
            assertThat(buffer.frameBytes()).isEqualTo(160);
            long address = buffer.frameAddress();
            buffer.release();
            RawMemory.putByte(address + at, (byte) 0);
            assertThatThrownBy(() -> core.allocate(160, 0)).hasMessageContaining(", " + at + " bytes into the block");
        }
    }

    @Test
    void whatIsWrittenByWhoHoldsItIsNoOffence() {
        for (int i = 0; i < 1000; i++) {
            Buffer buffer = core.allocate(i);
            RawMemory.fill(buffer.frameAddress(), buffer.frameBytes(), (byte) i);
            buffer.release();
        }
    }

    @Test
    void aBlockThatWasUsedWhilePoisonWasOffIsNotAccused() {
        Buffer buffer = core.allocate(100);
        buffer.release();
        core.poison(false);
        buffer = core.allocate(100);
        buffer.putLong(0, 42);
        buffer.release();
        core.poison(true);
        core.allocate(100).release();
    }

    @Test
    void aBlockThatAnotherCoreUsedWithoutPoisonIsNotAccused() {
        try (CoreHeap other = heap.core("other").poison(false)) {
            Buffer buffer = core.allocate(1 << 20, 0);
            long address = buffer.frameAddress();
            buffer.release();
            core.trim();
            buffer = other.allocate(1 << 20, 0);
            assertThat(buffer.frameAddress()).isEqualTo(address);
            buffer.putLong(0, 42);
            buffer.release();
            other.trim();
            buffer = core.allocate(1 << 20, 0);
            assertThat(buffer.frameAddress()).isEqualTo(address);
            buffer.release();
        }
    }
}
