package io.penstock.benchmarks.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.echo.Scenario;
import io.penstock.benchmarks.echo.ServerKind;
import io.penstock.benchmarks.load.LoadResult;
import io.penstock.benchmarks.load.LoadSpec;
import io.penstock.benchmarks.net.Wire;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Figures;
import io.penstock.benchmarks.report.LatencyPlot;
import io.penstock.benchmarks.report.TextTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Drives Penstock's echo server and the kernel's with the same client, and shows both side by side. */
public final class Demo {
    private static final Scenario SCENARIO = Scenario.TCP_64_1;
    private static final long START_WARMUP_MILLIS = 3000;
    private static final LoadSpec.Timing MEASURED = new LoadSpec.Timing(300, 5000);

    private final Wire wire;
    private final EchoLab lab;
    private final PrintWriter out;
    private final Map<ServerKind, LoadResult> results = new EnumMap<>(ServerKind.class);

    /** @param out where progress and results are shown */
    public Demo(Wire wire, EchoLab lab, PrintWriter out) {
        this.wire = wire;
        this.lab = lab;
        this.out = out;
    }

    /** Measures, and writes {@code demo.json} and {@code latency.svg} to a folder. */
    public void run(Path folder) {
        measure(ServerKind.PENSTOCK, "penstock " + String.join(" ", lab.penstockArguments()));
        measure(ServerKind.KERNEL_SPINNING, "an echo server on kernel sockets that spins, as fast as it gets there");
        measure(ServerKind.KERNEL_BLOCKING, "an echo server on kernel sockets that sleeps in epoll, as most do");
        lab.rest();
        print();
        write(folder);
    }

    private void measure(ServerKind server, String description) {
        say("  " + description);
        lab.use(server, SCENARIO.transport(), START_WARMUP_MILLIS);
        say("    warmed up; measuring for " + MEASURED.measureMillis() / 1000 + " s");
        results.put(server, lab.measure(SCENARIO, MEASURED));
    }

    private void print() {
        say("");
        say("TCP echo, 64 B, one connection, a client that spins; microseconds");
        TextTable table = new TextTable(
                "server", "p50", "p90", "p99", "p99.9", "max", "requests/s", "lost", "wrong", "p50 ratio");
        double own = results.get(ServerKind.PENSTOCK).latency().p50();
        results.forEach((server, result) -> table.row(
                name(server),
                Figures.micros(result.latency().p50()),
                Figures.micros(result.latency().p90()),
                Figures.micros(result.latency().p99()),
                Figures.micros(result.latency().p999()),
                Figures.micros(result.latency().max()),
                Figures.whole(result.requestsPerSecond()),
                Figures.whole(result.faults().lost()),
                Figures.whole(result.faults().wrong()),
                server == ServerKind.PENSTOCK
                        ? ""
                        : Figures.ratio(own / result.latency().p50())));
        table.print(out, "  ");
        say("");
        LoadResult spinning = results.get(ServerKind.KERNEL_SPINNING);
        LoadResult blocking = results.get(ServerKind.KERNEL_BLOCKING);
        say("Penstock's median round trip is "
                + Figures.ratio(own / spinning.latency().p50())
                + " that of the spinning kernel server, and "
                + Figures.ratio(own / blocking.latency().p50()) + " that of the sleeping one.");
    }

    private String name(ServerKind server) {
        return server == ServerKind.PENSTOCK ? "penstock " + wire.device() : server.label();
    }

    private void write(Path folder) {
        BenchReport report = new BenchReport("demo");
        ObjectNode servers = report.root().putObject("servers");
        List<LatencyPlot.Series> series = new ArrayList<>();
        results.forEach((server, result) -> {
            ObjectNode node = servers.putObject(server.label());
            node.put("requestsPerSecond", result.requestsPerSecond());
            node.setAll((ObjectNode) BenchReport.toJson(result));
            series.add(new LatencyPlot.Series(name(server), result.latencies()));
        });
        report.root().put("device", wire.device());
        report.root().put("scenario", SCENARIO.toString());
        Path json = folder.resolve("demo.json");
        Path svg = folder.resolve("latency.svg");
        report.write(json);
        BenchReport.writeText(svg, new LatencyPlot("Echo round trips: " + SCENARIO, subtitle(), series).toSvg());
        say("Written: " + json + " and " + svg);
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
