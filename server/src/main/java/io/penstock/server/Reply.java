package io.penstock.server;

import io.penstock.memory.Buffer;
import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where answers are written, in pinned memory from which the device sends. Numbers are in network order. Writing always
 * succeeds: what the peer does not read waits, and where there is no memory for that, the connection ends ({@link
 * EndReason#NO_MEMORY}).
 *
 * <p>What was put when the handler returns is one message, framed as requests are. {@link #send} ends one message and lets
 * another begin, so that one request may have several answers, and an answer may have no bytes.
 *
 * <p>The stack's thread. Except for what {@link #defer} returns, not to be used after the handler has returned.
 */
public abstract sealed class Reply permits Output, DatagramReply {
    /** Where that goes for which there is no room; never read. */
    static final UnsafeBuffer LOST = new UnsafeBuffer(new byte[4 << 10]);

    private static final int MAX_DIGITS = 20;
    /** What is shorter is copied: that costs less than to send it from where it lies. */
    static final int SHARED_BYTES = 1024;

    private final UnsafeBuffer source = new UnsafeBuffer(0, 0);

    /** What is written to, from {@link #at} to {@link #end}. */
    MutableDirectBuffer to = LOST;

    int at;
    int end;
    /** What was thrown instead of a deferred answer, or null. */
    Throwable thrown;

    Reply() {}

    /** Makes room for so many bytes in one piece: 1 to 1024, or to the length of {@link #LOST}. */
    abstract void makeRoom(int bytes);

    /** Sends a buffer of which this takes the reference over. */
    abstract void adopt(Buffer single);

    /** Whether what is long should be sent from where it lies. */
    abstract boolean shares();

    /** An answer has begun, even if it has no bytes. */
    abstract void touch();

    final void need(int bytes) {
        if (end - at < bytes) {
            makeRoom(bytes);
        }
    }

    // ---- bytes

    /** The low 8 bits. */
    public final Reply putByte(int value) {
        need(1);
        to.putByte(at++, (byte) value);
        return this;
    }

    /** The low 16 bits. */
    public final Reply putShort(int value) {
        need(Short.BYTES);
        to.putShort(at, Short.reverseBytes((short) value));
        at += Short.BYTES;
        return this;
    }

    /** 32 bits. */
    public final Reply putInt(int value) {
        need(Integer.BYTES);
        to.putInt(at, Integer.reverseBytes(value));
        at += Integer.BYTES;
        return this;
    }

    /** 64 bits. */
    public final Reply putLong(long value) {
        need(Long.BYTES);
        to.putLong(at, Long.reverseBytes(value));
        at += Long.BYTES;
        return this;
    }

    /** A number in digits. */
    public final Reply putDecimal(long number) {
        need(MAX_DIGITS);
        at += to.putLongAscii(at, number);
        return this;
    }

    /** Latin-1 text. */
    public final Reply putText(String latin) {
        touch();
        for (int done = 0; done < latin.length(); ) {
            int stop = Math.min(latin.length(), done + SHARED_BYTES);
            need(stop - done);
            for (; done < stop; done++) {
                to.putByte(at++, (byte) latin.charAt(done));
            }
        }
        return this;
    }

    /** All bytes of an array. */
    public final Reply putBytes(byte[] bytes) {
        return putBytes(bytes, 0, bytes.length);
    }

    /** Bytes of an array. */
    public final Reply putBytes(byte[] bytes, int offset, int length) {
        source.wrap(bytes, offset, length);
        copy(length);
        return this;
    }

    /** Bytes of an Agrona buffer. */
    public final Reply putBytes(DirectBuffer bytes, int index, int length) {
        source.wrap(bytes, index, length);
        copy(length);
        return this;
    }

    /** Bytes from an address that the caller has checked. */
    public final Reply putMemory(long address, int length) {
        source.wrap(address, length);
        copy(length);
        return this;
    }

    private void copy(int length) {
        touch();
        for (int done = 0; done < length && !isLost(); ) {
            need(1);
            int n = Math.min(length - done, end - at);
            to.putBytes(at, source, done, n);
            at += n;
            done += n;
        }
    }

    // ---- what lies somewhere already

    /** The request's bytes, all of them. */
    public final Reply write(Message message) {
        return write(message, 0, message.length());
    }

    /** A part of the request: what is long, or all of what came in its frame, is sent from where it lies. */
    public final Reply write(Message message, int index, int length) {
        Objects.checkFromIndexSize(index, length, message.length());
        touch();
        for (int done = 0; done < length && !isLost(); ) {
            int n = Math.min(message.bytesFrom(index + done), length - done);
            if (!adopted(message, index + done, n)) {
                Reply _ = putMemory(message.pieceAddress(index + done), n);
            }
            done += n;
        }
        return this;
    }

    /** An own copy of a short answer costs less than a second packet. */
    private boolean adopted(Message message, int index, int length) {
        if (!shares() || (length < SHARED_BYTES && hasHeader())) {
            return false;
        }
        Buffer whole = message.whole(index, length);
        if (whole != null) {
            adopt(whole);
        }
        return whole != null;
    }

    /**
     * A buffer or chain of one's own, such as {@link Message#keep()} has kept: sent from where it lies if it is long, as often
     * as one likes, and at the same time to several peers. The caller keeps its reference, and may give it back at once. The
     * bytes must not change until they are acknowledged.
     */
    public abstract Reply write(Buffer kept);

    /** Copies a chain. */
    final void copyChain(Buffer chain) {
        for (Buffer b = chain; b != null && !isLost(); b = b.next()) {
            Reply _ = putMemory(b.address(), b.length());
        }
    }

    // ---- messages

    /** Whether something of the framing stands in front of each answer. */
    abstract boolean hasHeader();

    /** Whether what is written goes nowhere. */
    abstract boolean isLost();

    /**
     * Ends a message, which may have no bytes; what is put next belongs to another one. A deferred answer is done with that, and
     * not to be touched again.
     *
     * @throws IllegalStateException if the framing cannot carry a message of that length
     */
    public abstract void send();

    /**
     * There is no answer to this request, and need not be. Of a deferred answer: there will be none; it is done with that.
     *
     * @throws IllegalStateException if something was put already
     */
    public abstract void none();

    /**
     * Answers later: the handler returns without an answer, and what this returns is written and {@linkplain #send sent} in
     * its own time, on the stack's thread ({@link io.penstock.datapath.LibOs#execute} leads there from others). Each must be
     * ended once, by {@link #send}, {@link #none} or {@link #fail}, also after its connection has ended: until then it is not used again.
     *
     * @throws IllegalStateException if something was put already
     */
    public abstract Reply defer();

    /**
     * There is no answer, as what was to find it has failed: a deferred one is done with that, and its connection ends as if
     * its handler had thrown this ({@link EndReason#FAILED}).
     *
     * @throws IllegalStateException if this is not what {@link #defer} has returned: a handler throws
     */
    public final void fail(Throwable why) {
        if (!isDeferred()) {
            throw new IllegalStateException("this answer is not a deferred one: throw it");
        }
        thrown = why;
        endDeferred();
    }

    /** Whether this is what {@link #defer} has returned. */
    abstract boolean isDeferred();

    /** Of a deferred one: it has come, or will not. */
    abstract void endDeferred();

    /** Whether the connection of a deferred answer has ended, so that nobody waits for it. */
    public abstract boolean isCancelled();

    /** Ends the connection when this answer and those before it are sent; nothing more of its input is looked at. */
    public abstract void close();
}
