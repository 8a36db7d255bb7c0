package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.process.Priority;
import io.penstock.benchmarks.report.Environment;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What every bench can be told. */
final class BenchOptions {
    private static final double QUIET_LOAD = 0.5;

    @Option(names = "--json", paramLabel = "FILE", description = "Write claims and what they rest on to this file.")
    Path json;

    @Option(
            names = "--priority",
            description = "Put client and servers before all else on this machine: for one that others use too.")
    private boolean priority;

    /** Before anything is measured. */
    void prepare(PrintWriter out) {
        if (priority && !Priority.raiseGroup()) {
            out.println("The kernel refuses --priority: going on without.");
        }
        warnOfLoad(out);
    }

    /** Who measures on a busy machine should know. */
    static void warnOfLoad(PrintWriter out) {
        double load = Environment.loadAverage();
        if (load > QUIET_LOAD) {
            out.println("Note: something else runs here (load average " + load
                    + "). Client and server need a core each for themselves: high percentiles will show it.");
        }
        out.flush();
    }
}
