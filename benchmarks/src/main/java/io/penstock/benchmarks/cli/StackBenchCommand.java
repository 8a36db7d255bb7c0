package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.stack.StackBench;
import io.penstock.benchmarks.stack.StackPlan;
import io.penstock.control.cli.OptionRange;
import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The bench of the stack alone. */
@Command(
        name = "stack",
        description =
                "What the stack alone costs: a client and a server, each on a stack of its own, in one thread with"
                        + " shared memory between. Needs no privilege.",
        mixinStandardHelpOptions = true)
final class StackBenchCommand implements Callable<Integer> {
    private static final int MAX_CONNECTIONS = 100_000;
    private static final int MIN_BYTES = 16;
    private static final int MAX_BYTES = 1_456;
    private static final int MAX_ROUNDS = 1_000;

    @Mixin
    private BenchOptions options;

    @Option(
            names = "--connections",
            split = ",",
            defaultValue = "1,1000,16000",
            paramLabel = "N",
            description = "How many; each request takes a random one. Default: ${DEFAULT-VALUE}.")
    private List<Integer> connections;

    @Option(
            names = "--bytes",
            split = ",",
            defaultValue = "64,1400",
            paramLabel = "N",
            description = "Of request and answer: a multiple of 8. Default: ${DEFAULT-VALUE}.")
    private List<Integer> sizesBytes;

    @Option(
            names = "--processes",
            defaultValue = "3",
            paramLabel = "N",
            description = "How often each starts afresh: compiled code differs. Default: ${DEFAULT-VALUE}.")
    private int processes;

    @Option(
            names = "--rounds",
            defaultValue = "5",
            paramLabel = "N",
            description = "Rounds of each process. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--millis",
            defaultValue = "400",
            paramLabel = "N",
            description = "How long a round takes. Default: ${DEFAULT-VALUE}.")
    private int roundMillis;

    @Option(
            names = "--against",
            paramLabel = "FOLDER",
            description = "Another source tree of Penstock, built: its stack is measured in turn with this one.")
    private Path against;

    @Option(
            names = "--passages",
            negatable = true,
            description = "Measure single passages of this tree's stack by JMH, too. Default: yes, without --against.")
    private Boolean passages;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        connections.forEach(count -> OptionRange.require("--connections", count, 1, MAX_CONNECTIONS));
        sizesBytes.forEach(size -> OptionRange.require("--bytes", size, MIN_BYTES, MAX_BYTES));
        sizesBytes.stream().filter(size -> size % Long.BYTES != 0).findFirst().ifPresent(size -> {
            throw new ConfigurationException("--bytes " + size + ": expected a multiple of 8");
        });
        OptionRange.require("--processes", processes, 1, MAX_ROUNDS);
        OptionRange.require("--rounds", rounds, 1, MAX_ROUNDS);
        OptionRange.require("--millis", roundMillis, 1, 10_000);
        Run.needTwoCores();
        return Run.guarded(spec.commandLine(), this::measure);
    }

    private int measure(Cleanup cleanup) {
        PrintWriter out = spec.commandLine().getOut();
        StackPlan plan = new StackPlan(
                StackPlan.rows(connections, sizesBytes),
                processes,
                rounds,
                roundMillis,
                15L * roundMillis,
                against,
                passages == null ? against == null : passages);
        StackBench bench = new StackBench(plan, cleanup, out, spec.commandLine().getErr());
        options.prepare(out);
        BenchReport report = bench.run();
        out.println();
        report.printClaims(out);
        report.write(options.json);
        return 0;
    }
}
