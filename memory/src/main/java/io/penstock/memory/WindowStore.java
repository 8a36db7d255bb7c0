package io.penstock.memory;

import static java.util.Objects.checkFromIndexSize;

import io.penstock.linux.RawMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.BytesUtil;
import net.openhft.chronicle.bytes.RandomDataInput;
import net.openhft.chronicle.bytes.internal.AbstractBytesStore;
import net.openhft.chronicle.bytes.internal.BytesInternal;
import net.openhft.chronicle.bytes.util.DecoratedBufferOverflowException;
import net.openhft.chronicle.bytes.util.DecoratedBufferUnderflowException;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.core.Memory;
import net.openhft.chronicle.core.OS;

/**
 * A window of memory as Chronicle sees it, with every access checked.
 *
 * <p>It is no {@code NativeBytesStore} and says that it is not direct memory, although it is: of those Chronicle takes the
 * address and reads and writes past every check, in a dozen places, {@code Bytes.unchecked} among them. What says so is
 * only reached through the methods below, which read and write in place all the same; and it gives no addresses away.
 *
 * @param <B> the store's own class, which writes return
 */
abstract class WindowStore<B extends WindowStore<B>> extends AbstractBytesStore<B, Void> {
    /** For what has to be atomic at any address: an aligned VarHandle would refuse where a window begins at an odd one. */
    private static final Memory ATOMIC = OS.memory();

    private static final int CHUNK_BYTES = 8;

    private long address;
    private long limit;

    WindowStore() {
        ChronicleAccess.require();
        super(false); // nothing of Chronicle's is to be freed, so nobody has to be warned that it was not
        singleThreadedCheckDisabled(true); // it may be handed over, as a buffer may
    }

    final void show(long from, long lengthBytes) {
        address = from;
        limit = lengthBytes;
    }

    private long readable(long offset, long bytes) {
        if (outside(offset, bytes)) {
            throw new DecoratedBufferUnderflowException(describe(offset, bytes));
        }
        return address + offset;
    }

    private long writable(long offset, long bytes) {
        if (outside(offset, bytes)) {
            throw new DecoratedBufferOverflowException(describe(offset, bytes));
        }
        return address + offset;
    }

    private boolean outside(long offset, long bytes) {
        return (offset | bytes) < 0 || offset > limit - bytes;
    }

    private String describe(long offset, long bytes) {
        return "bytes " + offset + "+" + bytes
                + (address == 0 ? " of a view that shows no buffer" : " outside a window of " + limit);
    }

    // ---- what it is

    @Override
    public final long capacity() {
        return limit;
    }

    @Override
    public final boolean isDirectMemory() {
        return false;
    }

    @Override
    public final boolean sharedMemory() {
        return false;
    }

    @Override
    public final Void underlyingObject() {
        return null;
    }

    /** The same bytes on the heap. */
    @Override
    public final BytesStore<B, Void> copy() {
        return Jvm.uncheckedCast(BytesStore.wrap(toByteArray()));
    }

    @Override
    public final String toString() {
        return BytesInternal.toString(this);
    }

    @Override
    public final long addressForRead(long offset) {
        throw noAddress();
    }

    @Override
    public final long addressForWrite(long offset) {
        throw noAddress();
    }

    @Override
    public final long addressForWritePosition() {
        throw noAddress();
    }

    private static UnsupportedOperationException noAddress() {
        return new UnsupportedOperationException("a view gives no addresses, which nobody could check: take those of"
                + " Buffer.address() for as long as you hold the buffer");
    }

    // ---- reading

    @Override
    public final byte readByte(long offset) {
        return RawMemory.getByte(readable(offset, Byte.BYTES));
    }

    @Override
    public final short readShort(long offset) {
        return RawMemory.getShort(readable(offset, Short.BYTES));
    }

    @Override
    public final int readInt(long offset) {
        return RawMemory.getInt(readable(offset, Integer.BYTES));
    }

    @Override
    public final long readLong(long offset) {
        return RawMemory.getLong(readable(offset, Long.BYTES));
    }

    @Override
    public final float readFloat(long offset) {
        return Float.intBitsToFloat(readInt(offset));
    }

    @Override
    public final double readDouble(long offset) {
        return Double.longBitsToDouble(readLong(offset));
    }

    @Override
    public final byte readVolatileByte(long offset) {
        return ATOMIC.readVolatileByte(readable(offset, Byte.BYTES));
    }

    @Override
    public final short readVolatileShort(long offset) {
        return ATOMIC.readVolatileShort(readable(offset, Short.BYTES));
    }

    @Override
    public final int readVolatileInt(long offset) {
        return ATOMIC.readVolatileInt(readable(offset, Integer.BYTES));
    }

    @Override
    public final long readVolatileLong(long offset) {
        return ATOMIC.readVolatileLong(readable(offset, Long.BYTES));
    }

    /** Copies out as many bytes as there are, {@code length} at most; returns how many. Of an empty window: none, it throws. */
    @Override
    public final long read(long offsetInRDI, byte[] bytes, int offset, int length) {
        checkFromIndexSize(offset, length, bytes.length);
        long from = readable(offsetInRDI, limit == 0 ? length : 0);
        int copied = (int) Math.min(length, limit - offsetInRDI);
        RawMemory.copyTo(from, bytes, offset, copied);
        return copied;
    }

    @Override
    public final void nativeRead(long position, long targetAddress, long size) {
        RawMemory.copy(readable(position, size), targetAddress, size);
    }

    // ---- writing

    @Override
    public final B writeByte(long offset, byte i8) {
        RawMemory.putByte(writable(offset, Byte.BYTES), i8);
        return self();
    }

