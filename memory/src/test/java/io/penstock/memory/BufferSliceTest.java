package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BufferSliceTest extends PoolFixture {
    @Test
    void aSliceShowsTheSameBytes() {
        Buffer buffer = pool.allocate().length(16);
        buffer.putInt(4, 0xcafebabe);
        Buffer slice = buffer.slice(4, 4);
        assertThat(slice.getInt(0)).isEqualTo(0xcafebabe);
        assertThat(slice.address()).isEqualTo(buffer.address() + 4);
        assertThat(slice.frameIndex()).isEqualTo(buffer.frameIndex());
        slice.release();
        buffer.release();
    }

    @Test
    void theFrameLivesAsLongAsItsLastSlice() {
        Buffer buffer = pool.allocate().length(16);
        Buffer slice = buffer.slice(0, 16);
        Buffer sliceOfSlice = slice.slice(8, 8);
        buffer.release();
        slice.release();
        assertThat(pool.framesInUse()).isEqualTo(1);
        sliceOfSlice.release();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void aSlicesHoldKeepsItsFrame() {
        Buffer buffer = pool.allocate().length(16);
        Buffer slice = buffer.slice(0, 16);
        slice.hold();
        slice.release();
        buffer.release();
        assertThat(pool.framesInUse()).isEqualTo(1);
        buffer.unhold();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void aSliceReleasedTwiceIsRefused() {
        Buffer buffer = pool.allocate().length(16);
        Buffer slice = buffer.slice(0, 16);
        slice.release();
        assertThatThrownBy(slice::release).isInstanceOf(BufferStateException.class);
        buffer.release();
    }

    @Test
    void headersMayNotBeWrittenInFrontOfASliceOrOfAFrameWithSlices() {
        Buffer buffer = pool.allocate().length(16);
        assertThat(buffer.headroomIsFree()).isTrue();
        Buffer slice = buffer.slice(8, 8);
        assertThat(slice.headroomIsFree()).isFalse();
        assertThat(buffer.headroomIsFree()).isFalse();
        slice.release();
        assertThat(buffer.headroomIsFree()).isTrue();
        buffer.hold();
        assertThat(buffer.headroomIsFree()).isFalse();
        buffer.unhold();
        buffer.release();
    }

    @Test
    void outOfSlicesIsAnAnswer() {
        Buffer buffer = pool.allocate().length(1);
        List<Buffer> slices = new ArrayList<>();
        for (int i = 0; i < FRAMES; i++) {
            slices.add(buffer.slice(0, 1));
        }
        assertThat(buffer.slice(0, 1)).isNull();
        slices.forEach(Buffer::release);
        buffer.release();
    }

    @Test
    void aSliceCannotReachBeyondItsWindow() {
        Buffer buffer = pool.allocate().length(16);
        assertThatThrownBy(() -> buffer.slice(8, 9)).isInstanceOf(IndexOutOfBoundsException.class);
        Buffer slice = buffer.slice(8, 8);
        assertThatThrownBy(() -> slice.getByte(8)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> slice.length(9)).isInstanceOf(IndexOutOfBoundsException.class);
        slice.release();
        buffer.release();
    }

    @Test
    void aSliceReleasedByAnotherThreadComesHome() throws InterruptedException {
        Buffer buffer = pool.allocate().length(16);
        Buffer slice = buffer.slice(0, 8);
        buffer.release();
        onAnotherThread(slice::release);
        pool.reclaim();
        assertThat(pool.framesInUse()).isZero();
        assertThat(pool.slicesInUse()).isZero();
    }

    @Test
    void aFrameReleasedTwiceDoesNotTakeItsSlicesReferences() {
        Buffer buffer = pool.allocate().length(16);
        Buffer slice = buffer.slice(0, 16);
        buffer.release();
        assertThatThrownBy(buffer::release)
                .isInstanceOf(BufferStateException.class)
                .hasMessageContaining("released twice");
        slice.putByte(0, (byte) 1);
        assertThat(pool.framesInUse()).isEqualTo(1);
        slice.release();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void norDoesOneReleasedTwiceByAnotherThread() throws InterruptedException {
        Buffer buffer = pool.allocate().length(16);
        Buffer slice = buffer.slice(0, 16);
        onAnotherThread(buffer::release);
        onAnotherThread(buffer::release);
        assertThatThrownBy(pool::reclaim)
                .isInstanceOf(BufferStateException.class)
                .hasMessageContaining("released twice by another thread");
        slice.putByte(0, (byte) 1);
        slice.release();
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void norDoesOneWhoseSliceWasMadeByAnotherThread() throws InterruptedException {
        Buffer buffer = pool.allocate().length(16);
        Buffer[] slice = new Buffer[1];
        onAnotherThread(() -> slice[0] = buffer.slice(0, 16));
        buffer.release();
        assertThatThrownBy(buffer::release).isInstanceOf(BufferStateException.class);
        slice[0].putByte(0, (byte) 1);
        onAnotherThread(slice[0]::release);
        pool.reclaim();
    }

    @Test
    void aPoolOfFewFramesHasSlicesToo() {
        try (Region small = Region.mapSmall(4096);
                FramePool few = FramePool.over("few", small, 2048, 256)) {
            Buffer buffer = few.allocate().length(16);
            Buffer first = buffer.slice(0, 8);
            Buffer second = buffer.slice(8, 8);
            assertThat(buffer.slice(0, 1)).isNull();
            first.release();
            second.release();
            buffer.release();
        }
    }

    @Test
    void aReleasedSliceIsAnExceptionAndNothingElse() {
        Buffer buffer = pool.allocate().length(16);
        Buffer slice = buffer.slice(0, 8);
        slice.release();
        assertThatThrownBy(() -> slice.length(1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> slice.window(0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> slice.slice(0, 0)).isInstanceOf(BufferStateException.class);
        assertThat(slice.frameBytes()).isZero();
        assertThat(slice.capacity()).isZero();
        assertThat(slice).asString().contains("an empty slice");
        buffer.release();
    }
}
