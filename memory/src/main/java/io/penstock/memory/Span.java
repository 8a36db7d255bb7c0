package io.penstock.memory;

/**
 * A run of a region that is cut into blocks of one size: where it lies and how it is cut.
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
    /** The heap's units that it lies in; none of a region that is no heap's. */
    final int firstUnit;

    final int units;
    final int sizeClass;
    final int strideBytes;
    final int prefixBytes;
    final int blockBytes;

    /** Blocks of a size class. */
    Span(long address, int firstUnit, int units, int sizeClass) {
        this.address = address;
        this.firstUnit = firstUnit;
        this.units = units;
        this.sizeClass = sizeClass;
        this.strideBytes = SizeClasses.blockBytes(sizeClass);
        this.prefixBytes = 0;
        this.blockBytes = strideBytes;
    }

    /** A pool's frames. */
    Span(long address, int firstUnit, int units, FrameShape shape) {
        this.address = address;
        this.firstUnit = firstUnit;
        this.units = units;
        this.sizeClass = FRAMES;
        this.strideBytes = shape.strideBytes();
        this.prefixBytes = shape.prefixBytes();
        this.blockBytes = shape.frameBytes();
    }

    /** Where a block begins. */
    long addressOf(int index) {
        return address + prefixBytes + (long) index * strideBytes;
    }
}
