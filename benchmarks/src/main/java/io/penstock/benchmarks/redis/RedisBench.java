package io.penstock.benchmarks.redis;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Figures;
import io.penstock.benchmarks.report.Median;
import io.penstock.benchmarks.report.TextTable;
import io.penstock.testkit.net.Wire;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** Both servers in turn in each round, medians of the rounds. */
public final class RedisBench {
    private static final int ONE = 1;
    private static final int FIFTY = 50;
    private static final double P50_BAR = 0.6;
    private static final double RATE_BAR = 1.2;

    private final RedisLab lab;
    private final Plan plan;
    private final PrintWriter out;
    private final List<RedisMeasurement> measurements = new ArrayList<>();

    /**
     * How much.
     *
     * @param rounds how often everything is measured
     * @param requestsAtOne of each command at one connection
     * @param requestsAtFifty of each command at fifty
     * @param warmupRequests of each command at fifty connections, before a server is measured
     */
    public record Plan(int rounds, int requestsAtOne, int requestsAtFifty, int warmupRequests) {}

    /** @param out where progress and results are shown */
    public RedisBench(Wire wire, Cleanup cleanup, Plan plan, PrintWriter out) {
        this.lab = new RedisLab(wire, cleanup);
        this.plan = plan;
        this.out = out;
    }

    /** Measures everything. */
    public BenchReport run() {
        for (int round = 1; round <= plan.rounds(); round++) {
            say("round " + round + " of " + plan.rounds() + ": ");
            List<KvServer> order = round % 2 == 1
                    ? List.of(KvServer.values())
                    : List.of(KvServer.values()).reversed();
            for (KvServer server : order) {
                say(server.label() + " ");
                measure(round, server);
            }
            say(System.lineSeparator());
        }
        printTable(ONE);
        printTable(FIFTY);
        BenchReport report = new BenchReport("redis");
        addClaims(report);
        report.root().set("plan", BenchReport.toJson(plan));
        for (RedisMeasurement m : measurements) {
            ObjectNode node = report.root().withArray("rounds").addObject();
            node.put("round", m.round());
            node.put("server", m.server().label());
            node.put("connections", m.connections());
            node.setAll((ObjectNode) BenchReport.toJson(m.figures()));
        }
        return report;
    }

    private void measure(int round, KvServer server) {
        lab.start(server);
        lab.measure(FIFTY, plan.warmupRequests());
        for (RedisFigures figures : lab.measure(ONE, plan.requestsAtOne())) {
            measurements.add(new RedisMeasurement(round, server, ONE, figures));
        }
        for (RedisFigures figures : lab.measure(FIFTY, plan.requestsAtFifty())) {
            measurements.add(new RedisMeasurement(round, server, FIFTY, figures));
        }
        lab.stop();
    }

    private void printTable(int connections) {
        say(System.lineSeparator() + "redis-benchmark -c " + connections
                + " (medians of the rounds; microseconds, of which redis-benchmark tells 8 apart)"
                + System.lineSeparator());
        TextTable table =
                new TextTable("command", "server", "mean", "p50", "p99", "requests/s", "p50 ratio", "rate ratio");
        for (String command : commands()) {
            for (KvServer server : KvServer.values()) {
                List<RedisMeasurement> of = of(server, connections, command);
                boolean ours = server == KvServer.PENSTOCK;
                table.row(
                        command,
                        server.label(),
                        Figures.whole(Median.of(of, m -> m.figures().meanMicros())),
                        Figures.whole(Median.of(of, m -> m.figures().p50Micros())),
                        Figures.whole(Median.of(of, m -> m.figures().p99Micros())),
                        Figures.whole(Median.of(of, m -> m.figures().requestsPerSecond())),
                        ours ? "" : Figures.ratio(p50Ratio(connections, command)),
                        ours ? "" : Figures.ratio(rateRatio(connections, command)));
            }
        }
        table.print(out, "  ");
    }

    private void addClaims(BenchReport report) {
        for (String command : commands()) {
            report.add(Claim.atMost(
                    P50_BAR, "ratio", command + ", 1 connection: p50 to redis-server's", p50Ratio(ONE, command)));
        }
        report.add(Claim.atMost(
                P50_BAR,
                "ratio",
                "all commands, 1 connection: p50 to redis-server's (geometric mean)",
                mean(command -> p50Ratio(ONE, command))));
        for (String command : commands()) {
            report.add(Claim.atLeast(
                    RATE_BAR,
                    "ratio",
                    command + ", 50 connections: requests a second to redis-server's",
                    rateRatio(FIFTY, command)));
        }
        report.add(Claim.atLeast(
                RATE_BAR,
                "ratio",
                "all commands, 50 connections: requests a second to redis-server's (geometric mean)",
                mean(command -> rateRatio(FIFTY, command))));
    }

    private double mean(ToDoubleFunction<String> ratio) {
        Set<String> commands = commands();
        double logarithms = commands.stream()
                .mapToDouble(command -> Math.log(ratio.applyAsDouble(command)))
                .sum();
        return Math.exp(logarithms / commands.size());
    }

    private Set<String> commands() {
        Set<String> commands = new LinkedHashSet<>();
        measurements.forEach(m -> commands.add(m.command()));
        return commands;
    }

    private double p50Ratio(int connections, String command) {
        return ratio(connections, command, m -> m.figures().p50Micros());
    }

    private double rateRatio(int connections, String command) {
        return ratio(connections, command, m -> m.figures().requestsPerSecond());
    }

    /** The median of the rounds' ratios. */
    private double ratio(int connections, String command, ToDoubleFunction<RedisMeasurement> value) {
        List<RedisMeasurement> theirs = of(KvServer.REDIS, connections, command);
        double[] ratios = of(KvServer.PENSTOCK, connections, command).stream()
                .flatMapToDouble(mine -> theirs.stream()
                        .filter(its -> its.round() == mine.round())
                        .mapToDouble(its -> value.applyAsDouble(mine) / value.applyAsDouble(its)))
                .toArray();
        return Median.of(ratios);
    }

    private List<RedisMeasurement> of(KvServer server, int connections, String command) {
        return measurements.stream()
                .filter(m -> m.server() == server && m.connections() == connections)
                .filter(m -> m.command().equals(command))
                .toList();
    }

    private void say(String text) {
        out.print(text);
        out.flush();
    }
}
