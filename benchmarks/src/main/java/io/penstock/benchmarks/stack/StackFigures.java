package io.penstock.benchmarks.stack;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Figures;
import io.penstock.benchmarks.report.Median;
import io.penstock.benchmarks.report.TextTable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What was measured of each row and build, and what follows from it. */
final class StackFigures {
    private static final String NOW = "now";
    private static final String AGAINST = "against";
    private static final StackRow SMALLEST = new StackRow(1, 64);
    private static final StackRow MANY = new StackRow(16_000, 64);
    private static final double SMALLEST_NANOS = 650;
    private static final double MANY_RATIO = 2.2;
    private static final double SLOWER_RATIO = 1.03;

    private final Map<Key, Samples> all = new HashMap<>();

    private record Key(StackRow row, String build) {}

    private record Samples(List<Round> rounds, List<Start> starts) {
        double median() {
            return Median.of(rounds, Round::nanos);
        }

        double worst() {
            return rounds.stream().mapToDouble(Round::nanos).max().orElse(Double.NaN);
        }

        double best() {
            return rounds.stream().mapToDouble(Round::nanos).min().orElse(Double.NaN);
        }

        double garbage() {
            return rounds.stream()
                    .mapToDouble(round -> (double) round.garbageBytes / round.requests)
                    .max()
                    .orElse(Double.NaN);
        }
    }

    /**
     * One round of one process.
     *
     * @param nanos a round trip
     * @param garbageBytes what the thread allocated on the Java heap in all of them
     * @param requests how many there were
     */
    record Round(double nanos, long garbageBytes, long requests) {
        static Round parse(String line) {
            String[] words = line.split(" ", -1);
            return new Round(Double.parseDouble(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
        }
    }

    /**
     * What a process took for both stacks and all their connections, while all are idle. What another build's worker does
     * not say is not a number.
     *
     * @param javaHeapBytes after a collection
     * @param frames that something holds, those that wait in the devices included
     * @param pinnedBytes of these frames and of objects in the stacks' heaps
     * @param connectionsHeapBytes what came onto the Java heap with the connections
     * @param connectionsPinnedBytes the same of pinned memory
     */
    record Start(
            double javaHeapBytes,
            double frames,
            double pinnedBytes,
            double connectionsHeapBytes,
            double connectionsPinnedBytes) {
        static Start parse(String line) {
            String[] words = line.split(" ", -1);
            return new Start(word(words, 1), word(words, 2), word(words, 3), word(words, 4), word(words, 5));
        }

        private static double word(String[] words, int at) {
            return at < words.length ? Double.parseDouble(words[at]) : Double.NaN;
        }
    }

    private Samples of(StackRow row, String build) {
        return all.computeIfAbsent(new Key(row, build), _ -> new Samples(new ArrayList<>(), new ArrayList<>()));
    }

    void add(StackRow row, String build, Round round) {
        of(row, build).rounds.add(round);
    }

    void add(StackRow row, String build, Start start) {
        of(row, build).starts.add(start);
    }

    /** Prints the table, and writes claims and rounds. */
    void report(StackPlan plan, BenchReport report, PrintWriter out) {
        boolean compares = plan.against() != null;
        TextTable table = compares
                ? new TextTable("ns a round trip", "now", "range", "against", "range", "ratio")
                : new TextTable("ns a round trip", "now", "range", "garbage, B", "Java heap, B each", "pinned, B each");
        ArrayNode rows = report.root().putArray("rows");
        for (StackRow row : plan.rows()) {
            Samples now = of(row, NOW);
            claimGarbage(row, now, report);
            if (compares) {
                Samples against = of(row, AGAINST);
                double ratio = now.median() / against.median();
                table.row(
                        row.label(),
                        ns(now.median()),
                        range(now),
                        ns(against.median()),
                        range(against),
                        Figures.ratio(ratio));
                report.add(Claim.atMost(
                        SLOWER_RATIO, "ratio", row.label() + ": median to that of " + plan.against(), ratio));
                write(rows.addObject(), row, AGAINST, against);
            } else {
                Start start = now.starts.getFirst();
                table.row(
                        row.label(),
                        ns(now.median()),
                        range(now),
                        Figures.whole(now.garbage()),
                        Figures.whole(start.connectionsHeapBytes / row.connections()),
                        Figures.whole(start.connectionsPinnedBytes / row.connections()));
            }
            write(rows.addObject(), row, NOW, now);
        }
        out.println();
        table.print(out, "  ");
        claimSpeed(plan, report);
    }

    private void claimGarbage(StackRow row, Samples now, BenchReport report) {
        report.add(Claim.atMost(0, "bytes", row.label() + ": garbage a round trip, worst round", now.garbage()));
    }

    private void claimSpeed(StackPlan plan, BenchReport report) {
        if (plan.rows().contains(SMALLEST)) {
            Samples smallest = of(SMALLEST, NOW);
            report.add(Claim.atMost(SMALLEST_NANOS, "ns", SMALLEST.label() + ": worst round", smallest.worst()));
            if (plan.rows().contains(MANY)) {
                report.add(Claim.atMost(
                        MANY_RATIO,
                        "ratio",
                        MANY.label() + ": median to that of " + SMALLEST.label(),
                        of(MANY, NOW).median() / smallest.median()));
            }
        }
    }

    private static String ns(double nanos) {
        return Figures.whole(nanos);
    }

    private static String range(Samples samples) {
        return Figures.whole(samples.best()) + " to " + Figures.whole(samples.worst());
    }

    private static void write(ObjectNode node, StackRow row, String build, Samples samples) {
        node.put("connections", row.connections())
                .put("sizeBytes", row.sizeBytes())
                .put("build", build);
        Start start = samples.starts.getFirst();
        put(node, "javaHeapBytes", start.javaHeapBytes);
        put(node, "frames", start.frames);
        put(node, "pinnedBytes", start.pinnedBytes);
        put(node, "javaHeapBytesPerConnection", start.connectionsHeapBytes / row.connections());
        put(node, "pinnedBytesPerConnection", start.connectionsPinnedBytes / row.connections());
        ArrayNode rounds = node.putArray("rounds");
        for (Round round : samples.rounds) {
            rounds.addObject()
                    .put("nanos", round.nanos)
                    .put("garbageBytes", round.garbageBytes)
                    .put("requests", round.requests);
        }
    }

    /** A whole number, or null for what is not known. */
    private static void put(ObjectNode node, String name, double value) {
        if (Double.isNaN(value)) {
            node.putNull(name);
        } else {
            node.put(name, Math.round(value));
        }
    }
}
