package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.memory.ViewKind.Shown;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When the views of a buffer stop to show its bytes. */
class ViewEndTest extends PoolFixture {
    @ParameterizedTest
    @EnumSource
    void endsWithTheLastRelease(ViewKind kind) {
        Buffer buffer = pool.allocate().length(16).retain();
        Shown view = kind.over(buffer);
        buffer.release();
        view.put(0, (byte) 1);
        assertThat(view.get(0)).as("a reference is left").isEqualTo((byte) 1);
        buffer.release();
        kind.assertEnded(view);
    }

    @ParameterizedTest
    @EnumSource
    void staysEndedWhenTheFrameIsGivenOutAgain(ViewKind kind) {
        Buffer buffer = pool.allocate().length(16);
        Shown view = kind.over(buffer);
        buffer.release();
        Buffer again = pool.allocate().length(16);
        assertThat(again.frameAddress()).isEqualTo(buffer.frameAddress());
        again.putByte(0, (byte) 42);
        kind.assertEnded(view);
        assertThat(again.getByte(0)).isEqualTo((byte) 42);
        again.release();
    }

    @ParameterizedTest
    @EnumSource
    void ofASliceEndsWithTheSliceAndOfTheFrameWithItsLastSlice(ViewKind kind) {
        Buffer buffer = pool.allocate().length(16);
        Buffer slice = buffer.slice(0, 8);
        Buffer sibling = buffer.slice(8, 8);
        Shown ofBuffer = kind.over(buffer);
        Shown ofSlice = kind.over(slice);
        Shown ofSibling = kind.over(sibling);
        buffer.release();
        ofSlice.put(0, (byte) 3);
        slice.release();
        kind.assertEnded(ofSlice);
        ofSibling.put(0, (byte) 4);
        assertThat(ofBuffer.get(8)).isEqualTo((byte) 4);
        sibling.release();
        kind.assertEnded(ofSibling);
        kind.assertEnded(ofBuffer);
    }

    @ParameterizedTest
    @EnumSource
    void theStacksHoldDoesNotKeepTheApplicationsViews(ViewKind kind) {
        Buffer buffer = pool.allocate().length(16);
        Shown view = kind.over(buffer);
        buffer.hold();
        buffer.release();
        kind.assertEnded(view);
        buffer.unhold();
    }

    @ParameterizedTest
    @EnumSource
    void onAnotherThreadEndsWithThatThreadsRelease(ViewKind kind) throws InterruptedException {
        Buffer buffer = pool.allocate().length(16).retain();
        onAnotherThread(() -> {
            Shown view = kind.over(buffer);
            view.put(0, (byte) 5);
            assertThat(view.get(0)).isEqualTo((byte) 5);
            buffer.release();
            kind.assertEnded(view);
        });
        assertThat(buffer.getByte(0)).isEqualTo((byte) 5);
        buffer.release();
        pool.reclaim();
    }

    @ParameterizedTest
    @EnumSource
    void ofASliceOnAnotherThreadEndsWithThatThreadsRelease(ViewKind kind) throws InterruptedException {
        Buffer buffer = pool.allocate().length(16);
        onAnotherThread(() -> {
            Buffer slice = buffer.slice(4, 4);
            Shown ofSlice = kind.over(slice);
            Shown ofBuffer = kind.over(buffer);
            slice.release();
            kind.assertEnded(ofSlice);
            ofBuffer.put(0, (byte) 8);
            buffer.release();
            kind.assertEnded(ofBuffer);
        });
        pool.reclaim();
    }

    @ParameterizedTest
    @EnumSource
    void oneThreadsReleaseDoesNotEndAnothersView(ViewKind kind) throws InterruptedException {
        Buffer buffer = pool.allocate().length(16).retain();
        Shown mine = kind.over(buffer);
        onAnotherThread(() -> {
            Shown theirs = kind.over(buffer);
            theirs.put(0, (byte) 6);
            buffer.release();
        });
        assertThat(mine.get(0)).isEqualTo((byte) 6);
        pool.reclaim();
        assertThat(mine.get(0)).as("the owner's own reference is left").isEqualTo((byte) 6);
        buffer.release();
        kind.assertEnded(mine);
    }

    @ParameterizedTest
    @EnumSource
    void theOwnersViewEndsWhenAnotherThreadsLastReleaseComesHome(ViewKind kind) throws InterruptedException {
        Buffer buffer = pool.allocate().length(16);
        Shown view = kind.over(buffer);
        onAnotherThread(buffer::release);
        pool.reclaim();
        kind.assertEnded(view);
    }

