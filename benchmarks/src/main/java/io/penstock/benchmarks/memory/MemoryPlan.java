package io.penstock.benchmarks.memory;

/**
 * How long everything takes.
 *
 * @param rounds how often everything is measured
 * @param warmups iterations of each measurement that do not count
 * @param iterations those that do
 * @param iterationMillis how long each lasts
 * @param prefaultBytes how large the region is whose pages are touched
 * @param soakPairs how many allocations and releases the soak makes
 */
public record MemoryPlan(
        int rounds, int warmups, int iterations, long iterationMillis, long prefaultBytes, long soakPairs) {

    private static final long GIBIBYTE = 1L << 30;

    /** What claims rest on; five rounds take about five minutes. */
    public static MemoryPlan of(int rounds) {
        return new MemoryPlan(rounds, 2, 3, 400, 4 * GIBIBYTE, 20_000_000);
    }

    /** To see that it works. */
    public static MemoryPlan quick() {
        return new MemoryPlan(1, 2, 2, 150, GIBIBYTE / 4, 5_000_000);
    }
}
