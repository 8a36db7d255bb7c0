package io.penstock.memory;

/**
 * How a pool's frames lie.
 *
 * <pre>
 *   | prefix | headroom | payload ............ | prefix | headroom | ...
 *   |        ^ the frame begins                |
 *   +------------- stride ---------------------+
 * </pre>
 *
 * @param strideBytes from one frame to the next, a power of two from 2048 to 65536
 * @param prefixBytes how much in front of each frame is somebody else's, such as a driver's descriptor; the pool never
 *     touches it, and no buffer shows it; a multiple of 8
 * @param headroomBytes room in front of the payload; with the prefix less than a stride
 */
public record FrameShape(int strideBytes, int prefixBytes, int headroomBytes) {
    private static final int MIN_STRIDE_BYTES = 2048;
    private static final int MAX_STRIDE_BYTES = 1 << 16;

    /** Refuses what cannot be. */
    public FrameShape {
        if (Integer.bitCount(strideBytes) != 1 || strideBytes < MIN_STRIDE_BYTES || strideBytes > MAX_STRIDE_BYTES) {
            throw new IllegalArgumentException("a frame's size is a power of two from " + MIN_STRIDE_BYTES + " to "
                    + MAX_STRIDE_BYTES + ", not " + strideBytes);
        }
        if (prefixBytes < 0 || prefixBytes >= strideBytes || prefixBytes % Long.BYTES != 0) {
            throw new IllegalArgumentException("prefix " + prefixBytes + ": expected a multiple of " + Long.BYTES
                    + " from 0 to " + (strideBytes - Long.BYTES));
        }
        if (headroomBytes < 0 || headroomBytes >= strideBytes - prefixBytes) {
            throw new IllegalArgumentException(
                    "headroom " + headroomBytes + " outside 0.." + (strideBytes - prefixBytes - 1));
        }
    }

    /** Frames without a prefix: as long as the stride. */
    public FrameShape(int frameBytes, int headroomBytes) {
        this(frameBytes, 0, headroomBytes);
    }

    /** How long a frame is, headroom included. */
    public int frameBytes() {
        return strideBytes - prefixBytes;
    }
}
