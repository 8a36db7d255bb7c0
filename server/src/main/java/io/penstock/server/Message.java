package io.penstock.server;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.DirectMemory;
import io.penstock.memory.FramePool;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The bytes of one request, read where they lie: in the frame in which they came, or across several of them. Framing is no
 * part of it. Numbers are in network order.
 *
 * <p>Reads are either absolute ({@code get}, with a place from 0 to {@link #length()}) or go on where the last one ended
 * ({@code read}). Each is checked: what would lie outside is an {@link IndexOutOfBoundsException}, which, not caught, ends the
 * connection as any exception of a handler does.
 *
 * <p>The server's, and valid until the handler returns: afterwards it has no bytes. The stack's thread.
 */
public final class Message {
    private static final int MAX_BLOCK_BYTES = (1 << 20) - CoreHeap.DEFAULT_HEADROOM_BYTES;
    /** From here on a buffer is sent from where it lies, and needs room for headers. */
    private static final int SENT_IN_PLACE_BYTES = 1024;

    private static final byte[] NO_BYTES = {};

    private final LibOs os;
    private final FramePool frames;
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final Endpoint peer = new Endpoint();
    /** Holds what a view shows of bytes that lie apart. */
    private byte[] gathered = NO_BYTES;

    /** What holds the bytes, from {@code begin} bytes into it; null: they lie in one piece. */
    private ChainInput chain;

    private int begin;
    /** The one buffer that they lie in, if they do and it is known. */
    private Buffer single;

    private int length;
    private int at;

    /** The piece that was read last: where the message's byte 0 would be if all lay as this does, and its places. */
    private long base;

    private int from;
    private int to;

    Message(LibOs os) {
        this.os = os;
        this.frames = os.pool();
    }

    // ---- the server's

    /** Shows the message in front of a connection's input. */
    Message over(ChainInput input) {
        int header = input.headerBytes();
        int bytes = input.payloadBytes();
        if (input.headBytes() - header >= bytes) {
            over(input.headAddress() + header, bytes);
            single = input.piece(0);
        } else {
            over(0, bytes);
            to = 0;
        }
        chain = input;
        begin = header;
        return this;
    }

    /** Shows bytes in one piece. */
    Message over(long address, int bytes) {
        chain = null;
        single = null;
        begin = 0;
        length = bytes;
        at = 0;
        base = address;
        from = 0;
        to = bytes;
        return this;
    }

    /** Shows a buffer, or the part of it that begins at an address. */
    Message over(Buffer buffer, long address, int bytes) {
        Message _ = over(address, bytes);
        single = buffer;
        return this;
    }

    /** Shows nothing any more. */
    void end() {
        Message _ = over(0, 0);
        view.wrap(0, 0);
    }

    Endpoint writablePeer() {
        return peer;
    }

    // ---- what it is

    /** How many bytes there are. */
    public int length() {
        return length;
    }

    /** Who sent it. Copy it to keep it. */
    public Endpoint peer() {
        return peer;
    }

    /** Whether all bytes lie in one piece, so that there is an {@link #address()}. */
    public boolean isInOnePiece() {
        return chain == null || single != null;
    }

    /**
     * Where the bytes lie, for code that checks ranges by itself ({@link DirectMemory}).
     *
     * @throws IllegalStateException if they lie apart
     */
    public long address() {
        if (!isInOnePiece()) {
            throw new IllegalStateException("a message in " + chain.pieces() + " pieces has no address");
        }
        return base;
    }

    /**
     * The frame in which this message came, if nothing but its connection's bytes are in it: for those who keep whole frames by
     * {@link Buffer#retain}. Null if the message lies elsewhere.
     */
    public Buffer frame() {
        return single;
    }

    // ---- absolute

    /** One byte. */
    public byte getByte(int index) {
        return DirectMemory.getByte(place(index, 1));
    }

    /** An unsigned byte. */
    public int getUnsignedByte(int index) {
        return DirectMemory.getUnsignedByte(place(index, 1));
    }

    /** An unsigned 16-bit number. */
    public int getUnsignedShort(int index) {
        long place = place(index, Short.BYTES);
        return place != 0 ? DirectMemory.getUnsignedShortBe(place) : (int) across(index, Short.BYTES);
    }

    /** A 32-bit number. */
    public int getInt(int index) {
        long place = place(index, Integer.BYTES);
        return place != 0 ? DirectMemory.getIntBe(place) : (int) across(index, Integer.BYTES);
    }

    /** A 64-bit number. */
    public long getLong(int index) {
        long place = place(index, Long.BYTES);
        return place != 0 ? DirectMemory.getLongBe(place) : across(index, Long.BYTES);
    }

    /** Copies bytes out. */
    public void getBytes(int index, byte[] target, int targetOffset, int bytes) {
        check(index, bytes);
        Objects.checkFromIndexSize(targetOffset, bytes, target.length);
        for (int done = 0; done < bytes; ) {
            int n = Math.min(bytesFrom(index + done), bytes - done);
            DirectMemory.copyTo(base + index + done, target, targetOffset + done, n);
            done += n;
        }
    }

    /** Latin-1 text; makes garbage. */
    public String getText(int index, int bytes) {
        check(index, bytes);
        byte[] copy = new byte[bytes];
        getBytes(index, copy, 0, bytes);
        return new String(copy, StandardCharsets.ISO_8859_1);
    }

    /**
     * A part as an Agrona buffer, for flyweights and codecs. It shows the bytes where they lie if they do in one piece, else a
     * copy. One object for all: what was asked for before is shown no more; nor after the handler has returned.
     */
    public DirectBuffer view(int index, int bytes) {
        check(index, bytes);
        if (bytes == 0 || bytesFrom(index) >= bytes) {
            view.wrap(base + index, bytes);
        } else {
            if (gathered.length < bytes) {
                gathered = new byte[Math.max(bytes, Math.min(2 * gathered.length, 1 << 20))];
            }
            getBytes(index, gathered, 0, bytes);
            view.wrap(gathered, 0, bytes);
        }
        return view;
    }

    /** All of it as {@link #view(int, int)}. */
    public DirectBuffer view() {
        return view(0, length);
    }

    // ---- sequential

    /** Where the next {@code read} begins. */
    public int position() {
        return at;
    }

    /** Goes on reading from there: 0 to {@link #length()}. */
    public Message position(int index) {
        check(index, 0);
        at = index;
        return this;
    }

    /** How many bytes there are behind {@link #position()}. */
    public int remaining() {
        return length - at;
    }

    /** The next byte. */
    public byte readByte() {
        byte value = getByte(at);
        at++;
        return value;
    }

    /** The next byte, unsigned. */
    public int readUnsignedByte() {
        int value = getUnsignedByte(at);
        at++;
        return value;
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
    public String readText(int bytes) {
        String text = getText(at, bytes);
        at += bytes;
        return text;
    }

    // ---- beyond the answer

    /** Keeps what was not read yet: {@link #keep(int, int)} from {@link #position()} on. */
    public Buffer keep() {
        Buffer kept = keep(at, remaining());
        at = length;
        return kept;
    }

    /**
     * Keeps a part beyond the answer: as a buffer or chain, with a reference that is the caller's, to be {@linkplain
     * Reply#write(Buffer) sent} any number of times and released at last.
     *
     * <p>Nothing is copied if that pins no more than twice as much memory as it keeps, and half of all frames are free for
     * traffic: then it is made of slices of the frames that it came in. Else it is a copy in the stack's heap, as {@link
     * #keepCopy(int, int)} makes. What is sent many times is better such a copy.
     *
     * @param bytes at least 1
     * @return null if there is no memory for it
     */
    public Buffer keep(int index, int bytes) {
        checkKept(index, bytes);
        Buffer slices = isWorthItsFrames(index, bytes) ? slices(index, bytes) : null;
        return slices != null ? slices : copy(index, bytes);
    }

    /** Keeps a copy of what was not read yet: {@link #keepCopy(int, int)} from {@link #position()} on. */
    public Buffer keepCopy() {
        Buffer kept = keepCopy(at, remaining());
        at = length;
        return kept;
    }

    /**
     * As {@link #keep(int, int)}, always as a copy in the stack's heap: it takes no frames from traffic, and lies in one piece
     * up to nearly a MiB, so that a device that puts packets together of two pieces sends it from there without another copy.
     *
     * @param bytes at least 1
     * @return null if there is no memory for it
     */
    public Buffer keepCopy(int index, int bytes) {
        checkKept(index, bytes);
        return copy(index, bytes);
    }

    private void checkKept(int index, int bytes) {
        check(index, bytes);
        if (bytes == 0) {
            throw new IllegalArgumentException("no bytes to keep");
        }
    }

    private boolean isWorthItsFrames(int index, int bytes) {
        if (single == null && chain == null) {
            return false;
        }
        if (2 * frames.freeFrames() < frames.capacityFrames()) {
            return false;
        }
        long pinned = 0;
        for (int done = 0; done < bytes; done += bytesFrom(index + done)) {
            pinned += pieceAt(index + done).frameBytes();
        }
        return pinned <= 2L * bytes;
    }

    /** The buffer that holds a byte. */
    private Buffer pieceAt(int index) {
        if (single != null) {
            return single;
        }
        int into = begin + index;
        int i = 0;
        for (; into >= chain.piece(i).length(); i++) {
            into -= chain.piece(i).length();
        }
        return chain.piece(i);
    }

    /** Null if too few slices are free: then none is taken. */
    private Buffer slices(int index, int bytes) {
        Buffer head = null;
        Buffer tail = null;
        for (int done = 0; done < bytes; ) {
            int n = Math.min(bytesFrom(index + done), bytes - done);
            Buffer piece = pieceAt(index + done);
            Buffer slice = piece.slice((int) (base + index + done - piece.address()), n);
            if (slice == null) {
                if (head != null) {
                    head.release();
                }
                return null;
            }
            if (head == null) {
                head = slice;
            } else {
                tail.next(slice);
            }
            tail = slice;
            done += n;
        }
        return head;
    }

    private Buffer copy(int index, int bytes) {
        Buffer head = null;
        Buffer tail = null;
        for (int done = 0; done < bytes; ) {
            int n = Math.min(bytes - done, MAX_BLOCK_BYTES);
            Buffer block = os.heap().allocate(n, bytes < SENT_IN_PLACE_BYTES ? 0 : CoreHeap.DEFAULT_HEADROOM_BYTES);
            if (block == null) {
                if (head != null) {
                    head.release();
                }
                return null;
            }
            copyTo(index + done, block.address(), n);
            if (head == null) {
                head = block;
            } else {
                tail.next(block);
            }
            tail = block;
            done += n;
        }
        return head;
    }

    private void copyTo(int index, long target, int bytes) {
        for (int done = 0; done < bytes; ) {
            int n = Math.min(bytesFrom(index + done), bytes - done);
            DirectMemory.copy(base + index + done, target + done, n);
            done += n;
        }
    }

    // ---- for replies

    /** How many bytes lie in one piece from there on, at least 1; {@link #pieceAddress} is where. */
    int bytesFrom(int index) {
        if (index < from || index >= to) {
            find(index);
        }
        return to - index;
    }

    /** Where a byte of the piece that {@link #bytesFrom} has found lies. */
    long pieceAddress(int index) {
        return base + index;
    }

    /** The buffer of which a part is exactly all of its window, with one more reference for this buffer alone; or null. */
    Buffer whole(int index, int bytes) {
        Buffer piece = single == null && chain == null ? null : pieceAt(index);
        return piece != null && piece.length() == bytes && piece.address() == base + index ? piece.retain() : null;
    }

    // ---- places

    /** Where these bytes lie, or 0 if they do not lie in one piece. */
    private long place(int index, int bytes) {
        if (index >= from && index <= to - bytes) {
            return base + index;
        }
        check(index, bytes);
        return bytesFrom(index) >= bytes ? base + index : 0;
    }

    private long across(int index, int bytes) {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value = value << Byte.SIZE | getUnsignedByte(index + i);
        }
        return value;
    }

    /** Makes the piece the current one that holds a byte, which there is. */
    private void find(int index) {
        int piece = 0;
        int end = chain.piece(0).length() - begin;
        int start = -begin;
        while (index >= end) {
            start = end;
            end += chain.piece(++piece).length();
        }
        from = Math.max(0, start);
        to = Math.min(end, length);
        base = chain.piece(piece).address() - start;
    }

    private void check(int index, int bytes) {
        if ((index | bytes) < 0 || index > length - bytes) {
            throw new IndexOutOfBoundsException("bytes " + index + "+" + bytes + " of a message of " + length);
        }
    }
}
