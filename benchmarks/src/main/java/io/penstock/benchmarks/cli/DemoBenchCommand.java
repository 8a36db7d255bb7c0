package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.demo.DemoBench;
import io.penstock.benchmarks.demo.Unprivileged;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The bench of the demo. */
@Command(
        name = "demo",
        description =
                "Run the demo many times, something else running beside some: do its ratios hold? Without root over TAP.",
        mixinStandardHelpOptions = true)
final class DemoBenchCommand implements Callable<Integer> {
    private static final int MAX_RUNS = 1000;

    @Mixin
    private BenchOptions options;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many, of half a minute each. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Option(
            names = "--loaded",
            paramLabel = "N",
            defaultValue = "5",
            description = "In how many of them a busy loop competes for the cores. Default: ${DEFAULT-VALUE}.")
    private int loaded;

    @Option(names = "--inside-user-namespace", hidden = true)
    private boolean inside;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (runs < 1 || runs > MAX_RUNS || loaded < 0 || loaded > runs) {
            throw new ConfigurationException("--runs " + runs + " --loaded " + loaded + ": expected 1 to " + MAX_RUNS
                    + " runs, and not more loaded ones than runs");
        }
        Run.needTwoCores();
        if (!DemoStage.isPrivileged() && !inside) {
            Unprivileged.reenter("bench demo", again());
        }
        return Run.guarded(spec.commandLine(), this::measure);
    }

    private String[] again() {
        List<String> words = new ArrayList<>(List.of("bench", "demo", "--inside-user-namespace"));
        words.addAll(List.of("--runs", Integer.toString(runs), "--loaded", Integer.toString(loaded)));
        if (options.json != null) {
            words.addAll(List.of("--json", options.json.toAbsolutePath().toString()));
        }
        return words.toArray(String[]::new);
    }

    private int measure(Cleanup cleanup) {
        PrintWriter out = spec.commandLine().getOut();
        options.prepare(out);
        DemoBench bench = new DemoBench((each, quiet) -> DemoStage.set(each, inside, quiet), runs, loaded, out);
        BenchReport report = bench.run();
        out.println();
        report.printClaims(out);
        report.write(options.json);
        return 0;
    }
}
