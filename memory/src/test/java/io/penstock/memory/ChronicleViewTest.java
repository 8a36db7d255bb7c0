package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.RawMemory;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.BytesStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a Chronicle view and its cursor can do. */
class ChronicleViewTest extends PoolFixture {
    private static final int LENGTH = 64;

    private Buffer buffer;
    private ChronicleView view;

    @BeforeEach
    void show() {
        buffer = pool.allocate().length(LENGTH);
        RawMemory.fill(buffer.frameAddress(), buffer.frameBytes(), (byte) 0);
        view = new ChronicleView().over(buffer);
    }

    @AfterEach
    void release() {
        buffer.release();
    }

    @Test
    void offsetsCountFromTheWindow() {
        assertThat(view.start()).isZero();
        assertThat(view.capacity()).isEqualTo(LENGTH);
        assertThat(view.realCapacity()).isEqualTo(LENGTH);
        assertThat(view.safeLimit()).isEqualTo(LENGTH);
        assertThat(view.readLimit()).isEqualTo(LENGTH);
        assertThat(view.readRemaining()).isEqualTo(LENGTH);
        assertThat(view.writeLimit()).isEqualTo(LENGTH);
    }

    @Test
    void everyWidthIsReadAsItWasWritten() {
        view.writeByte(1, (byte) -5).writeShort(2, (short) -6).writeInt(5, -7).writeLong(9, -8L);
        view.writeFloat(17, 1.5f).writeDouble(21, -2.5);
        assertThat(view.readByte(1)).isEqualTo((byte) -5);
        assertThat(view.readShort(2)).isEqualTo((short) -6);
        assertThat(view.readInt(5)).isEqualTo(-7);
        assertThat(view.readLong(9)).isEqualTo(-8L);
        assertThat(view.readFloat(17)).isEqualTo(1.5f);
        assertThat(view.readDouble(21)).isEqualTo(-2.5);
        assertThat(buffer.getByte(1)).isEqualTo((byte) -5);
        assertThat(buffer.getLong(9)).isEqualTo(Long.reverseBytes(-8L));
    }

    @Test
    void volatileAndAtomicAccessesWorkAtAnyAddress() {
        view.writeVolatileByte(1, (byte) 1).writeVolatileShort(3, (short) 2);
        view.writeVolatileInt(5, 3)
                .writeVolatileLong(11, 4L)
                .writeOrderedInt(21, 5)
                .writeOrderedLong(25, 6L);
        assertThat(view.readVolatileByte(1)).isEqualTo((byte) 1);
        assertThat(view.readVolatileShort(3)).isEqualTo((short) 2);
        assertThat(view.readVolatileInt(5)).isEqualTo(3);
        assertThat(view.readVolatileLong(11)).isEqualTo(4L);
        assertThat(view.compareAndSwapInt(21, 5, 50)).isTrue();
        assertThat(view.compareAndSwapInt(21, 5, 51)).isFalse();
        assertThat(view.compareAndSwapLong(25, 6L, 60L)).isTrue();
        view.testAndSetInt(21, 50, 52);
        assertThatThrownBy(() -> view.testAndSetInt(21, 50, 53)).isInstanceOf(IllegalStateException.class);
        assertThat(view.addAndGetLong(25, 2)).isEqualTo(62L);
    }

    @Test
    void bulkCopiesGoBothWays() {
        byte[] hello = "hello, world".getBytes(StandardCharsets.US_ASCII);
        view.write(1, hello, 0, hello.length);
        byte[] out = new byte[hello.length];
        assertThat(view.read(1, out, 0, out.length)).isEqualTo(out.length);
        assertThat(out).isEqualTo(hello);
        assertThat(view.read(LENGTH - 2, out, 0, out.length))
                .as("as many as there are")
                .isEqualTo(2);
        view.write(20, ByteBuffer.wrap(hello), 7, 5);
        view.write(25, ByteBuffer.allocateDirect(8).put(0, (byte) '!'), 0, 1);
        assertThat(view.subSequence(20, 26)).asString().isEqualTo("world!");
        view.write(30, view, 20, 6);
        view.move(30, 32, 6);
        assertThat(view.subSequence(32, 38)).asString().isEqualTo("world!");
        BytesStore<?, ?> copy = view.copy();
        assertThat(copy.readByte(20)).isEqualTo((byte) 'w');
        assertThat(view.contentEquals(copy)).isTrue();
    }

