package io.penstock.benchmarks.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.echo.Measurement;
import io.penstock.benchmarks.echo.Measurements;
import io.penstock.benchmarks.echo.Metric;
import io.penstock.benchmarks.echo.Scenario;
import io.penstock.benchmarks.echo.ServerKind;
import io.penstock.benchmarks.load.LoadSpec;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Figures;
import io.penstock.benchmarks.report.LatencyPlot;
import io.penstock.benchmarks.report.TextTable;
import io.penstock.testkit.net.Wire;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * Drives Penstock's echo server and two on kernel sockets with the same client, and shows them side by side.
 *
 * <p>A machine's speed changes by the second, more so if others use it. So the servers take short turns, many times, each
 * time in another order, and are compared within a round; what is shown is the median of the rounds, and how far apart they
 * were. All stay open and compiled; those whose turn it is not are stopped and take no core.
 */
public final class Demo {
    private static final Scenario SCENARIO = Scenario.TCP_64_1;
    private static final List<ServerKind> SERVERS =
            List.of(ServerKind.PENSTOCK, ServerKind.KERNEL_SPINNING, ServerKind.KERNEL_BLOCKING);
    private static final long START_WARMUP_MILLIS = 3000;
    private static final int ROUNDS = 13;
    private static final LoadSpec.Timing TURN = new LoadSpec.Timing(80, 270);

    private final Wire wire;
    private final EchoLab lab;
    private final PrintWriter out;
    private final Measurements measurements = new Measurements();

    /** @param out where progress and results are shown */
    public Demo(Wire wire, EchoLab lab, PrintWriter out) {
        this.wire = wire;
        this.lab = lab;
        this.out = out;
    }

    /**
     * Measures, and shows what was found.
     *
     * @param folder where {@code demo.json} and {@code latency.svg} go; null for nowhere
     */
    public void run(Path folder) {
        measure();
        print();
        if (folder != null) {
            write(folder);
        }
    }

    /** Measures, and shows nothing but its progress. */
    public Measurements measure() {
        warmUp(ServerKind.PENSTOCK, "penstock " + String.join(" ", lab.penstockArguments()));
        warmUp(ServerKind.KERNEL_SPINNING, "an echo server on kernel sockets that spins, as fast as it gets there");
        warmUp(ServerKind.KERNEL_BLOCKING, "an echo server on kernel sockets that sleeps in epoll, as most do");
        say("Measuring them in short turns, " + ROUNDS + " rounds");
        for (int round = 1; round <= ROUNDS; round++) {
            for (ServerKind server : ServerKind.order(SERVERS, round)) {
                lab.use(server, SCENARIO.transport(), START_WARMUP_MILLIS);
                measurements.add(new Measurement(round, server, SCENARIO, lab.measure(SCENARIO, TURN)));
            }
        }
        lab.close();
        return measurements;
    }

    private void warmUp(ServerKind server, String description) {
        say("  " + description);
        lab.use(server, SCENARIO.transport(), START_WARMUP_MILLIS);
    }

    /** The ratios of Penstock's median round trip to another server's, one of each round. */
    static Spread ratios(Measurements measurements, ServerKind other) {
        return Spread.of(measurements.ratiosTo(other, SCENARIO, Metric.P50_NANOS));
    }

    private double median(ServerKind server, Metric metric) {
        return measurements.median(server, SCENARIO, metric);
    }

    private void print() {
        say("");
        say("TCP echo, 64 B, one connection, a client that spins; microseconds, medians of");
        say("the rounds; ratio: Penstock's p50 to this server's, and how far rounds differed");
        TextTable table = new TextTable("server", "p50", "p99", "p99.9", "max", "requests/s", "ratio", "min to max");
        for (ServerKind server : SERVERS) {
            boolean own = server == ServerKind.PENSTOCK;
            Spread ratios = ratios(measurements, server);
            table.row(
                    server.label(),
                    Figures.micros(median(server, Metric.P50_NANOS)),
                    Figures.micros(median(server, Metric.P99_NANOS)),
                    Figures.micros(median(server, Metric.P999_NANOS)),
                    Figures.micros(median(server, Metric.MAX_NANOS)),
                    Figures.whole(median(server, Metric.REQUESTS_PER_SECOND)),
                    own ? "" : Figures.ratio(ratios.median()),
                    own ? "" : ratios.range());
        }
        table.print(out, "  ");
        say("");
        say("Penstock's median round trip on " + wire.device() + " is "
                + Figures.ratio(ratios(measurements, ServerKind.KERNEL_SPINNING).median())
                + " that of the spinning");
        say("kernel server, and "
                + Figures.ratio(ratios(measurements, ServerKind.KERNEL_BLOCKING).median())
                + " that of the sleeping one. " + faults());
    }

    private String faults() {
        long wrong = measurements.wrongAnswers();
        long lost = measurements.all().stream()
                .mapToLong(m -> m.result().faults().lost())
                .sum();
        return lost + wrong == 0 ? "No answer was lost or wrong." : lost + " answers were lost, " + wrong + " wrong.";
    }

    private void write(Path folder) {
        BenchReport report = new BenchReport("demo");
        ObjectNode servers = report.root().putObject("servers");
        List<LatencyPlot.Series> series = new ArrayList<>();
        for (ServerKind server : SERVERS) {
            List<Measurement> rounds = measurements.of(server, SCENARIO);
            ObjectNode node = servers.putObject(server.label());
            node.put("requestsPerSecond", median(server, Metric.REQUESTS_PER_SECOND));
            if (server != ServerKind.PENSTOCK) {
                node.set("p50Ratio", BenchReport.toJson(ratios(measurements, server)));
            }
            ArrayNode each = node.putArray("rounds");
            rounds.forEach(m -> each.add(BenchReport.toJson(m.result())));
            series.add(new LatencyPlot.Series(name(server), together(rounds)));
        }
        report.root().put("device", wire.device());
        report.root().put("scenario", SCENARIO.toString());
        Path json = folder.resolve("demo.json");
        Path svg = folder.resolve("latency.svg");
        report.write(json);
        BenchReport.writeText(svg, new LatencyPlot("Echo round trips: " + SCENARIO, subtitle(), series).toSvg());
        say("Written: " + json);
        say("     and " + svg);
    }

    private String name(ServerKind server) {
        return server == ServerKind.PENSTOCK ? "penstock " + wire.device() : server.label();
    }

    private static Histogram together(List<Measurement> rounds) {
        Histogram all = rounds.getFirst().result().latencies();
        rounds.stream().skip(1).forEach(m -> all.add(m.result().latencies()));
        return all;
    }

    private static String subtitle() {
        return "closed loop, client on kernel sockets, spinning; client and server on a core each; "
                + System.getProperty("os.name") + " " + System.getProperty("os.version") + ", JDK "
                + Runtime.version().feature();
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