    @ParameterizedTest
    @EnumSource
    void endsWhenThePoolIsClosed(ViewKind kind) {
        Region other = Region.mapSmall(8 * 2048L);
        FramePool closing = FramePool.over("closing", other, 2048, 256);
        Buffer buffer = closing.allocate().length(16);
        Buffer slice = buffer.slice(0, 8);
        Shown ofBuffer = kind.over(buffer);
        Shown ofSlice = kind.over(slice);
        closing.close();
        other.close(); // from here on an access to the memory would end the process
        kind.assertEnded(ofBuffer);
        kind.assertEnded(ofSlice);
        assertThatThrownBy(() -> slice.getByte(0)).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(() -> slice.putByte(0, (byte) 0)).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(() -> kind.over(slice)).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(slice::release).isInstanceOf(BufferStateException.class);
    }

    @ParameterizedTest
    @EnumSource
    void ofABlockEndsWhenItsCoreIsClosed(ViewKind kind) {
        Region other = Region.mapSmall(1 << 20);
        PinnedHeap heap = PinnedHeap.over("heap", other);
        CoreHeap core = heap.core("core");
        Buffer block = core.allocate(16);
        Shown ofBlock = kind.over(block);
        Shown ofSlice = kind.over(block.slice(0, 8));
        core.close();
        heap.close();
        other.close();
        kind.assertEnded(ofBlock);
        kind.assertEnded(ofSlice);
    }

    @ParameterizedTest
    @EnumSource
    void aPoolThatWasHandedOverEndsWhatItsFormerOwnerAttachedWithoutFailing(ViewKind kind) throws InterruptedException {
        Buffer buffer = pool.allocate().length(16);
        Shown formerOwners = kind.over(buffer);
        formerOwners.put(0, (byte) 1);
        Thread here = Thread.currentThread();
        onAnotherThread(() -> {
            pool.ownedBy(Thread.currentThread());
            Shown mine = kind.over(buffer);
            buffer.release();
            kind.assertEnded(mine);
            pool.ownedBy(here);
        });
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void whatWasMadeOfASegmentOrByteBufferEndsWithIt() {
        Buffer buffer = pool.allocate().length(16);
        MemorySegment slice = buffer.asSegment().asSlice(4, 4);
        ByteBuffer duplicate = buffer.asByteBuffer().duplicate();
        ByteBuffer part = buffer.asByteBuffer().slice(4, 4);
        buffer.release();
        assertThatThrownBy(() -> slice.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> duplicate.get(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> part.put(0, (byte) 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void fullTracingEndsAnotherThreadsSegmentsWhenTheFrameGoesHome() throws InterruptedException {
        pool.tracing(Tracing.FULL);
        Buffer buffer = pool.allocate().length(16);
        AtomicReference<Buffer> slice = new AtomicReference<>();
        AtomicReference<MemorySegment> ofBuffer = new AtomicReference<>();
        AtomicReference<MemorySegment> ofSlice = new AtomicReference<>();
        onAnotherThread(() -> {
            slice.set(buffer.slice(0, 8));
            ofBuffer.set(buffer.asSegment());
            ofSlice.set(slice.get().asSegment());
        });
        buffer.release();
        ofSlice.get().set(ValueLayout.JAVA_BYTE, 0, (byte) 7);
        assertThat(ofBuffer.get().get(ValueLayout.JAVA_BYTE, 0))
                .as("the slice holds the frame")
                .isEqualTo((byte) 7);
        onAnotherThread(slice.get()::release); // a third thread, which has no views
        pool.reclaim();
        for (MemorySegment ended : List.of(ofBuffer.get(), ofSlice.get())) {
            assertThatThrownBy(() -> ended.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void withoutTracingAnotherThreadsSegmentIsThatThreadsToEnd() throws InterruptedException {
        pool.tracing(Tracing.OFF);
        Buffer buffer = pool.allocate().length(16);
        onAnotherThread(() -> {
            MemorySegment theirs = buffer.asSegment();
            assertThat(theirs.isAccessibleBy(Thread.currentThread())).isTrue();
            assertThat(theirs.isAccessibleBy(new Thread("a third"))).isFalse();
            buffer.release();
            assertThat(theirs.scope().isAlive()).isFalse();
        });
        pool.reclaim();
    }
}
