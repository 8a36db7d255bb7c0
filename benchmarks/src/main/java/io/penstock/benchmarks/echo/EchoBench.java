package io.penstock.benchmarks.echo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.penstock.benchmarks.load.LoadResult;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Environment;
import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.Set;

/**
 * Measures all servers in turn within each round, and compares them within the round: what changes on the machine while
 * the bench runs changes for all.
 */
public final class EchoBench {
    private final EchoLab lab;
    private final EchoPlan plan;
    private final PrintWriter out;
    private final Measurements measurements = new Measurements();

    /** @param out where progress and results are shown */
    public EchoBench(EchoLab lab, EchoPlan plan, PrintWriter out) {
        this.lab = lab;
        this.plan = plan;
        this.out = out;
    }

    /** Measures everything. */
    public BenchReport run() {
        BenchReport report = new BenchReport("echo");
        ArrayNode loads = report.root().putArray("loadAveragePerRound");
        warmUp();
        for (int round = 1; round <= plan.rounds(); round++) {
            say("round " + round + " of " + plan.rounds() + ": ");
            for (ServerKind server : ServerKind.order(plan.servers(), round)) {
                say(server.label() + " ");
                measure(round, server);
            }
            loads.add(Environment.loadAverage());
            say(System.lineSeparator());
        }
        EchoReport results = new EchoReport(measurements);
        results.printTables(out);
        results.writeTo(report, plan);
        return report;
    }

    /**
     * The first server that the client meets would else pay for the client's own compiling. The servers on kernel
     * sockets are compiled here too: they stay, paused, from round to round.
     */
    private void warmUp() {
        say("warming up" + System.lineSeparator());
        Set<ServerKind> servers = EnumSet.of(ServerKind.KERNEL_SPINNING);
        servers.addAll(plan.servers());
        servers.remove(ServerKind.PENSTOCK);
        for (ServerKind server : servers) {
            for (String transport : EchoPlan.TRANSPORTS) {
                lab.use(server, transport, plan.startWarmupMillis());
            }
        }
    }

    private void measure(int round, ServerKind server) {
        for (String transport : EchoPlan.TRANSPORTS) {
            lab.use(server, transport, plan.startWarmupMillis());
            for (Scenario scenario : Scenario.over(transport)) {
                LoadResult result = lab.measure(scenario, plan.measured());
                measurements.add(new Measurement(round, server, scenario, result));
            }
        }
        lab.rest();
    }

    private void say(String text) {
        out.print(text);
        out.flush();
    }
}