    @Override
    public final B writeShort(long offset, short i16) {
        RawMemory.putShort(writable(offset, Short.BYTES), i16);
        return self();
    }

    @Override
    public final B writeInt(long offset, int i32) {
        RawMemory.putInt(writable(offset, Integer.BYTES), i32);
        return self();
    }

    @Override
    public final B writeLong(long offset, long i64) {
        RawMemory.putLong(writable(offset, Long.BYTES), i64);
        return self();
    }

    @Override
    public final B writeFloat(long offset, float d) {
        return writeInt(offset, Float.floatToRawIntBits(d));
    }

    @Override
    public final B writeDouble(long offset, double d) {
        return writeLong(offset, Double.doubleToRawLongBits(d));
    }

    @Override
    public final B writeOrderedInt(long offset, int i) {
        ATOMIC.writeOrderedInt(writable(offset, Integer.BYTES), i);
        return self();
    }

    @Override
    public final B writeOrderedLong(long offset, long i) {
        ATOMIC.writeOrderedLong(writable(offset, Long.BYTES), i);
        return self();
    }

    @Override
    public final B writeVolatileByte(long offset, byte i8) {
        ATOMIC.writeVolatileByte(writable(offset, Byte.BYTES), i8);
        return self();
    }

    @Override
    public final B writeVolatileShort(long offset, short i16) {
        ATOMIC.writeVolatileShort(writable(offset, Short.BYTES), i16);
        return self();
    }

    @Override
    public final B writeVolatileInt(long offset, int i32) {
        ATOMIC.writeVolatileInt(writable(offset, Integer.BYTES), i32);
        return self();
    }

    @Override
    public final B writeVolatileLong(long offset, long i64) {
        ATOMIC.writeVolatileLong(writable(offset, Long.BYTES), i64);
        return self();
    }

    @Override
    public final boolean compareAndSwapInt(long offset, int expected, int value) {
        return ATOMIC.compareAndSwapInt(writable(offset, Integer.BYTES), expected, value);
    }

    @Override
    public final boolean compareAndSwapLong(long offset, long expected, long value) {
        return ATOMIC.compareAndSwapLong(writable(offset, Long.BYTES), expected, value);
    }

    @Override
    public final void testAndSetInt(long offset, int expected, int value) {
        ATOMIC.testAndSetInt(writable(offset, Integer.BYTES), offset, expected, value);
    }

    @Override
    public final B write(long offsetInRDO, byte[] bytes, int offset, int length) {
        checkFromIndexSize(offset, length, bytes.length);
        RawMemory.copyFrom(bytes, offset, writable(offsetInRDO, length), length);
        return self();
    }

    @Override
    public final void write(long offsetInRDO, ByteBuffer bytes, int offset, int length) {
        long target = writable(offsetInRDO, length);
        MemorySegment source = MemorySegment.ofBuffer(bytes.duplicate().clear()); // offsets count from its beginning
        RawMemory.segment(target, length).copyFrom(source.asSlice(offset, length));
    }

    @Override
    public final B write(long writeOffset, RandomDataInput bytes, long readOffset, long length) {
        long target = writable(writeOffset, length);
        if (bytes == this) {
            RawMemory.copy(readable(readOffset, length), target, length); // the two may overlap
            return self();
        }
        long done = 0;
        for (; done <= length - CHUNK_BYTES; done += CHUNK_BYTES) {
            RawMemory.putLong(target + done, bytes.readLong(readOffset + done));
        }
        for (; done < length; done++) {
            RawMemory.putByte(target + done, bytes.readByte(readOffset + done));
        }
        return self();
    }

    @Override
    public final void nativeWrite(long sourceAddress, long position, long size) {
        RawMemory.copy(sourceAddress, writable(position, size), size);
    }

    @Override
    public final long write8bit(long position, BytesStore<?, ?> bs) {
        long length = bs.readRemaining();
        long at = BytesUtil.writeStopBit(this, position, length);
        write(at, bs, bs.readPosition(), length);
        return at + length;
    }

    @Override
    public final long write8bit(long position, String s, int start, int length) {
        checkFromIndexSize(start, length, s.length());
        long at = BytesUtil.writeStopBit(this, position, length);
        long target = writable(at, length);
        for (int i = 0; i < length; i++) {
            RawMemory.putByte(target + i, (byte) s.charAt(start + i));
        }
        return at + length;
    }

    @Override
    public final void move(long from, long to, long length) {
        RawMemory.copy(readable(from, length), writable(to, length), length);
    }

    /** The number {@code mantissa} with {@code exponent} digits behind the point, as text: from its last digit to its first. */
    @Override
    public final long appendAndReturnLength(
            long writePosition, boolean negative, long mantissa, int exponent, boolean append0) {
        long end = writePosition;
        int untilPoint = exponent;
        if (untilPoint <= 0) {
            if (append0) {
                writeByte(end++, (byte) '0');
                writeByte(end++, (byte) '.');
            }
            for (; untilPoint < 0; untilPoint++) {
                writeByte(end++, (byte) '0');
            }
            untilPoint = -1; // it is passed already
        }
        long digits = mantissa;
        do {
            writeByte(end++, (byte) ('0' + digits % 10));
            digits /= 10;
            if (--untilPoint == 0) {
                writeByte(end++, (byte) '.');
            }
        } while (digits > 0 || untilPoint >= 0);
        if (negative) {
            writeByte(end++, (byte) '-');
        }
        reverse(writePosition, end);
        return end - writePosition;
    }

    private void reverse(long start, long end) {
        for (long low = start, high = end - 1; low < high; low++, high--) {
            byte kept = readByte(low);
            writeByte(low, readByte(high));
            writeByte(high, kept);
        }
    }

    /** The store itself, as the class that it is. */
    abstract B self();
}
