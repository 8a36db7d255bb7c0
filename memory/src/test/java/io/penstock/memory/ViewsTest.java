package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.penstock.memory.ViewKind.Shown;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the views of a buffer show, while they show something. */
class ViewsTest extends PoolFixture {
    private static final int LENGTH = 100;
    private static final long NUMBER = 0x0102030405060708L;

    @ParameterizedTest
    @EnumSource
    void readsAndWritesTheBuffersOwnBytes(ViewKind kind) {
        Buffer buffer = pool.allocate().length(LENGTH);
        Shown view = kind.over(buffer);
        buffer.putByte(0, (byte) 1);
        buffer.putByte(LENGTH - 1, (byte) 2);
        assertThat(view.get(0)).isEqualTo((byte) 1);
        assertThat(view.get(LENGTH - 1)).isEqualTo((byte) 2);
        view.put(0, (byte) 3);
        view.put(LENGTH - 1, (byte) 4);
        assertThat(buffer.getByte(0)).isEqualTo((byte) 3);
        assertThat(buffer.getByte(LENGTH - 1)).isEqualTo((byte) 4);
        buffer.release();
    }

    @ParameterizedTest
    @EnumSource
    void endsWhereTheWindowEnds(ViewKind kind) {
        Buffer buffer = pool.allocate().length(LENGTH + 1);
        buffer.putByte(LENGTH, (byte) 7);
        Shown view = kind.over(buffer.length(LENGTH));
        for (int outside : new int[] {LENGTH, LENGTH + 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> view.get(outside)).isInstanceOf(RuntimeException.class);
            assertThatThrownBy(() -> view.put(outside, (byte) 8)).isInstanceOf(RuntimeException.class);
        }
        assertThat(buffer.length(LENGTH + 1).getByte(LENGTH)).isEqualTo((byte) 7);
        buffer.release();
    }

    @ParameterizedTest
    @EnumSource
    void showsASlicesWindow(ViewKind kind) {
        Buffer buffer = pool.allocate().length(LENGTH);
        Buffer slice = buffer.slice(10, 20);
        Shown view = kind.over(slice);
        buffer.putByte(10, (byte) 5);
        assertThat(view.get(0)).isEqualTo((byte) 5);
        view.put(19, (byte) 6);
        assertThat(buffer.getByte(29)).isEqualTo((byte) 6);
        assertThatThrownBy(() -> view.get(20)).isInstanceOf(RuntimeException.class);
        slice.release();
        buffer.release();
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyWindowHasNoBytes(ViewKind kind) {
        Buffer buffer = pool.allocate();
        Shown view = kind.over(buffer);
        assertThatThrownBy(() -> view.get(0)).isInstanceOf(RuntimeException.class);
        buffer.release();
    }

    @ParameterizedTest
    @EnumSource
    void aReleasedBufferIsRefused(ViewKind kind) {
        Buffer buffer = pool.allocate().length(LENGTH);
        buffer.release();
        assertThatThrownBy(() -> kind.over(buffer)).isInstanceOf(BufferStateException.class);
    }

    @Test
    void allShowTheSameNumberEachInItsOrder() {
        Buffer buffer = pool.allocate().length(16);
        buffer.putLong(3, NUMBER);
        MemorySegment segment = buffer.asSegment();
        ByteBuffer bytes = buffer.asByteBuffer();
        DirectBuffer agrona = new AgronaView().over(buffer);
        ChronicleView chronicle = new ChronicleView().over(buffer);
        assertThat(segment.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 3))
                .isEqualTo(NUMBER);
        assertThat(bytes.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
        assertThat(bytes.isDirect()).isTrue();
        assertThat(bytes.getLong(3)).isEqualTo(NUMBER);
        assertThat(agrona.getLong(3, ByteOrder.BIG_ENDIAN)).isEqualTo(NUMBER);
        assertThat(Long.reverseBytes(chronicle.readLong(3))).isEqualTo(NUMBER);
        assertThat(Long.reverseBytes(chronicle.bytes().readSkip(3).readLong())).isEqualTo(NUMBER);
        buffer.release();
    }

    @Test
    void aNumberWrittenThroughOneIsReadThroughAllOthers() {
        Buffer buffer = pool.allocate().length(16);
        MutableDirectBuffer agrona = new AgronaView().over(buffer);
        ChronicleView chronicle = new ChronicleView().over(buffer);
        ByteBuffer bytes = buffer.asByteBuffer();
        agrona.putInt(1, 77);
        assertThat(chronicle.readInt(1)).isEqualTo(77);
        chronicle.writeLong(2, NUMBER);
        assertThat(bytes.order(ByteOrder.LITTLE_ENDIAN).getLong(2)).isEqualTo(NUMBER);
        bytes.putDouble(5, 2.5);
        assertThat(chronicle.readDouble(5)).isEqualTo(2.5);
        chronicle.bytes().clear().writeSkip(4).writeFloat(1.25f);
        assertThat(buffer.asSegment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4)).isEqualTo(1.25f);
        buffer.release();
    }

