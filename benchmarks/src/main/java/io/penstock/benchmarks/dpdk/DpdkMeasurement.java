package io.penstock.benchmarks.dpdk;

import io.penstock.benchmarks.report.BenchReport;
import java.io.PrintWriter;

/** One thing that the bench measures: a claim, and what it rests on. */
interface DpdkMeasurement {
    /** What progress calls it. */
    String name();

    /**
     * Measures once, all sides of a comparison one after the other.
     *
     * @param round from 1 on: sides take turns in going first
     * @return what to show of it, in a few words
     */
    String measure(int round);

    /** How often {@link #measure} is called, of so many rounds. */
    default int rounds(int wanted) {
        return wanted;
    }

    /** When all rounds are done: prints a table, and adds the claim and the samples. */
    void report(BenchReport report, PrintWriter out);
}
