package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BufferWindowTest extends PoolFixture {
    @Test
    void numbersAreInNetworkOrder() {
        Buffer buffer = pool.allocate().length(8);
        buffer.putLong(0, 0x0102030405060708L);
        assertThat(buffer.getByte(0)).isEqualTo((byte) 1);
        assertThat(buffer.getUnsignedShort(2)).isEqualTo(0x0304);
        assertThat(buffer.getInt(4)).isEqualTo(0x05060708);
        buffer.release();
    }

    @Test
    void everyAccessIsCheckedAgainstTheWindow() {
        Buffer buffer = pool.allocate().length(8);
        assertThatThrownBy(() -> buffer.getLong(1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.putInt(-1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.getByte(Integer.MAX_VALUE)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.putBytes(0, new byte[9], 0, 9)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.putBytes(0, new byte[4], 0, 8)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.length(pool.payloadBytes() + 1)).isInstanceOf(IndexOutOfBoundsException.class);
        buffer.release();
    }

    @Test
    void advanceDropsFromTheFront() {
        Buffer buffer = pool.allocate().length(8);
        buffer.putInt(4, 42);
        assertThat(buffer.advance(4).getInt(0)).isEqualTo(42);
        assertThat(buffer.headroom()).isEqualTo(FramePool.DEFAULT_HEADROOM_BYTES + 4);
        assertThatThrownBy(() -> buffer.advance(5)).isInstanceOf(IndexOutOfBoundsException.class);
        buffer.release();
    }

    @Test
    void bytesCopyBetweenHeapAndBuffers() {
        Buffer from = pool.allocate().length(5);
        Buffer to = pool.allocate().length(5);
        from.putBytes(0, "hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, 5);
        to.putBytes(0, from, 0, 5);
        byte[] out = new byte[5];
        to.getBytes(0, out, 0, 5);
        assertThat(out).asString(java.nio.charset.StandardCharsets.US_ASCII).isEqualTo("hello");
        from.release();
        to.release();
    }
}
