package io.penstock.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;
import org.agrona.UnsafeApi;

/**
 * Reads and writes at absolute addresses: a single machine instruction each, half a nanosecond. Nothing is checked here:
 * whoever computes an address has checked the range once for the frame.
 *
 * <p>Single accesses go by Agrona's {@link UnsafeApi}. One segment over the whole address space (FFM) compiles to the same
 * instruction, but by way of some 25 methods that the compiler inlines at each access and that count against what it may
 * inline at all: a packet's way has some 80 accesses, and with them the ends of it were left as calls (measured: a round
 * trip of two stacks took 629 ns instead of 543, and not the same from run to run). What takes ranges goes by FFM.
 *
 * <p>Any thread. The methods named {@code Acquire} and {@code Release} order memory as the kernel's ring protocols and
 * counters need; all others are plain.
 */
public final class RawMemory {
    /** Everything, from address zero. */
    @SuppressWarnings("restricted") // the reason for this class
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    static {
        JavaFlags.require(); // for who came in where nobody asked
    }

    private RawMemory() {}

    public static byte getByte(long address) {
        return UnsafeApi.getByte(address);
    }

    public static void putByte(long address, byte value) {
        UnsafeApi.putByte(address, value);
    }

    /** The unsigned byte at {@code address}. */
    public static int getUnsignedByte(long address) {
        return UnsafeApi.getByte(address) & 0xff;
    }

    /** Two bytes in the machine's order. */
    public static short getShort(long address) {
        return UnsafeApi.getShort(address);
    }

    /** Two bytes in the machine's order. */
    public static void putShort(long address, short value) {
        UnsafeApi.putShort(address, value);
    }

    /** Four bytes in the machine's order. */
    public static int getInt(long address) {
        return UnsafeApi.getInt(address);
    }

    /** Four bytes in the machine's order. */
    public static void putInt(long address, int value) {
        UnsafeApi.putInt(address, value);
    }

    /** Eight bytes in the machine's order. */
    public static long getLong(long address) {
        return UnsafeApi.getLong(address);
    }

    /** Eight bytes in the machine's order. */
    public static void putLong(long address, long value) {
        UnsafeApi.putLong(address, value);
    }

    /** The unsigned 16-bit number in network order (big-endian). */
    public static int getUnsignedShortBe(long address) {
        return Short.reverseBytes(UnsafeApi.getShort(address)) & 0xffff;
    }

    /** The low 16 bits of {@code value}, in network order. */
    public static void putShortBe(long address, int value) {
        UnsafeApi.putShort(address, Short.reverseBytes((short) value));
    }

    /** Four bytes in network order. */
    public static int getIntBe(long address) {
        return Integer.reverseBytes(UnsafeApi.getInt(address));
    }

    /** Four bytes in network order. */
    public static void putIntBe(long address, int value) {
        UnsafeApi.putInt(address, Integer.reverseBytes(value));
    }

    /** Eight bytes in network order. */
    public static long getLongBe(long address) {
        return Long.reverseBytes(UnsafeApi.getLong(address));
    }

    /** Eight bytes in network order. */
    public static void putLongBe(long address, long value) {
        UnsafeApi.putLong(address, Long.reverseBytes(value));
    }

    /** Pairs with a release by another thread, process or the kernel. The address must be a multiple of four. */
    public static int getIntAcquire(long address) {
        return UnsafeApi.getIntAcquire(null, address);
    }

    /** Publishes every store before it. The address must be a multiple of four. */
    public static void putIntRelease(long address, int value) {
        UnsafeApi.putIntRelease(null, address, value);
    }

    /** A read that the compiler may not hoist out of a loop, without ordering. The address must be a multiple of four. */
    public static int getIntOpaque(long address) {
        return UnsafeApi.getIntOpaque(null, address);
    }

    /** Pairs with {@link #putLongRelease}. The address must be a multiple of eight. */
    public static long getLongAcquire(long address) {
        return UnsafeApi.getLongAcquire(null, address);
    }

    /** Publishes every store before it. The address must be a multiple of eight. */
    public static void putLongRelease(long address, long value) {
        UnsafeApi.putLongRelease(null, address, value);
    }

    /** Copies {@code lengthBytes}; the ranges may overlap. */
    public static void copy(long sourceAddress, long targetAddress, long lengthBytes) {
        UnsafeApi.copyMemory(sourceAddress, targetAddress, lengthBytes);
    }

    /** Copies from the heap to {@code targetAddress}. */
    public static void copyFrom(byte[] source, int sourceOffset, long targetAddress, int lengthBytes) {
        MemorySegment.copy(source, sourceOffset, ALL, ValueLayout.JAVA_BYTE, targetAddress, lengthBytes);
    }

    /** Copies from {@code sourceAddress} to the heap. */
    public static void copyTo(long sourceAddress, byte[] target, int targetOffset, int lengthBytes) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, sourceAddress, target, targetOffset, lengthBytes);
    }

    /** Sets {@code lengthBytes} bytes to {@code value}. */
    public static void fill(long address, long lengthBytes, byte value) {
        ALL.asSlice(address, lengthBytes).fill(value);
    }

    /** Whether two ranges hold the same bytes. */
    public static boolean equal(long address, long otherAddress, long lengthBytes) {
        return MemorySegment.mismatch(
                        ALL, address, address + lengthBytes, ALL, otherAddress, otherAddress + lengthBytes)
                < 0;
    }

    /** A segment over {@code lengthBytes} at {@code address}; allocates the segment object, so not for the packet path. */
    public static MemorySegment segment(long address, long lengthBytes) {
        return ALL.asSlice(address, lengthBytes);
    }

    /**
     * As {@link #segment(long, long)}, usable until {@code arena} is closed.
     *
     * @param kept what is to stay reachable as long as the segment is; null for nothing
     */
    @SuppressWarnings("restricted")
    public static MemorySegment segment(long address, long lengthBytes, Arena arena, Object kept) {
        return MemorySegment.ofAddress(address).reinterpret(lengthBytes, arena, kept == null ? null : new Kept(kept));
    }

    /** Stands in an arena's list of what is to be done at its end, and does nothing but refer to an object until then. */
    private record Kept(Object object) implements Consumer<MemorySegment> {
        @Override
        public void accept(MemorySegment segment) {
            // It is no longer kept by being out of the list.
        }
    }
}
