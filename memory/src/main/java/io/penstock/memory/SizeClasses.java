package io.penstock.memory;

/**
 * The sizes that blocks come in: four to each doubling, from 64 B to 1 MiB, so that at most a fifth of a block is wasted
 * on what was asked for (jemalloc's spacing; Evans 2006).
 *
 * <pre>
 *   class   0    1    2    3    4    5    6    7    8   ..    53     54     55     56
 *   bytes  64   80   96  112  128  160  192  224  256   ..  640K   768K   896K     1M
 * </pre>
 *
 * <p>Blocks of a class are cut from <em>spans</em>, runs of 16 KiB units, whose length is chosen so that nothing
 * is left over.
 */
final class SizeClasses {
    static final int MIN_BYTES = 64;
    static final int MAX_BYTES = 1 << 20;
    static final int COUNT = 57;

    static final int UNIT_SHIFT = 14;
    static final int UNIT_BYTES = 1 << UNIT_SHIFT;

    private static final int MIN_SHIFT = 6;
    private static final int STEP_SHIFT = 2;
    /** A span for small blocks: large enough that carving one is rare, small enough to be given back some day. */
    private static final int MIN_UNITS = 4;

    private static final int MAX_UNITS = 16;

    private static final int[] BLOCK_BYTES = new int[COUNT];
    private static final int[] SPAN_UNITS = new int[COUNT];

    static {
        for (int c = 0; c < COUNT; c++) {
            BLOCK_BYTES[c] = blockBytesOf(c);
            SPAN_UNITS[c] = spanUnitsFor(BLOCK_BYTES[c]);
        }
    }

    private SizeClasses() {}

    /**
     * The smallest class whose blocks hold so many bytes.
     *
     * @param bytes 0 to {@link #MAX_BYTES}
     */
    static int classOf(int bytes) {
        if (bytes <= MIN_BYTES) {
            return 0;
        }
        int shift = 31 - Integer.numberOfLeadingZeros(bytes - 1); // bytes lie above 1 << shift, up to twice that
        int step = ((bytes - 1) >> (shift - STEP_SHIFT)) & 3;
        return ((shift - MIN_SHIFT) << STEP_SHIFT) + step + 1;
    }

    private static int blockBytesOf(int sizeClass) {
        if (sizeClass == 0) {
            return MIN_BYTES;
        }
        int shift = MIN_SHIFT + ((sizeClass - 1) >> STEP_SHIFT);
        int step = ((sizeClass - 1) & 3) + 1;
        return (1 << shift) + step * (1 << (shift - STEP_SHIFT));
    }

    private static int spanUnitsFor(int blockBytes) {
        if (blockBytes >= MAX_UNITS * UNIT_BYTES) {
            return blockBytes >> UNIT_SHIFT; // a block is a span: these sizes are whole units
        }
        int best = 0;
        double minWaste = 1;
        for (int units = MIN_UNITS; units <= MAX_UNITS; units++) {
            double waste = (double) (units * UNIT_BYTES % blockBytes) / (units * UNIT_BYTES);
            if (units * UNIT_BYTES >= blockBytes && waste < minWaste) {
                minWaste = waste;
                best = units;
            }
        }
        return best;
    }

    /** How long a block of the class is. */
    static int blockBytes(int sizeClass) {
        return BLOCK_BYTES[sizeClass];
    }

    /** How many units a span of the class takes. */
    static int spanUnits(int sizeClass) {
        return SPAN_UNITS[sizeClass];
    }

    /** How many blocks a span of the class is cut into. */
    static int blocksPerSpan(int sizeClass) {
        return SPAN_UNITS[sizeClass] * UNIT_BYTES / BLOCK_BYTES[sizeClass];
    }
}
