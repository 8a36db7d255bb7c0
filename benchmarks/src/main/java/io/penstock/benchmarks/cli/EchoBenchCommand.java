package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.echo.EchoBench;
import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.echo.EchoPlan;
import io.penstock.benchmarks.echo.ServerKind;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The echo bench. */
@Command(
        name = "echo",
        description =
                "Echo over TCP and UDP: Penstock on AF_XDP, kernel sockets spinning and blocking, Netty on epoll.",
        mixinStandardHelpOptions = true)
final class EchoBenchCommand implements Callable<Integer> {

    @Mixin
    private BenchOptions options;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "1",
            description = "How long each of a round's 32 measurements lasts. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(
            names = "--servers",
            paramLabel = "KIND",
            split = ",",
            defaultValue = "PENSTOCK,KERNEL_SPINNING,KERNEL_BLOCKING,NETTY",
            description = "Which to measure, of ${COMPLETION-CANDIDATES}. Default: all.")
    private List<ServerKind> servers;

    @Option(names = "--quick", description = "One short round: enough to see that it works, not to compare by.")
    private boolean quick;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (rounds < 1 || !(seconds > 0)) {
            throw new ConfigurationException("--rounds " + rounds + " --seconds " + seconds
                    + ": expected at least one round and more than no time");
        }
        Run.needRoot("bench echo");
        Run.needTwoCores();
        return Run.guarded(spec.commandLine(), this::measure);
    }

    private EchoPlan plan() {
        return quick ? EchoPlan.quick(servers) : EchoPlan.of(servers, rounds, seconds);
    }

    private int measure(Cleanup cleanup) {
        PrintWriter out = spec.commandLine().getOut();
        options.prepare(out);
        EchoLab lab = cleanup.add(new EchoLab(cleanup.add(VethWire.create(1)), cleanup));
        BenchReport report = new EchoBench(lab, plan(), out).run();
        out.println();
        report.printClaims(out);
        report.write(options.json);
        return 0;
    }
}
