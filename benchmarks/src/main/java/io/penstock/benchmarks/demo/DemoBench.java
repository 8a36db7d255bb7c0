package io.penstock.benchmarks.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.echo.Measurements;
import io.penstock.benchmarks.echo.ServerKind;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Figures;
import io.penstock.benchmarks.report.Median;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;

/** Runs the demo many times, with and without something else on the machine, and compares what it would print. */
public final class DemoBench {
    /** In a session of its own, as another user's work would be: the scheduler lets it compete with client and server. */
    private static final List<String> BUSY_LOOP = List.of("setsid", "sh", "-c", "while :; do :; done");

    private static final double BAR = 0.10;

    private final Stage stage;
    private final int runs;
    private final int loaded;
    private final PrintWriter out;
    private final List<Outcome> outcomes = new ArrayList<>();

    /** Makes what a demo needs. */
    @FunctionalInterface
    public interface Stage {
        /** Sets it up, in {@code cleanup}'s hands; the demo tells of its progress to {@code out}. */
        Demo set(Cleanup cleanup, PrintWriter out);
    }

    private record Outcome(boolean loaded, Spread spinning, Spread blocking, long wrong) {}

    /**
     * @param runs how many demos
     * @param loaded beside how many of them a busy loop runs
     * @param out where progress is shown
     */
    public DemoBench(Stage stage, int runs, int loaded, PrintWriter out) {
        this.stage = stage;
        this.runs = runs;
        this.loaded = loaded;
        this.out = out;
    }

    /** Runs all of them. */
    public BenchReport run() {
        for (int run = 0; run < runs; run++) {
            // Quiet and loaded ones alternate, as far as there are enough of both.
            boolean withLoad = (run + 1) * loaded / runs > run * loaded / runs;
            Outcome outcome = play(withLoad);
            outcomes.add(outcome);
            out.println("demo " + (run + 1) + " of " + runs + (withLoad ? ", beside a busy loop" : ", alone")
                    + ": p50 to kernel-spinning " + describe(outcome.spinning) + ", to kernel-blocking "
                    + describe(outcome.blocking));
            out.flush();
        }
        return report();
    }

    private Outcome play(boolean withLoad) {
        try (Cleanup cleanup = new Cleanup()) {
            if (withLoad) {
                cleanup.add(Child.start("the busy loop", BUSY_LOOP));
            }
            Measurements measured =
                    stage.set(cleanup, new PrintWriter(Writer.nullWriter())).measure();
            return new Outcome(
                    withLoad,
                    Demo.ratios(measured, ServerKind.KERNEL_SPINNING),
                    Demo.ratios(measured, ServerKind.KERNEL_BLOCKING),
                    measured.wrongAnswers());
        }
    }

    private static String describe(Spread ratios) {
        return Figures.ratio(ratios.median()) + " (" + ratios.range() + ")";
    }

    private BenchReport report() {
        BenchReport report = new BenchReport("demo");
        List<Double> spinning = outcomes.stream().map(o -> o.spinning.median()).toList();
        List<Double> blocking = outcomes.stream().map(o -> o.blocking.median()).toList();
        report.add(Claim.atMost(
                BAR,
                "of the median",
                "p50 ratio to the spinning kernel server: the run farthest from the median of all",
                farthest(spinning)));
        report.add(Claim.atMost(
                BAR,
                "of the median",
                "p50 ratio to the sleeping kernel server: the run farthest from the median of all",
                farthest(blocking)));
        report.add(Claim.atMost(0, "answers", "all runs: answers that were not the request's bytes", (double)
                outcomes.stream().mapToLong(Outcome::wrong).sum()));
        ArrayNode each = report.root().putArray("runs");
        for (Outcome outcome : outcomes) {
            ObjectNode node = each.addObject().put("loaded", outcome.loaded);
            node.set("p50RatioToKernelSpinning", BenchReport.toJson(outcome.spinning));
            node.set("p50RatioToKernelBlocking", BenchReport.toJson(outcome.blocking));
        }
        return report;
    }

    private static double farthest(List<Double> medians) {
        double middle = Median.of(medians, Double::doubleValue);
        return medians.stream()
                .mapToDouble(value -> Math.abs(value / middle - 1))
                .max()
                .orElse(Double.NaN);
    }
}
