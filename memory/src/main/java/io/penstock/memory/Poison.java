package io.penstock.memory;

import io.penstock.linux.RawMemory;

/**
 * What freed memory is filled with when a pool is told to ({@link BufferPool#poison}): a stale read sees nonsense instead
 * of somebody's packet, and a stale write is found when the block is given out again.
 */
final class Poison {
    /** Odd, negative, and no valid text: a length, a pointer or a string read from it fails early. */
    private static final long PATTERN = 0xDBDB_DBDB_DBDB_DBDBL;

    private Poison() {}

    static void fill(long address, int lengthBytes) {
        RawMemory.fill(address, lengthBytes, (byte) PATTERN);
    }

    /** Returns where the first byte was changed, or -1 if all are as they were left. Blocks are whole words. */
    static int firstChange(long address, int lengthBytes) {
        for (int at = 0; at < lengthBytes; at += Long.BYTES) {
            long difference = RawMemory.getLong(address + at) ^ PATTERN;
            if (difference != 0) {
                return at
                        + (Long.numberOfTrailingZeros(difference) >> 3); // little-endian, as all that Penstock runs on
            }
        }
        return -1;
    }
}
