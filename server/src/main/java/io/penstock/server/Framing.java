package io.penstock.server;

import io.penstock.datapath.ConfigurationException;
import io.penstock.memory.DirectMemory;
import java.util.function.Supplier;

/**
 * How messages stand in a stream of bytes: where one ends, and what is written around an answer. Immutable: what changes one
 * returns another.
 *
 * <pre>
 *   lengthPrefix(4)   | length | payload |         varint()   | length, 7 bits a byte | payload |
 *   fixed(n)          | payload |                  lines()    | payload | LF or CR LF |
 *   stream()          | whatever came |            own(...)   | what a Framer says |
 * </pre>
 */
public final class Framing {
    /** What {@link #find} answers of a message that is there; else a {@link Framer}'s answers, or that it is too long. */
    static final int FOUND = 0;

    static final int TOO_LONG = -3;

    private static final int DEFAULT_MAX_BYTES = 1 << 20;
    private static final int LARGEST_MAX_BYTES = 1 << 30;
    /** Lengths of 31 bits have no more. */
    private static final int MAX_VARINT_BYTES = 5;

    private static final int VARINT_BITS = 7;
    private static final int VARINT_MORE = 0x80;
    private static final int NONE = 0;

    private enum Kind {
        STREAM,
        OWN,
        PREFIX,
        VARINT,
        LINES,
        FIXED
    }

    private final Kind kind;
    /** Of the prefix; of the fixed length; of the line end of an answer. */
    private final int bytes;

    private final boolean littleEndian;
    private final int maxBytes;
    private final Supplier<? extends Framer> framers;

    private Framing(Kind kind, int bytes, boolean littleEndian, int maxBytes, Supplier<? extends Framer> framers) {
        this.kind = kind;
        this.bytes = bytes;
        this.littleEndian = littleEndian;
        this.maxBytes = maxBytes;
        this.framers = framers;
    }

    private static Framing of(Kind kind, int bytes) {
        return new Framing(kind, bytes, false, DEFAULT_MAX_BYTES, null);
    }

    /**
     * Each message has its length in front, which does not count itself: unsigned in 1 or 2 bytes, at least 0 in 4 or 8, in
     * network order.
     *
     * @param prefixBytes 1, 2, 4 or 8
     * @throws ConfigurationException if it is another number
     */
    public static Framing lengthPrefix(int prefixBytes) {
        if (prefixBytes != 1 && prefixBytes != 2 && prefixBytes != 4 && prefixBytes != 8) {
            throw new ConfigurationException("a length prefix of " + prefixBytes + " bytes: expected 1, 2, 4 or 8");
        }
        return of(Kind.PREFIX, prefixBytes);
    }

    /**
     * Each message has its length in front, as Protocol Buffers write it: seven bits in a byte, the lowest first, the highest
     * bit set in all but the last. Five bytes at most.
     */
    public static Framing varint() {
        return of(Kind.VARINT, MAX_VARINT_BYTES);
    }

    /** Each message is a line: it ends with LF, or CR LF, which are no part of it. Answers end with LF. */
    public static Framing lines() {
        return of(Kind.LINES, 1);
    }

    /** As {@link #lines()}; answers end with CR LF. */
    public static Framing crLfLines() {
        return of(Kind.LINES, 2);
    }

    /**
     * All messages and answers are of this length.
     *
     * @param messageBytes at least 1
     */
    public static Framing fixed(int messageBytes) {
        if (messageBytes < 1 || messageBytes > LARGEST_MAX_BYTES) {
            throw new ConfigurationException(
                    "messages of " + messageBytes + " bytes: expected 1 to " + LARGEST_MAX_BYTES);
        }
        return new Framing(Kind.FIXED, messageBytes, false, messageBytes, null);
    }

    /** There are no messages: whatever has come is handed over, as it comes. Nothing need be answered. */
    public static Framing stream() {
        return of(Kind.STREAM, NONE);
    }

    /**
     * One's own. Its messages lie in one piece: those that were cut are copied together. Nothing is written around answers,
     * and nothing need be answered.
     *
     * @param framers makes one for each connection; {@link Connection#framer()} has it
     */
    public static Framing own(Supplier<? extends Framer> framers) {
        return new Framing(Kind.OWN, NONE, false, LARGEST_MAX_BYTES, framers);
    }

    /** With the lowest byte of a length prefix first. */
    public Framing littleEndian() {
        if (kind != Kind.PREFIX) {
            throw new ConfigurationException("only a length prefix has an order of bytes");
        }
        return new Framing(kind, bytes, true, maxBytes, framers);
    }

    /**
     * How long a message may be, framing not counted. A longer one ends its connection ({@link EndReason#TOO_LONG}), as soon
     * as its length is known. 1 MiB if nothing is said; of an own framing, 1 GiB.
     *
     * @param max 1 to 1 GiB
     */
    public Framing maxBytes(int max) {
        if (max < 1 || max > LARGEST_MAX_BYTES || kind == Kind.FIXED) {
            throw new ConfigurationException("messages of at most " + max + " bytes: expected 1 to " + LARGEST_MAX_BYTES
                    + ", and no fixed length");
        }
        return new Framing(kind, bytes, littleEndian, max, framers);
    }

    /** How long a message may be, framing not counted. */
    public int maxBytes() {
        return maxBytes;
    }

    /** Whether requests are messages of this framing, each of which wants an answer. */
    boolean hasMessages() {
        return kind != Kind.STREAM && kind != Kind.OWN;
    }

    boolean isStream() {
        return kind == Kind.STREAM;
    }