    @Test
    void bytesAreCopiedFromOtherStoresInBothKindsOfMemory() {
        Bytes<?> direct = Bytes.allocateDirect("0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
        view.write(3, direct, 1, 15);
        assertThat(view.subSequence(3, 18)).asString().isEqualTo("123456789abcdef");
        view.write(3, BytesStore.from("ABCDEFGHIJ"), 0, 10);
        assertThat(view.subSequence(3, 13)).asString().isEqualTo("ABCDEFGHIJ");
        Bytes<?> target = Bytes.allocateElasticDirect();
        target.write(view, 3L, 10L);
        assertThat(target).asString().isEqualTo("ABCDEFGHIJ");
        direct.releaseLast();
        target.releaseLast();
    }

    @Test
    void textGoesInAndOut() {
        long end = view.writeUtf8(0, "grüße");
        StringBuilder text = new StringBuilder();
        assertThat(view.readUtf8(0, text)).isEqualTo(end);
        assertThat(text).asString().isEqualTo("grüße");
        assertThat(view.write8bit(20, "plain", 0, 5)).isEqualTo(26);
        assertThat(view.write8bit(30, BytesStore.from("bytes"))).isEqualTo(36);
        assertThat(view.subSequence(31, 36)).asString().isEqualTo("bytes");
        assertThat(view.writeUtf8(40, "same")).isEqualTo(45);
        assertThat(view.compareUtf8(40, "same")).isTrue();
        assertThat(view.compareUtf8(40, "some")).isFalse();
    }

    @Test
    void theCursorReadsTheWholeWindowAndIsWrittenFromItsBeginningAfterClear() {
        Bytes<Void> cursor = view.bytes();
        assertThat(cursor.readRemaining()).isEqualTo(LENGTH);
        assertThat(cursor.writeRemaining()).isZero();
        cursor.clear().append("x=").append(12.5).append(' ').append(-7L).append("é");
        cursor.writeUtf8("tail").writeStopBit(300).write("raw".getBytes(StandardCharsets.US_ASCII));
        StringBuilder text = new StringBuilder();
        cursor.parseUtf8(text, (character, _) -> character == ' ');
        assertThat(text).asString().isEqualTo("x=12.5");
        assertThat(cursor.parseLong()).isEqualTo(-7);
        buffer.length((int) cursor.writePosition());
        assertThat(buffer.length()).isBetween(15, LENGTH);
        assertThat(buffer.getByte(0)).isEqualTo((byte) 'x');
    }

    @Test
    void numbersAreWrittenAsText() {
        for (double number : new double[] {0, 1, -1.5, 1e-5, 123456.789, -0.001, 5e15}) {
            Bytes<Void> cursor = view.bytes().clear();
            cursor.append(number);
            assertThat(Double.parseDouble(cursor.toString())).isEqualTo(number);
        }
        for (long number : new long[] {0, 7, -7, 1234567890123L, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThat(view.bytes().clear().append(number)).asString().isEqualTo(Long.toString(number));
        }
    }

    @Test
    void theCursorEndsWhereTheWindowEnds() {
        Bytes<Void> cursor = view.bytes();
        cursor.readPosition(LENGTH - 4);
        assertThatThrownBy(cursor::readLong).isInstanceOf(BufferUnderflowException.class);
        assertThatThrownBy(() -> cursor.writeByte((byte) 1)).isInstanceOf(BufferOverflowException.class);
        cursor.clear().writeSkip(LENGTH - 4);
        assertThatThrownBy(() -> cursor.writeLong(1)).isInstanceOf(BufferOverflowException.class);
        assertThatThrownBy(() -> cursor.append("more than fits")).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void theCursorIsOneObjectThatFollowsTheView() {
        Bytes<Void> cursor = view.bytes();
        Buffer other = pool.allocate().length(8);
        other.putByte(0, (byte) 9);
        view.over(other);
        assertThat(view.bytes()).isSameAs(cursor);
        assertThat(cursor.readRemaining()).isEqualTo(8);
        assertThat(cursor.readByte()).isEqualTo((byte) 9);
        other.release();
        assertThat(cursor.readRemaining()).isZero();
        assertThat(cursor.writeRemaining()).isZero();
        assertThat(cursor.capacity()).isZero();
        view.over(buffer);
        assertThat(cursor.readRemaining()).isEqualTo(LENGTH);
    }

    @Test
    void itCanBeHandedToAnotherThread() throws InterruptedException {
        view.bytes().readByte();
        onAnotherThread(() -> {
            view.bytes().clear().writeLong(4711);
            view.writeInt(8, 1);
        });
        assertThat(view.bytes().readLong()).isEqualTo(4711);
    }

    @Test
    void itGivesNoAddresses() {
        assertThatThrownBy(() -> view.addressForRead(0)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> view.addressForWrite(0)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(view::addressForWritePosition).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> view.bytes().addressForRead(0)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aViewAndACursorThatChronicleReleasedDoNotDisturbTheBuffersRelease() {
        Buffer other = pool.allocate().length(8);
        ChronicleView releasedView = new ChronicleView().over(other);
        releasedView.bytes().releaseLast();
        releasedView.releaseLast();
        assertThatThrownBy(() -> releasedView.readByte(0)).isInstanceOf(BufferUnderflowException.class);
        ChronicleView cursorless = new ChronicleView().over(other);
        cursorless.bytes().releaseLast();
        other.release();
        assertThatThrownBy(() -> cursorless.readByte(0)).isInstanceOf(BufferUnderflowException.class);
        assertThat(pool.framesInUse()).isEqualTo(1);
    }

    @Test
    void itsExceptionsSayWhatWasAskedAndWhatIsThere() {
        assertThatThrownBy(() -> view.readLong(60)).hasMessage("bytes 60+8 outside a window of 64");
        assertThatThrownBy(() -> new ChronicleView().writeByte(0, (byte) 0))
                .hasMessage("bytes 0+1 of a view that shows no buffer");
    }
}
