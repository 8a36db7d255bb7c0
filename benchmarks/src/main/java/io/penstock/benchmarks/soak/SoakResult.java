package io.penstock.benchmarks.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.report.BenchReport;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a soak found. */
public final class SoakResult {
    private final SoakPlan plan;
    private final SoakTally tally;
    private final Footprint atTenth;
    private final Footprint atEnd;
    private final double seconds;
    private final List<String> problems = new ArrayList<>();

    SoakResult(SoakPlan plan, SoakTally tally, Footprint atTenth, Footprint atEnd, double seconds) {
        this.plan = plan;
        this.tally = tally;
        this.atTenth = atTenth;
        this.atEnd = atEnd;
        this.seconds = seconds;
        if (tally.fault() != null) {
            problems.add(tally.fault());
        } else if (tally.leaked() > 0) {
            problems.add(tally.leaked() + " still in use after everything was released");
        }
        if (atTenth != null && atEnd != null) {
            problems.addAll(atEnd.growthSince(atTenth));
        }
    }

    /** What went wrong, one line each; empty if all is well. */
    public List<String> problems() {
        return problems;
    }

    /** Prints the summary. */
    public void print(PrintWriter out) {
        out.println(String.format(
                Locale.ROOT,
                "%,d pairs in %.1f s (%.0f ns each), %,d released by the other thread, %,d refused for want of memory,"
                        + " at most %,d alive at once",
                tally.pairs(),
                seconds,
                seconds * 1e9 / Math.max(1, tally.pairs()),
                tally.crossed(),
                tally.refused(),
                tally.maxLive()));
        if (atTenth != null && atEnd != null) {
            out.println("after the first tenth: " + atTenth);
            out.println("at the end:            " + atEnd);
            out.println(String.format(
                    Locale.ROOT,
                    "(bounds: resident +%d MiB, for the compiler; Java heap +%d MiB; regions and files +0)",
                    Footprint.RESIDENT_BOUND_BYTES >> 20,
                    Footprint.HEAP_BOUND_BYTES >> 20));
        }
        if (problems.isEmpty()) {
            out.println("nothing leaked, nothing grew, every stamp was found again (seed " + plan.seed() + ")");
        } else {
            problems.forEach(problem -> out.println("FAILS    " + problem + " (seed " + plan.seed() + ")"));
        }
        out.flush();
    }

    /** For the report of a bench. */
    public JsonNode toJson() {
        ObjectNode node = (ObjectNode) BenchReport.toJson(new Json(plan, tally.pairs(), tally.crossed(), seconds));
        node.set("afterTheFirstTenth", BenchReport.toJson(atTenth));
        node.set("atTheEnd", BenchReport.toJson(atEnd));
        node.set("problems", BenchReport.toJson(problems));
        return node;
    }

    private record Json(SoakPlan plan, long pairs, long crossed, double seconds) {}
}
