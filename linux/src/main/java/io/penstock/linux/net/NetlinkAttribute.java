package io.penstock.linux.net;

import io.penstock.linux.RawMemory;
import java.nio.charset.StandardCharsets;

/**
 * The attributes of a netlink(7) message, by their addresses. Makes no garbage but of text.
 *
 * <pre>
 *   struct rtattr, struct nlattr
 *    0 u16 length, of header and value
 *    2 u16 type, in the two high bits flags (nested, byte order)
 *    4 value, then padding to a multiple of 4
 * </pre>
 *
 * <p>Reading stops at a malformed one: {@code for (long at = first(from, end); at != NONE; at = next(at, end))}.
 */
final class NetlinkAttribute {
    static final long NONE = 0;
    static final int HEADER_BYTES = 4;

    private static final int TYPE_MASK = 0x3fff;

    private NetlinkAttribute() {}

    static int align(int lengthBytes) {
        return (lengthBytes + 3) & ~3;
    }

    /** Writes the header. Returns where the value is to stand. */
    static long write(long at, int type, int valueBytes) {
        RawMemory.putShort(at, (short) (HEADER_BYTES + valueBytes));
        RawMemory.putShort(at + 2, (short) type);
        return at + HEADER_BYTES;
    }

    /** The first attribute between two addresses, or {@link #NONE}. */
    static long first(long from, long end) {
        if (end - from < HEADER_BYTES) {
            return NONE;
        }
        int lengthBytes = lengthBytes(from);
        return lengthBytes < HEADER_BYTES || lengthBytes > end - from ? NONE : from;
    }

    /** The one behind another, or {@link #NONE}. */
    static long next(long at, long end) {
        return first(at + align(lengthBytes(at)), end);
    }

    /** The first of a type between two addresses, or {@link #NONE}. */
    static long find(long from, long end, int type) {
        for (long at = first(from, end); at != NONE; at = next(at, end)) {
            if (type(at) == type) {
                return at;
            }
        }
        return NONE;
    }

    private static int lengthBytes(long at) {
        return RawMemory.getShort(at) & 0xffff;
    }

    static int type(long at) {
        return RawMemory.getShort(at + 2) & TYPE_MASK;
    }

    static long value(long at) {
        return at + HEADER_BYTES;
    }

    static int valueBytes(long at) {
        return lengthBytes(at) - HEADER_BYTES;
    }

    /** Where the value ends, which may be made of attributes itself. */
    static long end(long at) {
        return at + lengthBytes(at);
    }

    /** The value as a number; 0 if there is no such attribute, or it is too short for one. */
    static int number(long at) {
        return at == NONE || valueBytes(at) < Integer.BYTES ? 0 : RawMemory.getInt(value(at));
    }

    /** The value as a number of eight bytes; 0 as for {@link #number}. */
    static long longNumber(long at) {
        return at == NONE || valueBytes(at) < Long.BYTES ? 0 : RawMemory.getLong(value(at));
    }

    /** The value as text, without its closing zero. */
    static String text(long at) {
        byte[] bytes = bytes(at);
        int lengthBytes = bytes.length;
        while (lengthBytes > 0 && bytes[lengthBytes - 1] == 0) {
            lengthBytes--;
        }
        return new String(bytes, 0, lengthBytes, StandardCharsets.UTF_8);
    }

    static byte[] bytes(long at) {
        byte[] bytes = new byte[valueBytes(at)];
        RawMemory.copyTo(value(at), bytes, 0, bytes.length);
        return bytes;
    }
}
