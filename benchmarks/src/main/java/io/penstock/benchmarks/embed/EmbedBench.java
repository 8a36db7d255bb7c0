package io.penstock.benchmarks.embed;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Median;
import io.penstock.benchmarks.report.TextTable;
import io.penstock.examples.EchoServer;
import io.penstock.server.Server;
import io.penstock.testkit.process.HarnessException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What each way to build a server costs, beside the loop over tokens that is written by hand: an echo of 64 B, with client and
 * server in turn on one thread, so that what is counted is the thread's own processor time. All styles run in each round, and
 * what counts is the ratio within a round.
 */
public final class EmbedBench {
    private static final int[] CONNECTIONS = {1, 64};
    private static final long REQUESTS = 300_000;
    private static final double SERVER_RATE = 0.97;
    private static final double FIBER_RATE = 0.85;
    private static final double FIBER_NANOS = 300;

    private final int rounds;
    private final PrintWriter out;

    /** @param rounds that count; one more comes first */
    public EmbedBench(int rounds, PrintWriter out) {
        this.rounds = rounds;
        this.out = out;
    }

    /** Nanoseconds a request, in one round. */
    private record Round(double tokens, double server, double fibers) {}

    /** Measures everything. */
    public BenchReport run() {
        BenchReport report = new BenchReport("embed");
        report.root().putObject("plan").put("rounds", rounds).put("requests", REQUESTS);
        ArrayNode echoes = report.root().putArray("echo");
        TextTable table = new TextTable(
                "echo of 64 B, ns a request", "tokens", "server", "fibers", "server's rate", "fibers' rate");
        for (int connections : CONNECTIONS) {
            List<Round> all = measure(connections);
            note(echoes.addObject(), connections, all);
            double server = Median.of(all, r -> r.tokens / r.server);
            double fibers = Median.of(all, r -> r.tokens / r.fibers);
            double more = Median.of(all, r -> r.fibers - r.server);
            table.row(
                    connections + (connections == 1 ? " connection" : " connections"),
                    text("%.0f", Median.of(all, Round::tokens)),
                    text("%.0f", Median.of(all, Round::server)),
                    text("%.0f", Median.of(all, Round::fibers)),
                    text("%.3f x", server),
                    text("%.3f x", fibers));
            String what = "echo, " + connections + (connections == 1 ? " connection: " : " connections: ");
            report.add(Claim.atLeast(
                    SERVER_RATE, "ratio", what + "requests a second of Server to the token loop's", server));
            report.add(Claim.atLeast(
                    FIBER_RATE, "ratio", what + "requests a second of fibers to the token loop's", fibers));
            report.add(Claim.atMost(FIBER_NANOS, "ns", what + "a request on fibers over one on handlers", more));
        }
        out.println();
        table.print(out, "");
        firstRequest(report);
        return report;
    }

    private List<Round> measure(int connections) {
        List<Round> all = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            Round measured = new Round(
                    nanos(FiberCost::tokensInTurn, connections),
                    nanos(EmbedBench::serverInTurn, connections),
                    nanos(FiberCost::fibersInTurn, connections));
            if (round > 0) { // the first one warms up
                all.add(measured);
            }
        }
        return all;
    }

    private static double nanos(EchoInTurn.Server style, int connections) {
        try {
            return EchoInTurn.nanosPerRequest(style, connections, REQUESTS);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new HarnessException("the echo ended: " + e, e);
        }
    }

    private static void serverInTurn(EchoInTurn os) {
        Server server = EchoServer.on(os, EchoRun.PORT, 0, null);
        os.onStop(server::stop);
        server.run();
        int _ = server.finish(0);
    }

    private static void note(ObjectNode echo, int connections, List<Round> all) {
        echo.put("connections", connections);
        ArrayNode each = echo.putArray("rounds");
        for (Round round : all) {
            each.addObject()
                    .put("tokensNanos", round.tokens)
                    .put("serverNanos", round.server)
                    .put("fibersNanos", round.fibers);
        }
    }

    /** No bar: how long a new user waits is told, and depends on the machine. */
    private void firstRequest(BenchReport report) {
        out.println();
        out.println("from git clone of docs/embed.md's project to a served request");
        ArrayNode steps = report.root().putArray("firstRequest");
        for (FirstRequest.Step step : FirstRequest.measure(PenstockCommand.root())) {
            out.println(text("%6.2f s  ", step.seconds()) + step.command());
            steps.addObject().put("command", step.command()).put("seconds", step.seconds());
        }
        out.println();
    }

    private static String text(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
