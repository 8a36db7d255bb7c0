package io.penstock.benchmarks.echo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.load.LoadResult;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Figures;
import io.penstock.benchmarks.report.TextTable;
import java.io.PrintWriter;
import java.util.List;

/** What the measurements of an echo bench amount to. */
final class EchoReport {
    private static final String RATIO = "ratio";
    private static final List<Metric> IN_MICROS =
            List.of(Metric.P50_NANOS, Metric.P90_NANOS, Metric.P99_NANOS, Metric.P999_NANOS, Metric.MAX_NANOS);

    private final Measurements measurements;

    EchoReport(Measurements measurements) {
        this.measurements = measurements;
    }

    void printTables(PrintWriter out) {
        for (Scenario scenario : measurements.scenarios()) {
            out.println();
            out.println(scenario + " (medians of the rounds; microseconds)");
            TextTable table = new TextTable(
                    "server", "p50", "p90", "p99", "p99.9", "max", "requests/s", "lost", "busy/request", "p50 ratio");
            for (ServerKind server : measurements.servers()) {
                String[] cells = new String[table.columns()];
                int cell = 0;
                cells[cell++] = server.label();
                for (Metric metric : IN_MICROS) {
                    cells[cell++] = Figures.micros(measurements.median(server, scenario, metric));
                }
                cells[cell++] = Figures.whole(measurements.median(server, scenario, Metric.REQUESTS_PER_SECOND));
                cells[cell++] = Figures.whole(measurements.median(server, scenario, Metric.LOST));
                cells[cell++] = Figures.micros(measurements.median(server, scenario, Metric.BUSY_NANOS_PER_REQUEST));
                cells[cell] = server == ServerKind.PENSTOCK
                        ? ""
                        : Figures.ratio(measurements.ratioTo(server, scenario, Metric.P50_NANOS));
                table.row(cells);
            }
            table.print(out, "  ");
        }
        out.println();
        out.println(
                "busy/request: what a request costs the server's core: Penstock's loop counts it itself, as it never");
        out.println(
                "sleeps; for the servers that sleep it is their process's time. p50 ratio: Penstock's to this server's.");
        out.flush();
    }

    void writeTo(BenchReport report, EchoPlan plan) {
        addClaims(report);
        report.root().set("plan", BenchReport.toJson(plan));
        writeMedians(report.root().putArray("medians"));
        writeRounds(report.root().putArray("rounds"));
    }

    private void addClaims(BenchReport report) {
        report.add(Claim.atMost(
                0.70,
                RATIO,
                "TCP, 64 B, 1 connection: p50 round trip to the spinning kernel-socket server's",
                measurements.ratioTo(ServerKind.KERNEL_SPINNING, Scenario.TCP_64_1, Metric.P50_NANOS)));
        report.add(Claim.atMost(
                1.0,
                RATIO,
                "TCP, 64 B, 1 connection: p99 round trip to the spinning kernel-socket server's",
                measurements.ratioTo(ServerKind.KERNEL_SPINNING, Scenario.TCP_64_1, Metric.P99_NANOS)));
        report.add(Claim.atLeast(
                1.4,
                RATIO,
                "TCP, 64 B, 64 connections: requests a second to Netty's",
                measurements.ratioTo(ServerKind.NETTY, Scenario.TCP_64_64, Metric.REQUESTS_PER_SECOND)));
        report.add(Claim.atMost(
                0.6,
                RATIO,
                "TCP, 64 B, 64 connections: the server core's busy time a request to Netty's",
                measurements.ratioTo(ServerKind.NETTY, Scenario.TCP_64_64, Metric.BUSY_NANOS_PER_REQUEST)));
        report.add(Claim.atMost(0, "answers", "all loads: answers that were not the request's bytes", (double)
                measurements.wrongAnswers()));
    }

    private void writeMedians(ArrayNode array) {
        for (Scenario scenario : measurements.scenarios()) {
            for (ServerKind server : measurements.servers()) {
                ObjectNode node = describe(array.addObject(), server, scenario);
                for (Metric metric : Metric.values()) {
                    putIfKnown(node, metric.jsonName(), measurements.median(server, scenario, metric));
                }
            }
        }
    }

    private void writeRounds(ArrayNode array) {
        for (Measurement m : measurements.all()) {
            ObjectNode node = describe(array.addObject().put("round", m.round()), m.server(), m.scenario());
            LoadResult result = m.result();
            node.put("requests", result.requests());
            node.put("elapsedNanos", result.elapsedNanos());
            node.put("requestsPerSecond", result.requestsPerSecond());
            node.set("latencyNanos", BenchReport.toJson(result.latency()));
            node.set("faults", BenchReport.toJson(result.faults()));
            node.set("cost", BenchReport.toJson(result.cost()));
            putIfKnown(node, Metric.BUSY_NANOS_PER_REQUEST.jsonName(), Metric.BUSY_NANOS_PER_REQUEST.of(m));
        }
    }

    private static ObjectNode describe(ObjectNode node, ServerKind server, Scenario scenario) {
        node.put("server", server.label());
        node.put("transport", scenario.transport());
        node.put("sizeBytes", scenario.sizeBytes());
        return node.put("connections", scenario.connections());
    }

    private static void putIfKnown(ObjectNode node, String name, double value) {
        if (!Double.isNaN(value)) {
            node.put(name, value);
        }
    }
}
