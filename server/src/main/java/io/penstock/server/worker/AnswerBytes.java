package io.penstock.server.worker;

import io.penstock.server.Reply;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.agrona.DirectBuffer;

/**
 * Where a worker writes an answer: as {@link Reply}, on the Java heap. The stack's thread copies it into frames. Numbers are in
 * network order.
 *
 * <p>It grows up to {@link Workers.Builder#answerBytes}; what would be longer is an {@link IllegalStateException}.
 *
 * <p>One thread: the worker's, until {@link Work#run} returns.
 */
public final class AnswerBytes {
    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int FIRST_BYTES = 256;
    /** What is longer is not kept for the next answer. */
    private static final int KEPT_BYTES = 64 << 10;

    private static final byte[] NOTHING = {};

    private final int maxBytes;
    private byte[] bytes = NOTHING;
    private int length;
    private boolean isNone;
    private boolean isLast;

    AnswerBytes(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    // ---- the stack's

    void begin() {
        length = 0;
        isNone = false;
        isLast = false;
        if (bytes.length > KEPT_BYTES) {
            bytes = NOTHING;
        }
    }

    /** Puts what was written into the answer that is owed, which is not ended by that. */
    void copyTo(Reply reply) {
        if (length > 0) {
            Reply _ = reply.putBytes(bytes, 0, length);
        }
        if (isLast) {
            reply.close();
        }
    }

    boolean isNone() {
        return isNone && length == 0;
    }

    // ---- the worker's

    /** How many bytes were put. */
    public int length() {
        return length;
    }

    private int grow(int more) {
        int begin = length;
        if (more > maxBytes - begin) {
            throw new IllegalStateException("an answer of more than " + maxBytes + " bytes");
        }
        if (more > bytes.length - begin) {
            int twice = (int) Math.min(maxBytes, 2L * bytes.length);
            bytes = Arrays.copyOf(bytes, Math.max(Math.max(begin + more, twice), Math.min(FIRST_BYTES, maxBytes)));
        }
        length = begin + more;
        return begin;
    }

    /** The low 8 bits. */
    public AnswerBytes putByte(int value) {
        int at = grow(1);
        bytes[at] = (byte) value;
        return this;
    }

    /** The low 16 bits. */
    public AnswerBytes putShort(int value) {
        int at = grow(Short.BYTES);
        SHORTS.set(bytes, at, (short) value);
        return this;
    }

    /** 32 bits. */
    public AnswerBytes putInt(int value) {
        int at = grow(Integer.BYTES);
        INTS.set(bytes, at, value);
        return this;
    }

    /** 64 bits. */
    public AnswerBytes putLong(long value) {
        int at = grow(Long.BYTES);
        LONGS.set(bytes, at, value);
        return this;
    }

    /** A number in digits; makes garbage. */
    public AnswerBytes putDecimal(long number) {
        return putText(Long.toString(number));
    }

    /** Latin-1 text. */
    public AnswerBytes putText(String latin) {
        int at = grow(latin.length());
        for (int i = 0; i < latin.length(); i++) {
            bytes[at + i] = (byte) latin.charAt(i);
        }
        return this;
    }

    /** All bytes of an array. */
    public AnswerBytes putBytes(byte[] source) {
        return putBytes(source, 0, source.length);
    }

    /** Bytes of an array. */
    public AnswerBytes putBytes(byte[] source, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, source.length);
        int at = grow(count);
        System.arraycopy(source, offset, bytes, at, count);
        return this;
    }

    /** Bytes of an Agrona buffer. */
    public AnswerBytes putBytes(DirectBuffer source, int index, int count) {
        source.boundsCheck(index, count);
        int at = grow(count);
        source.getBytes(index, bytes, at, count);
        return this;
    }

    /** What the request says. */
    public AnswerBytes putBytes(RequestBytes request) {
        return putBytes(request.view(), 0, request.length());
    }

    /** There is no answer to this request, and need not be; meaningless if something is put. */
    public void none() {
        isNone = true;
    }

    /** Ends the connection when this answer and those before it are sent. */
    public void close() {
        isLast = true;
    }
}
