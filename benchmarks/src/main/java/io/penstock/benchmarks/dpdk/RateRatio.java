package io.penstock.benchmarks.dpdk;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Figures;
import io.penstock.benchmarks.report.Median;
import io.penstock.benchmarks.report.TextTable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/**
 * Packets a second of two forwarders that are measured in turn. The claim is about the median of the rounds' ratios: what
 * disturbs the machine for minutes falls out of each.
 */
final class RateRatio {
    private static final double MILLION = 1e6;

    private final List<Round> rounds = new ArrayList<>();

    /** Packets a second. */
    private record Round(int number, double testpmd, double penstock) {
        double ratio() {
            return penstock / testpmd;
        }
    }

    /** Measures both, the other one first in each second round. Returns what to show of it. */
    String measure(int round, DoubleSupplier testpmd, DoubleSupplier penstock) {
        double theirs = round % 2 == 1 ? testpmd.getAsDouble() : 0;
        double ours = penstock.getAsDouble();
        if (round % 2 == 0) {
            theirs = testpmd.getAsDouble();
        }
        Round done = new Round(round, theirs, ours);
        rounds.add(done);
        return "testpmd " + millions(theirs) + ", l2fwd " + millions(ours) + " M/s, " + Figures.ratio(done.ratio());
    }

    private static String millions(double rate) {
        return String.format(Locale.ROOT, "%.1f", rate / MILLION);
    }

    void print(String title, PrintWriter out) {
        out.println();
        out.println(title + " (medians of the rounds)");
        TextTable table = new TextTable("", "million packets/s", "to testpmd's");
        table.row("dpdk-testpmd", millions(Median.of(rounds, Round::testpmd)), "");
        table.row("penstock l2fwd", millions(Median.of(rounds, Round::penstock)), Figures.ratio(median()));
        table.print(out, "  ");
    }

    private double median() {
        return Median.of(rounds, Round::ratio);
    }

    void writeTo(BenchReport report, String name, double bar, String claim) {
        report.add(Claim.atLeast(bar, "ratio", claim, median()));
        ArrayNode samples = report.root().putArray(name);
        for (Round round : rounds) {
            ObjectNode node = samples.addObject();
            node.put("round", round.number);
            node.put("testpmdPacketsPerSecond", round.testpmd);
            node.put("penstockPacketsPerSecond", round.penstock);
        }
    }
}
