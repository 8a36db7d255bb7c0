package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.RawMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FramePrefixTest extends HeapFixture {
    private static final int STRIDE = 2048;
    private static final int PREFIX = 192;
    private static final int COUNT = 24;
    private static final byte MARK = 0x5e;

    private FramePool frames;

    @BeforeEach
    void markEveryPrefix() {
        frames = heap.frames("frames", new FrameShape(STRIDE, PREFIX, 256), COUNT)
                .poison(true);
        frames.reserve(0);
        for (int i = 0; i < COUNT; i++) {
            RawMemory.fill(prefix(i), PREFIX, MARK);
        }
    }

    @AfterEach
    void everyPrefixIsAsItWas() {
        try (FramePool closing = frames) {
            for (int i = 0; i < COUNT; i++) {
                for (int at = 0; at < PREFIX; at++) {
                    assertThat(RawMemory.getByte(prefix(i) + at))
                            .as("byte %s of prefix %s of %s", at, i, closing)
                            .isEqualTo(MARK);
                }
            }
        }
    }

    private long prefix(int frame) {
        return frames.frame(0).frameAddress() - PREFIX + (long) frame * STRIDE;
    }

    @Test
    void aFrameIsWhatTheStrideLeaves() {
        assertThat(frames.strideBytes()).isEqualTo(STRIDE);
        assertThat(frames.prefixBytes()).isEqualTo(PREFIX);
        assertThat(frames.frameBytes()).isEqualTo(STRIDE - PREFIX);
        assertThat(frames.payloadBytes()).isEqualTo(STRIDE - PREFIX - 256);
        for (int i = 0; i < COUNT; i++) {
            assertThat(frames.frame(i).frameAddress() - frames.frame(0).frameAddress())
                    .isEqualTo((long) i * STRIDE);
            assertThat(frames.frame(i).frameBytes()).isEqualTo(STRIDE - PREFIX);
        }
    }

    @Test
    void theFirstFrameLeavesRoomForItsOwnPrefix() {
        assertThat(prefix(0)).isGreaterThanOrEqualTo(region.address());
        assertThat(heap.bufferAt(prefix(0) + PREFIX)).isSameAs(frames.frame(0));
    }

    @Test
    void aWindowEndsWhereTheNextPrefixBegins() {
        Buffer buffer = frames.allocate();
        assertThat(buffer.capacity()).isEqualTo(STRIDE - PREFIX - 256);
        buffer.window(0, STRIDE - PREFIX);
        for (int at = 0; at < buffer.length(); at++) {
            buffer.putByte(at, (byte) 1);
        }
        assertThatThrownBy(() -> buffer.window(0, STRIDE - PREFIX + 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.window(1, STRIDE - PREFIX)).isInstanceOf(IndexOutOfBoundsException.class);
        buffer.release();
    }

    @Test
    void poisonFillsFramesAndLeavesPrefixes() {
        Buffer chain = frames.allocate(COUNT * 1500, 1500);
        Buffer last = frames.frame(COUNT - 1);
        long end = last.frameAddress() + STRIDE - PREFIX;
        chain.release();
        assertThat(RawMemory.getByte(end - 1)).isEqualTo((byte) 0xdb);
        frames.allocate(COUNT * 1500, 1500).release(); // and what stands in prefixes is no write after a release
    }

    @Test
    void anAddressInAPrefixBelongsToNoBuffer() {
        for (int i = 0; i < COUNT; i++) {
            long first = prefix(i);
            for (long at : new long[] {first, first + 1, first + PREFIX - 1}) {
                assertThatThrownBy(() -> heap.bufferAt(at)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> frames.frameAt(at)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> heap.release(at)).isInstanceOf(IndexOutOfBoundsException.class);
            }
            for (int at : new int[] {0, 1, STRIDE - PREFIX - 1}) {
                assertThat(heap.bufferAt(first + PREFIX + at)).isSameAs(frames.frame(i));
                assertThat(frames.frameAt(first + PREFIX + at)).isSameAs(frames.frame(i));
            }
        }
    }

    @Test
    void aFrameIsReleasedByItsOwnAddressOnly() {
        Buffer buffer = frames.allocate();
        long address = buffer.frameAddress();
        assertThatThrownBy(() -> heap.release(address + 1))
                .isInstanceOf(BufferStateException.class)
                .hasMessageContaining("1 bytes inside");
        heap.release(address);
        assertThat(frames.framesInUse()).isZero();
    }

    @Test
    void aWholeRegionIsCutLikewise() {
        try (Region small = Region.mapSmall(1 << 16);
                FramePool all = FramePool.over("all", small, new FrameShape(4096, 128, 256))) {
            assertThat(all.capacityFrames()).isEqualTo(16);
            assertThat(all.frame(0).frameAddress()).isEqualTo(small.address() + 128);
            assertThat(all.frameAt(small.address() + 4096 + 128)).isSameAs(all.frame(1));
            assertThatThrownBy(() -> all.frameAt(small.address() + 4096 + 127))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("not in a frame");
        }
    }

    @Test
    void objectsOfTheSameHeapHaveNone() {
        Buffer object = core.allocate(1000, 0);
        assertThat(object.capacity()).isEqualTo(object.frameBytes());
        assertThat(heap.bufferAt(object.frameAddress())).isSameAs(object);
        object.release();
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> new FrameShape(2048, 4, 256)).hasMessageContaining("multiple of 8");
        assertThatThrownBy(() -> new FrameShape(2048, -8, 256)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new FrameShape(2048, 2048, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new FrameShape(2048, 1792, 256)).hasMessageContaining("headroom 256");
        assertThat(new FrameShape(2048, 1784, 256).frameBytes()).isEqualTo(264);
    }
}
