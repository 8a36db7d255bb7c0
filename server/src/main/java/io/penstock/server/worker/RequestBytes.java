package io.penstock.server.worker;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A request as a worker reads it: as {@link io.penstock.server.Message}, always in one piece. Numbers are in network order.
 * Each read is checked: what would lie outside is an {@link IndexOutOfBoundsException}.
 *
 * <p>One thread: the worker's, until {@link Work#run} returns.
 */
public final class RequestBytes {
    private final UnsafeBuffer bytes = new UnsafeBuffer(0, 0);
    private int at;

    RequestBytes() {}

    void over(byte[] array, int length) {
        bytes.wrap(array, 0, length);
        at = 0;
    }

    void over(long address, int length) {
        bytes.wrap(address, length);
        at = 0;
    }

    /** Shows nothing any more. */
    void end() {
        over(0, 0);
    }

    /** How many bytes there are. */
    public int length() {
        return bytes.capacity();
    }

    /** All of it, for flyweights and codecs. */
    public DirectBuffer view() {
        return bytes;
    }

    // ---- absolute

    /** One byte. */
    public byte getByte(int index) {
        return bytes.getByte(check(index, 1));
    }

    /** An unsigned byte. */
    public int getUnsignedByte(int index) {
        return getByte(index) & 0xff;
    }

    /** An unsigned 16-bit number. */
    public int getUnsignedShort(int index) {
        return bytes.getShort(check(index, Short.BYTES), ByteOrder.BIG_ENDIAN) & 0xffff;
    }

    /** A 32-bit number. */
    public int getInt(int index) {
        return bytes.getInt(check(index, Integer.BYTES), ByteOrder.BIG_ENDIAN);
    }

    /** A 64-bit number. */
    public long getLong(int index) {
        return bytes.getLong(check(index, Long.BYTES), ByteOrder.BIG_ENDIAN);
    }

    /** Copies bytes out. */
    public void getBytes(int index, byte[] target, int targetOffset, int length) {
        bytes.getBytes(check(index, length), target, targetOffset, length);
    }

    /** Latin-1 text; makes garbage. */
    public String getText(int index, int length) {
        int _ = check(index, length);
        byte[] copy = new byte[length];
        getBytes(index, copy, 0, length);
        return new String(copy, StandardCharsets.ISO_8859_1);
    }

    // ---- sequential

    /** Where the next {@code read} begins. */
    public int position() {
        return at;
    }

    /** How many bytes there are behind {@link #position()}. */
    public int remaining() {
        return length() - at;
    }

    /** The next byte. */
    public byte readByte() {
        byte value = getByte(at);
        at++;
        return value;
    }

    /** The next byte, unsigned. */
    public int readUnsignedByte() {
        return readByte() & 0xff;
    }

    /** The next 16 bits, unsigned. */
    public int readUnsignedShort() {
        int value = getUnsignedShort(at);
        at += Short.BYTES;
        return value;
    }

    /** The next 32 bits. */
    public int readInt() {
        int value = getInt(at);
        at += Integer.BYTES;
        return value;
    }

    /** The next 64 bits. */
    public long readLong() {
        long value = getLong(at);
        at += Long.BYTES;
        return value;
    }

    /** Copies the next bytes out, as many as the target holds. */
    public void readBytes(byte[] target) {
        getBytes(at, target, 0, target.length);
        at += target.length;
    }

    /** The next bytes as Latin-1 text; makes garbage. */
    public String readText(int length) {
        String text = getText(at, length);
        at += length;
        return text;
    }

    /** All that was not read yet, as Latin-1 text; makes garbage. */
    public String readText() {
        return readText(remaining());
    }

    /** Agrona's own checks can be switched off; what peers send must not decide what that is worth. */
    private int check(int index, int length) {
        if ((index | length) < 0 || index > length() - length) {
            throw new IndexOutOfBoundsException(length + " bytes at " + index + " of " + length());
        }
        return index;
    }
}
