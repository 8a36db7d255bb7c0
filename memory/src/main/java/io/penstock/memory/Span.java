package io.penstock.memory;

/**
 * A run of a heap's units that is cut into blocks of one size.
 *
 * <pre>
 *   address
 *   +---------+---------+---------+--  --+---------+------+
 *   | block 0 | block 1 | block 2 |  ..  | block n | left |      a stride each; where frames have a prefix,
 *   +---------+---------+---------+--  --+---------+------+      the block is what lies behind it
 * </pre>
 */
final class Span {
    /** The class of a span that is a frame pool's own. */
    static final int FRAMES = -1;

    final long address;
    final int firstUnit;
    final int units;
    final int sizeClass;
    final int strideBytes;
    final int prefixBytes;
    final int blockBytes;
    final Buffer[] blocks;
    /** How many of the blocks have been found in the depot; only used while the heap is being trimmed. */
    int found;

    /** Blocks of a size class. */
    Span(long address, int firstUnit, int units, int sizeClass, Buffer[] blocks) {
        this.address = address;
        this.firstUnit = firstUnit;
        this.units = units;
        this.sizeClass = sizeClass;
        this.blocks = blocks;
        this.strideBytes = SizeClasses.blockBytes(sizeClass);
        this.prefixBytes = 0;
        this.blockBytes = strideBytes;
    }

    /** A pool's frames. */
    Span(long address, int firstUnit, int units, FrameShape shape, Buffer[] blocks) {
        this.address = address;
        this.firstUnit = firstUnit;
        this.units = units;
        this.sizeClass = FRAMES;
        this.blocks = blocks;
        this.strideBytes = shape.strideBytes();
        this.prefixBytes = shape.prefixBytes();
        this.blockBytes = shape.frameBytes();
    }

    /** Where a block begins. */
    long addressOf(int index) {
        return address + prefixBytes + (long) index * strideBytes;
    }

    /**
     * The buffer that stands for the block in which an address lies, or null if it lies behind the last one, or in a
     * prefix.
     */
    Buffer blockAt(long at) {
        long index = (at - address) / strideBytes;
        return index < blocks.length && at >= addressOf((int) index) ? blocks[(int) index] : null;
    }
}
