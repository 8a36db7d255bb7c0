package io.penstock.memory;

/**
 * A run of a heap's units that is cut into blocks of one size.
 *
 * <pre>
 *   address
 *   +---------+---------+---------+--  --+---------+------+
 *   | block 0 | block 1 | block 2 |  ..  | block n | left |
 *   +---------+---------+---------+--  --+---------+------+
 * </pre>
 */
final class Span {
    /** The class of a span that is a frame pool's own. */
    static final int FRAMES = -1;

    final long address;
    final int firstUnit;
    final int units;
    final int sizeClass;
    final int blockBytes;
    final Buffer[] blocks;
    /** How many of the blocks have been found in the depot; only used while the heap is being trimmed. */
    int found;

    Span(long address, int firstUnit, int units, int sizeClass, Buffer[] blocks, int blockBytes) {
        this.address = address;
        this.firstUnit = firstUnit;
        this.units = units;
        this.sizeClass = sizeClass;
        this.blocks = blocks;
        this.blockBytes = blockBytes;
    }

    /** The buffer that stands for the block in which an address lies, or null if it lies behind the last one. */
    Buffer blockAt(long at) {
        long index = (at - address) / blockBytes;
        return index < blocks.length ? blocks[(int) index] : null;
    }
}
