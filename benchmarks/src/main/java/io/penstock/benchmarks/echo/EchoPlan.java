package io.penstock.benchmarks.echo;

import io.penstock.benchmarks.load.LoadSpec;
import java.util.List;

/**
 * How much is measured.
 *
 * @param servers which are measured
 * @param rounds how often everything is measured
 * @param measureMillis how long each measurement lasts
 * @param startWarmupMillis load on a server that has just started, before anything is measured: its compiler's time
 * @param warmupMillis load before each further measurement
 */
public record EchoPlan(
        List<ServerKind> servers, int rounds, long measureMillis, long startWarmupMillis, long warmupMillis) {
    static final List<String> TRANSPORTS = List.of("tcp", "udp");

    /** What takes about five minutes with five rounds of a second. */
    public static EchoPlan of(List<ServerKind> servers, int rounds, double seconds) {
        return new EchoPlan(servers, rounds, Math.round(seconds * 1000), 4500, 300);
    }

    /** Just enough to see that everything works. */
    public static EchoPlan quick(List<ServerKind> servers) {
        return new EchoPlan(servers, 1, 400, 900, 150);
    }

    LoadSpec.Timing measured() {
        return new LoadSpec.Timing(warmupMillis, measureMillis);
    }
}
