package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.embed.EmbedBench;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.control.cli.OptionRange;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The bench of the ways to build a server. */
@Command(
        name = "embed",
        description = {
            "What a server costs that is built from Server or on fibers, beside the loop over tokens written by hand: an echo"
                    + " whose client has its turns on the same thread, over shared memory; processor time. And how long it takes"
                    + " from git clone of docs/embed.md's project to a served request. Needs no privilege."
        },
        mixinStandardHelpOptions = true)
final class EmbedBenchCommand implements Callable<Integer> {
    private static final int MAX_ROUNDS = 1_000;

    @Option(names = "--json", paramLabel = "FILE", description = "Write claims and all rounds to this file.")
    private Path json;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "7", description = "Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        OptionRange.require("--rounds", rounds, 1, MAX_ROUNDS);
        return Run.guarded(spec.commandLine(), this::measure);
    }

    private int measure(Cleanup cleanup) {
        PrintWriter out = spec.commandLine().getOut();
        BenchReport report = new EmbedBench(rounds, out).run();
        report.printClaims(out);
        report.write(json);
        return 0;
    }
}
