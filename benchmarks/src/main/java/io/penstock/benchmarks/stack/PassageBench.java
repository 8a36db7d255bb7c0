package io.penstock.benchmarks.stack;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.penstock.benchmarks.micro.JmhFork;
import io.penstock.benchmarks.micro.PassageBenchmark;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Median;
import io.penstock.benchmarks.report.TextTable;
import io.penstock.testkit.Garbage;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;

/** What a single passage through this build's stack costs, each kind by JMH in a virtual machine of its own. */
final class PassageBench {
    private static final JmhFork FORK = new JmhFork(4, 5, 300);
    private static final int[] SIZES_BYTES = {64, 1_400};
    private static final int WINDOWS = 11;
    private static final int TURNS_A_WINDOW = 10_000;

    private final PrintWriter out;

    /** A way through the stack. */
    enum Way {
        RECEIVE("frame in hand to completion") {
            @Override
            void pass(PassageBenchmark benchmark, PassageBenchmark.Connection connection) {
                for (int i = 0; i < PassageBenchmark.PUSHES; i++) {
                    long _ = benchmark.receive(connection);
                }
            }
        },
        PUSH("push to frame ready") {
            @Override
            void pass(PassageBenchmark benchmark, PassageBenchmark.Connection connection) {
                benchmark.push(connection);
            }
        };

        private final String label;

        Way(String label) {
            this.label = label;
        }

        /** As many passages as go together. */
        abstract void pass(PassageBenchmark benchmark, PassageBenchmark.Connection connection);

        /** As JMH calls it. */
        String benchmark() {
            return JmhFork.nameOf(PassageBenchmark.class, name().toLowerCase(Locale.ROOT));
        }
    }

    /**
     * What is measured.
     *
     * @param way up or down
     * @param sizeBytes of the payload
     * @param deviceSums whether checksums are the device's affair
     */
    record Case(Way way, int sizeBytes, boolean deviceSums) {
        static List<Case> all() {
            List<Case> cases = new ArrayList<>();
            for (Way way : Way.values()) {
                for (int sizeBytes : SIZES_BYTES) {
                    cases.add(new Case(way, sizeBytes, true));
                    cases.add(new Case(way, sizeBytes, false));
                }
            }
            return cases;
        }

        String label() {
            return String.format(Locale.ROOT, "%s, %,d B, checksum by the %s", way.label, sizeBytes, checksumBy());
        }

        String checksumBy() {
            return deviceSums ? "device" : "stack";
        }

        Map<String, String> parameters() {
            return Map.of("sizeBytes", Integer.toString(sizeBytes), "deviceSums", Boolean.toString(deviceSums));
        }
    }

    PassageBench(PrintWriter out) {
        this.out = out;
    }

    /** Measures all, prints a table, and adds rows and claims. */
    void run(BenchReport report) {
        out.println();
        out.print("single passages, ns:");
        TextTable table = new TextTable("ns a passage", "median", "range", "garbage, B");
        ArrayNode rows = report.root().putArray("passages");
        for (Case each : Case.all()) {
            RunResult result = FORK.run(each.way.benchmark(), each.parameters());
            double[] nanos = result.getBenchmarkResults().stream()
                    .flatMap(fork -> fork.getIterationResults().stream())
                    .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
                    .sorted()
                    .toArray();
            double median = Median.of(nanos);
            double garbage = garbageBytes(each);
            out.print(" " + number(median));
            out.flush();
            table.row(
                    each.label(),
                    number(median),
                    number(nanos[0]) + " to " + number(nanos[nanos.length - 1]),
                    garbage == 0 ? "0" : String.format(Locale.ROOT, "%.2f", garbage));
            rows.addObject()
                    .put("passage", each.way.name().toLowerCase(Locale.ROOT))
                    .put("sizeBytes", each.sizeBytes)
                    .put("checksumBy", each.checksumBy())
                    .put("nanos", median)
                    .put("garbageBytes", garbage)
                    .set("iterationNanos", BenchReport.toJson(nanos));
            report.add(Claim.atMost(0, "bytes", each.label() + ": garbage a passage", garbage));
        }
        out.println();
        out.println();
        table.print(out, "  ");
    }

    /**
     * Bytes of the Java heap a passage, counted to the byte on this thread. What a passage makes shows in every window; a
     * method thrown back to the interpreter or a line of the log shows in one of them.
     */
    private static double garbageBytes(Case each) {
        PassageBenchmark benchmark = new PassageBenchmark();
        PassageBenchmark.Connection connection = new PassageBenchmark.Connection();
        connection.sizeBytes = each.sizeBytes;
        connection.deviceSums = each.deviceSums;
        connection.open();
        try {
            Runnable window = () -> {
                for (int i = 0; i < TURNS_A_WINDOW; i++) {
                    each.way.pass(benchmark, connection);
                }
            };
            for (int i = 0; i < WINDOWS; i++) {
                window.run();
            }
            double[] bytes = new double[WINDOWS];
            for (int i = 0; i < WINDOWS; i++) {
                bytes[i] = Garbage.allocatedBytes(window);
            }
            return Median.of(bytes) / ((long) TURNS_A_WINDOW * PassageBenchmark.PUSHES);
        } finally {
            connection.close();
        }
    }

    private static String number(double nanos) {
        return String.format(Locale.ROOT, "%.0f", nanos);
    }
}