    /** A framer for one connection; null if this knows by itself. */
    Framer openFramer() {
        return framers == null ? null : framers.get();
    }

    // ---- requests

    /**
     * Looks for the message that begins {@code in}, and notes there where it is.
     *
     * @return {@link #FOUND}, {@link Framer#INCOMPLETE}, {@link Framer#MALFORMED} or {@link #TOO_LONG}
     */
    int find(ChainInput in) {
        return switch (kind) {
            case PREFIX -> findPrefixed(in);
            case VARINT -> findVarint(in);
            case LINES -> findLine(in);
            case FIXED -> found(in, NONE, bytes, NONE);
            default -> found(in, NONE, in.lengthBytes(), NONE);
        };
    }

    private int findPrefixed(ChainInput in) {
        if (in.lengthBytes() < bytes) {
            return Framer.INCOMPLETE;
        }
        long length = in.headBytes() >= bytes ? prefixAt(in.headAddress()) : prefixAcross(in);
        if (length < 0) {
            return Framer.MALFORMED;
        }
        return length > maxBytes ? TOO_LONG : found(in, bytes, (int) length, NONE);
    }

    private long prefixAt(long address) {
        return switch (bytes) {
            case 1 -> DirectMemory.getUnsignedByte(address);
            case 2 -> {
                int value = DirectMemory.getUnsignedShortBe(address);
                yield littleEndian ? Short.toUnsignedInt(Short.reverseBytes((short) value)) : value;
            }
            case 4 -> {
                int value = DirectMemory.getIntBe(address);
                yield littleEndian ? Integer.reverseBytes(value) : value;
            }
            default -> {
                long value = DirectMemory.getLongBe(address);
                yield littleEndian ? Long.reverseBytes(value) : value;
            }
        };
    }

    private long prefixAcross(ChainInput in) {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            int next = in.unsignedByteAt(i);
            value = littleEndian ? value | (long) next << (Byte.SIZE * i) : value << Byte.SIZE | next;
        }
        return bytes == Integer.BYTES ? (int) value : value;
    }

    private int findVarint(ChainInput in) {
        long length = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            if (i == in.lengthBytes()) {
                return Framer.INCOMPLETE;
            }
            int next = in.unsignedByteAt(i);
            length |= (long) (next & ~VARINT_MORE) << (VARINT_BITS * i);
            if ((next & VARINT_MORE) == 0) {
                return length > maxBytes ? TOO_LONG : found(in, i + 1, (int) length, NONE);
            }
        }
        return Framer.MALFORMED;
    }

    private int findLine(ChainInput in) {
        int at = in.indexOf((byte) '\n');
        if (at < 0) {
            return in.lengthBytes() > maxBytes + 1 ? TOO_LONG : Framer.INCOMPLETE; // the one more may be a CR
        }
        int length = at > 0 && in.unsignedByteAt(at - 1) == '\r' ? at - 1 : at;
        return length > maxBytes ? TOO_LONG : found(in, NONE, length, at + 1 - length);
    }

    private static int found(ChainInput in, int headerBytes, int payloadBytes, int trailerBytes) {
        if (in.lengthBytes() - headerBytes - trailerBytes < payloadBytes) {
            return Framer.INCOMPLETE;
        }
        in.note(headerBytes, payloadBytes, trailerBytes);
        return FOUND;
    }

    // ---- answers

    /** How much room an answer's header may need. */
    int headerRoomBytes() {
        return kind == Kind.PREFIX || kind == Kind.VARINT ? bytes : NONE;
    }

    /** How much stands behind an answer. */
    int trailerBytes() {
        return kind == Kind.LINES ? bytes : NONE;
    }

    /** Writes the header of an answer of {@code length} bytes, and returns how long that is. */
    int writeHeader(long address, long length) {
        if (kind == Kind.VARINT) {
            return writeVarint(address, length);
        }
        switch (bytes) {
            case 1 -> DirectMemory.putByte(address, (byte) length);
            case 2 ->
                DirectMemory.putShortBe(address, littleEndian ? Short.reverseBytes((short) length) : (int) length);
            case 4 -> DirectMemory.putIntBe(address, littleEndian ? Integer.reverseBytes((int) length) : (int) length);
            default -> DirectMemory.putLongBe(address, littleEndian ? Long.reverseBytes(length) : length);
        }
        return bytes;
    }

    private static int writeVarint(long address, long length) {
        int n = 0;
        long rest = length;
        for (; rest >= VARINT_MORE; rest >>>= VARINT_BITS) {
            DirectMemory.putByte(address + n++, (byte) (rest | VARINT_MORE));
        }
        DirectMemory.putByte(address + n++, (byte) rest);
        return n;
    }

    /** Throws if this framing cannot carry an answer of this length. */
    void checkAnswer(long length) {
        boolean fits = switch (kind) {
            case FIXED -> length == bytes;
            case PREFIX -> bytes >= Integer.BYTES ? length <= Integer.MAX_VALUE : length >>> (Byte.SIZE * bytes) == 0;
            default -> length <= Integer.MAX_VALUE;
        };
        if (!fits) {
            throw new IllegalStateException("an answer of " + length + " bytes does not fit " + this);
        }
    }

    @Override
    public String toString() {
        return switch (kind) {
            case STREAM -> "a stream without messages";
            case OWN -> "an own framing";
            case PREFIX -> "a length prefix of " + bytes + " bytes";
            case VARINT -> "a varint length prefix";
            case LINES -> "lines";
            case FIXED -> "messages of " + bytes + " bytes";
        };
    }
}
