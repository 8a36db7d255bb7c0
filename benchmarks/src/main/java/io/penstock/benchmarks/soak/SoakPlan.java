package io.penstock.benchmarks.soak;

/**
 * What a soak of memory does.
 *
 * @param pairs how many buffers are allocated and released, at least 1
 * @param seed of sizes, order and live sets
 * @param crossShare how many of them another thread releases, 0 to 1
 * @param maxLive how many buffers live at once at most
 * @param progressMillis how often the footprint is printed
 */
public record SoakPlan(long pairs, long seed, double crossShare, int maxLive, long progressMillis) {
    private static final double USUAL_CROSS_SHARE = 0.25;
    private static final int USUAL_MAX_LIVE = 8192;
    private static final long USUAL_PROGRESS_MILLIS = 5_000;

    /** The usual one. */
    public static SoakPlan of(long pairs) {
        return of(pairs, 1, USUAL_CROSS_SHARE);
    }

    /** With live sets as usual. */
    public static SoakPlan of(long pairs, long seed, double crossShare) {
        return new SoakPlan(pairs, seed, crossShare, USUAL_MAX_LIVE, USUAL_PROGRESS_MILLIS);
    }
}
