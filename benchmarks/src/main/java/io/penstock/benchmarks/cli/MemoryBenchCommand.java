package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.memory.MemoryBench;
import io.penstock.benchmarks.memory.MemoryPlan;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The memory bench. */
@Command(
        name = "memory",
        description =
                "What a buffer costs beside Netty's allocators, the JDK's arenas and raw segments: allocation and release"
                        + " on one core and across two, references, reads and writes. Needs no privilege.",
        mixinStandardHelpOptions = true)
final class MemoryBenchCommand implements Callable<Integer> {

    @Mixin
    private BenchOptions options;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--quick", description = "One short round: enough to see that it works, not to compare by.")
    private boolean quick;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (rounds < 1) {
            throw new ConfigurationException("--rounds " + rounds + ": expected at least 1");
        }
        Run.needTwoCores();
        return Run.guarded(spec.commandLine(), this::measure);
    }

    private int measure(Cleanup cleanup) {
        PrintWriter out = spec.commandLine().getOut();
        options.prepare(out);
        BenchReport report = new MemoryBench(quick ? MemoryPlan.quick() : MemoryPlan.of(rounds), cleanup, out).run();
        out.println();
        report.printClaims(out);
        report.write(options.json);
        return 0;
    }
}
