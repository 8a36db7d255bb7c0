package io.penstock.benchmarks.dpdk;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Figures;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;

/** The soak, once: nothing is lost, mixed up or leaked. */
final class RandomTraffic implements DpdkMeasurement {
    private final DpdkPlan plan;
    private final Cleanup cleanup;
    private final PrintWriter out;
    private DpdkSoak.Result result;

    RandomTraffic(DpdkPlan plan, Cleanup cleanup, PrintWriter out) {
        this.plan = plan;
        this.cleanup = cleanup;
        this.out = out;
    }

    @Override
    public String name() {
        return "random sizes and bursts";
    }

    @Override
    public int rounds(int wanted) {
        return 1;
    }

    @Override
    public String measure(int round) {
        DpdkSoak soak = cleanup.add(new DpdkSoak(plan.soakPackets(), plan.seed(), out));
        result = soak.run();
        cleanup.close(soak);
        return Figures.whole(result.forwarded()) + " packets, "
                + (result.problems().isEmpty() ? "every mbuf back" : String.join("; ", result.problems()));
    }

    @Override
    public void report(BenchReport report, PrintWriter printer) {
        printer.println();
        result.print(printer);
        report.add(Claim.atMost(
                0,
                "faults",
                Figures.whole(plan.soakPackets())
                        + " packets of random sizes in random bursts: mbufs missing at the end,"
                        + " packets lost or mixed up",
                (double) result.problems().size()));
        ObjectNode node = report.root().putObject("randomTraffic");
        node.setAll((ObjectNode) BenchReport.toJson(result));
    }
}
