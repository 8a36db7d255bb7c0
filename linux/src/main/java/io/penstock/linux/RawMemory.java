package io.penstock.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * Reads and writes at absolute addresses.
 *
 * <p>One segment spans the whole address space, so that an access compiles to a single machine instruction: half a
 * nanosecond, as fast as Unsafe, where a slice for each packet would cost an object and two checks. The price is that
 * nothing is checked here: whoever computes an address has checked the range once for the frame.
 *
 * <p>Any thread. The methods named {@code Acquire} and {@code Release} order memory as the kernel's ring protocols and
 * counters need; all others are plain.
 */
public final class RawMemory {
    /** Everything, from address zero. */
    @SuppressWarnings("restricted") // the reason for this class
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort SHORT_BE = SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT_BE = INT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG_BE = LONG.withOrder(ByteOrder.BIG_ENDIAN);
    private static final VarHandle ALIGNED_INT = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle ALIGNED_LONG = ValueLayout.JAVA_LONG.varHandle();

    private RawMemory() {}

    public static byte getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    public static void putByte(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    /** The unsigned byte at {@code address}. */
    public static int getUnsignedByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address) & 0xff;
    }

    /** Two bytes in the machine's order. */
    public static short getShort(long address) {
        return ALL.get(SHORT, address);
    }

    /** Two bytes in the machine's order. */
    public static void putShort(long address, short value) {
        ALL.set(SHORT, address, value);
    }

    /** Four bytes in the machine's order. */
    public static int getInt(long address) {
        return ALL.get(INT, address);
    }

    /** Four bytes in the machine's order. */
    public static void putInt(long address, int value) {
        ALL.set(INT, address, value);
    }

    /** Eight bytes in the machine's order. */
    public static long getLong(long address) {
        return ALL.get(LONG, address);
    }

    /** Eight bytes in the machine's order. */
    public static void putLong(long address, long value) {
        ALL.set(LONG, address, value);
    }

    /** The unsigned 16-bit number in network order (big-endian). */
    public static int getUnsignedShortBe(long address) {
        return ALL.get(SHORT_BE, address) & 0xffff;
    }

    /** The low 16 bits of {@code value}, in network order. */
    public static void putShortBe(long address, int value) {
        ALL.set(SHORT_BE, address, (short) value);
    }

    /** Four bytes in network order. */
    public static int getIntBe(long address) {
        return ALL.get(INT_BE, address);
    }

    /** Four bytes in network order. */
    public static void putIntBe(long address, int value) {
        ALL.set(INT_BE, address, value);
    }

    /** Eight bytes in network order. */
    public static long getLongBe(long address) {
        return ALL.get(LONG_BE, address);
    }

    /** Eight bytes in network order. */
    public static void putLongBe(long address, long value) {
        ALL.set(LONG_BE, address, value);
    }

    /** Pairs with a release by another thread, process or the kernel. The address must be a multiple of four. */
    public static int getIntAcquire(long address) {
        return (int) ALIGNED_INT.getAcquire(ALL, address);
    }

    /** Publishes every store before it. The address must be a multiple of four. */
    public static void putIntRelease(long address, int value) {
        ALIGNED_INT.setRelease(ALL, address, value);
    }

    /** A read that the compiler may not hoist out of a loop, without ordering. The address must be a multiple of four. */
    public static int getIntOpaque(long address) {
        return (int) ALIGNED_INT.getOpaque(ALL, address);
    }

    /** Pairs with {@link #putLongRelease}. The address must be a multiple of eight. */
    public static long getLongAcquire(long address) {
        return (long) ALIGNED_LONG.getAcquire(ALL, address);
    }

    /** Publishes every store before it. The address must be a multiple of eight. */
    public static void putLongRelease(long address, long value) {
        ALIGNED_LONG.setRelease(ALL, address, value);
    }

    /** Copies {@code lengthBytes}; the ranges may overlap. */
    public static void copy(long sourceAddress, long targetAddress, long lengthBytes) {
        MemorySegment.copy(ALL, sourceAddress, ALL, targetAddress, lengthBytes);
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
