package io.penstock.memory;

import io.penstock.linux.RawMemory;

/**
 * Reads and writes at addresses, as {@link Buffer#address()} tells them: a single machine instruction each. Nothing is
 * checked here: whoever computes an address has checked once that the range lies within the buffer, as a parser does. For all
 * else {@link Buffer} and its views check each access.
 *
 * <p>Any thread.
 */
public final class DirectMemory {
    private DirectMemory() {}

    /** The byte at {@code address}. */
    public static byte getByte(long address) {
        return RawMemory.getByte(address);
    }

    /** Writes a byte. */
    public static void putByte(long address, byte value) {
        RawMemory.putByte(address, value);
    }

    /** The unsigned byte at {@code address}. */
    public static int getUnsignedByte(long address) {
        return RawMemory.getUnsignedByte(address);
    }

    /** Two bytes in the machine's order. */
    public static short getShort(long address) {
        return RawMemory.getShort(address);
    }

    /** Two bytes in the machine's order. */
    public static void putShort(long address, short value) {
        RawMemory.putShort(address, value);
    }

    /** Four bytes in the machine's order. */
    public static int getInt(long address) {
        return RawMemory.getInt(address);
    }

    /** Four bytes in the machine's order. */
    public static void putInt(long address, int value) {
        RawMemory.putInt(address, value);
    }

    /** Eight bytes in the machine's order. */
    public static long getLong(long address) {
        return RawMemory.getLong(address);
    }

    /** Eight bytes in the machine's order. */
    public static void putLong(long address, long value) {
        RawMemory.putLong(address, value);
    }

    /** The unsigned 16-bit number in network order (big-endian). */
    public static int getUnsignedShortBe(long address) {
        return RawMemory.getUnsignedShortBe(address);
    }

    /** The low 16 bits of {@code value}, in network order. */
    public static void putShortBe(long address, int value) {
        RawMemory.putShortBe(address, value);
    }

    /** Four bytes in network order. */
    public static int getIntBe(long address) {
        return RawMemory.getIntBe(address);
    }

    /** Four bytes in network order. */
    public static void putIntBe(long address, int value) {
        RawMemory.putIntBe(address, value);
    }

    /** Eight bytes in network order. */
    public static long getLongBe(long address) {
        return RawMemory.getLongBe(address);
    }

    /** Eight bytes in network order. */
    public static void putLongBe(long address, long value) {
        RawMemory.putLongBe(address, value);
    }

    /** Copies {@code lengthBytes}; the ranges may overlap. */
    public static void copy(long sourceAddress, long targetAddress, long lengthBytes) {
        RawMemory.copy(sourceAddress, targetAddress, lengthBytes);
    }

    /** Copies from the heap to {@code targetAddress}. */
    public static void copyFrom(byte[] source, int sourceOffset, long targetAddress, int lengthBytes) {
        RawMemory.copyFrom(source, sourceOffset, targetAddress, lengthBytes);
    }

    /** Copies from {@code sourceAddress} to the heap. */
    public static void copyTo(long sourceAddress, byte[] target, int targetOffset, int lengthBytes) {
        RawMemory.copyTo(sourceAddress, target, targetOffset, lengthBytes);
    }
}