    @Test
    void twoViewsOfOneBufferAreIndependent() {
        Buffer first = pool.allocate().length(LENGTH);
        Buffer second = pool.allocate().length(LENGTH);
        AgronaView moving = new AgronaView().over(first);
        AgronaView staying = new AgronaView().over(first);
        moving.over(second).putByte(0, (byte) 2);
        staying.putByte(0, (byte) 1);
        assertThat(first.getByte(0)).isEqualTo((byte) 1);
        assertThat(second.getByte(0)).isEqualTo((byte) 2);
        first.release();
        assertNothingShown(staying);
        assertThat(moving.getByte(0)).isEqualTo((byte) 2);
        second.release();
        assertNothingShown(moving);
    }

    @Test
    void aViewMovedToAnotherBufferDoesNotEndWithTheFormerOne() {
        Buffer first = pool.allocate().length(LENGTH);
        Buffer second = pool.allocate().length(8);
        ChronicleView view = new ChronicleView().over(first).over(second);
        first.release();
        assertThat(view.capacity()).isEqualTo(8);
        view.writeLong(0, NUMBER);
        assertThat(second.getLong(0)).isEqualTo(Long.reverseBytes(NUMBER));
        second.release();
        assertThat(view.capacity()).isZero();
    }

    @Test
    void aViewThatWasRefusedABufferStillShowsItsFormerOne() {
        Buffer held = pool.allocate().length(LENGTH);
        Buffer released = pool.allocate().length(LENGTH);
        released.release();
        AgronaView agrona = new AgronaView().over(held);
        ChronicleView chronicle = new ChronicleView().over(held);
        assertThatThrownBy(() -> agrona.over(released)).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(() -> chronicle.over(released)).isInstanceOf(BufferStateException.class);
        agrona.putByte(0, (byte) 9);
        assertThat(chronicle.readByte(0)).isEqualTo((byte) 9);
        held.release();
    }

    @Test
    void aReusedViewMakesNoGarbage() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        AgronaView agrona = new AgronaView();
        ChronicleView chronicle = new ChronicleView();
        long before = 0;
        long sum = 0;
        for (int round = 0; round < 3; round++) {
            before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 50_000; i++) {
                Buffer buffer = pool.allocate().length(16);
                agrona.over(buffer).putLong(0, i);
                chronicle.over(buffer).writeInt(8, i);
                chronicle.bytes().clear().writeSkip(12).writeInt(i);
                sum += chronicle.bytes().readLong() + agrona.getInt(12);
                buffer.release();
            }
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1_000);
        assertThat(sum).isPositive();
    }

    private static void assertNothingShown(AgronaView view) {
        assertThat(view.capacity()).isZero();
        assertThatThrownBy(() -> view.getByte(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
