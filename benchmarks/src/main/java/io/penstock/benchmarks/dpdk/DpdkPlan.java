package io.penstock.benchmarks.dpdk;

/**
 * How long everything takes.
 *
 * @param rounds how often everything is measured
 * @param warmupMillis how long a forwarder runs before it counts: a Java one is compiled then
 * @param seconds how long it counts
 * @param soakPackets how many packets the soak forwards
 * @param seed of the soak's sizes and bursts
 */
public record DpdkPlan(int rounds, long warmupMillis, double seconds, long soakPackets, long seed) {
    /** What claims rest on. */
    public static DpdkPlan of(int rounds, double seconds, long seed) {
        return new DpdkPlan(rounds, 3000, seconds, 1_000_000_000L, seed);
    }

    /** To see that it works. */
    public static DpdkPlan brief(long seed) {
        return new DpdkPlan(1, 2000, 1, 20_000_000L, seed);
    }
}
