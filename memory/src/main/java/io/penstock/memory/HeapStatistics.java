package io.penstock.memory;

/**
 * How a heap's memory is used, in bytes.
 *
 * @param totalBytes all of it
 * @param freeBytes not cut: free for spans of any size and for frames
 * @param longestFreeRunBytes the longest piece of that
 * @param depotBytes cut into blocks that wait for any core; {@link PinnedHeap#trim} makes free runs of what it can
 * @param leakedBytes held by somebody when their pool was closed, and out of use since
 */
public record HeapStatistics(
        long totalBytes, long freeBytes, long longestFreeRunBytes, long depotBytes, long leakedBytes) {

    /** Which part of the free bytes does not lie in the longest free run: 0 to 1. */
    public double externalFragmentation() {
        return freeBytes == 0 ? 0 : 1 - (double) longestFreeRunBytes / freeBytes;
    }
}
