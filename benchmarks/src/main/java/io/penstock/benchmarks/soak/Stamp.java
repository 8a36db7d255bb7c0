package io.penstock.benchmarks.soak;

import io.penstock.memory.Buffer;

/**
 * What is written into each buffer and must be found in it again: if two buffers lay one over the other, or one was given
 * out twice, it would not be.
 *
 * <pre>
 *   | serial ......... | (one in 256: mixed serial + index throughout) | mixed serial and length |
 *   0                  8                                                 -8                       length
 * </pre>
 */
final class Stamp {
    /** Room for the first and the last word. */
    static final int MIN_BYTES = 2 * Long.BYTES;

    private static final int WHOLE_EVERY = 256;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private Stamp() {}

    static void write(Buffer buffer, long serial) {
        int last = buffer.length() - Long.BYTES;
        buffer.putLong(0, serial);
        if (isWhole(serial)) {
            int at = Long.BYTES;
            for (; at <= last - Long.BYTES; at += Long.BYTES) {
                buffer.putLong(at, mix(serial + at));
            }
            for (; at < last; at++) {
                buffer.putByte(at, (byte) mix(serial + at));
            }
        }
        buffer.putLong(last, mix(serial ^ buffer.length()));
    }

    /** Whether the stamp is still there. */
    static boolean verify(Buffer buffer, long serial) {
        int last = buffer.length() - Long.BYTES;
        if (last < Long.BYTES || buffer.getLong(0) != serial) {
            return false;
        }
        return buffer.getLong(last) == mix(serial ^ buffer.length())
                && (!isWhole(serial) || verifyBetween(buffer, serial, last));
    }

    private static boolean verifyBetween(Buffer buffer, long serial, int last) {
        int at = Long.BYTES;
        for (; at <= last - Long.BYTES; at += Long.BYTES) {
            if (buffer.getLong(at) != mix(serial + at)) {
                return false;
            }
        }
        for (; at < last; at++) {
            if (buffer.getByte(at) != (byte) mix(serial + at)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isWhole(long serial) {
        return serial % WHOLE_EVERY == 0;
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> 32) * GOLDEN;
        return mixed ^ mixed >>> 29;
    }
}
