package io.penstock.benchmarks.load;

import io.penstock.testkit.process.CpuTime;
import io.penstock.testkit.process.ServerCounters;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs measurements. One thread. */
public final class LoadGenerator {
    private static final long OWN_PID = ProcessHandle.current().pid();
    private static final long NO_COUNTER = -1;

    private LoadGenerator() {}

    /**
     * Connects, warms up, measures, disconnects.
     *
     * @throws LoadException if it cannot be done
     */
    public static LoadResult run(LoadSpec spec) {
        try (ClosedLoop loop = new ClosedLoop(spec)) {
            long warmup = spec.timing().warmupMillis();
            if (warmup > 0) {
                loop.run(TimeUnit.MILLISECONDS.toNanos(warmup));
            }
            Reading before = read(spec);
            Tally tally = loop.run(TimeUnit.MILLISECONDS.toNanos(spec.timing().measureMillis()));
            LoadResult.Cost cost = read(spec).since(before);
            return new LoadResult(
                    tally.latencies.getTotalCount(),
                    tally.elapsedNanos,
                    new LoadResult.Faults(tally.lost, tally.late, tally.wrong),
                    cost,
                    LoadResult.Latency.of(tally.latencies),
                    LoadResult.encode(tally.latencies));
        }
    }

    /** The counters at one moment at which nothing is on its way. */
    private record Reading(long client, long server, long loopBusy, long stolen) {
        LoadResult.Cost since(Reading earlier) {
            return new LoadResult.Cost(
                    client - earlier.client,
                    server - earlier.server,
                    loopBusy == NO_COUNTER ? NO_COUNTER : loopBusy - earlier.loopBusy,
                    stolen - earlier.stolen);
        }
    }

    private static Reading read(LoadSpec spec) {
        return new Reading(
                CpuTime.ofProcessNanos(OWN_PID),
                spec.serverPid() == 0 ? 0 : CpuTime.ofProcessNanos(spec.serverPid()),
                spec.countersFile() == null ? NO_COUNTER : busyNanos(spec.countersFile()),
                CpuTime.stolenNanos());
    }

    private static long busyNanos(String countersFile) {
        return ServerCounters.read(Path.of(countersFile)).getOrDefault(ServerCounters.BUSY_NANOS, NO_COUNTER);
    }
}
