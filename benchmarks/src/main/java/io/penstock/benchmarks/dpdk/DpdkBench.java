package io.penstock.benchmarks.dpdk;

import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Environment;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.util.List;

/** Everything that is claimed of the DPDK back end, one measurement after the other, each in rounds. */
public final class DpdkBench {
    /** Packets in a burst: testpmd's default. */
    static final int BURST = 32;

    /** Two processes with 16384 mbufs and their rings, or two stacks with frames of 4 KiB; what does not lie tightly. */
    public static final long NEEDED_HUGE_PAGES = 160;

    private final DpdkPlan plan;
    private final Cleanup cleanup;
    private final PrintWriter out;

    /** @param out where progress and results are shown */
    public DpdkBench(DpdkPlan plan, Cleanup cleanup, PrintWriter out) {
        this.plan = plan;
        this.cleanup = cleanup;
        this.out = out;
    }

    /** The order is that of the claims. */
    private List<DpdkMeasurement> measurements() {
        return List.of(
                new NullPorts(plan, cleanup),
                new MemifSwap(plan, cleanup),
                new BurstCost(),
                new BackEndEcho(plan, cleanup),
                new MemifEcho(plan, cleanup),
                new RandomTraffic(plan, cleanup, out));
    }

    /** Measures everything. */
    public BenchReport run() {
        BenchReport report = new BenchReport("dpdk");
        report.root().set("plan", BenchReport.toJson(plan));
        List<DpdkMeasurement> measurements = measurements();
        for (DpdkMeasurement measurement : measurements) {
            int rounds = measurement.rounds(plan.rounds());
            for (int round = 1; round <= rounds; round++) {
                out.println(measurement.name() + ", round " + round + " of " + rounds + ": "
                        + measurement.measure(round) + " (load average " + Environment.loadAverage() + ")");
                out.flush();
            }
        }
        measurements.forEach(measurement -> measurement.report(report, out));
        return report;
    }
}
