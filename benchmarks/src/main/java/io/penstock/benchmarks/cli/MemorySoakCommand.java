package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.soak.MemorySoak;
import io.penstock.benchmarks.soak.SoakPlan;
import io.penstock.benchmarks.soak.SoakResult;
import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The soak of the memory. */
@Command(
        name = "memory",
        description = {
            "Allocate and release buffers of random sizes for a long time, a part of them on another thread, and look"
                    + " whether anything leaks, grows or is mixed up. Needs no privilege.",
            "Exit code 1 if it does."
        },
        mixinStandardHelpOptions = true)
final class MemorySoakCommand implements Callable<Integer> {

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "1000000000",
            description = "How many allocations and releases. Default: ${DEFAULT-VALUE}.")
    private long pairs;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "Of sizes and order. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--cross",
            paramLabel = "P",
            defaultValue = "0.25",
            description = "Which part the other thread releases, 0 to 1. Default: ${DEFAULT-VALUE}.")
    private double cross;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (pairs < 1) {
            throw new ConfigurationException("--pairs " + pairs + ": expected at least 1");
        }
        if (!(cross >= 0 && cross <= 1)) {
            throw new ConfigurationException("--cross " + cross + ": expected a part of all, from 0 to 1");
        }
        if (cross > 0) {
            Run.needTwoCores();
        }
        return Run.guarded(spec.commandLine(), this::soak);
    }

    private int soak(Cleanup cleanup) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(String.format(
                Locale.ROOT, "%,d pairs, %.0f %% released by another thread, seed %d", pairs, 100 * cross, seed));
        out.flush();
        MemorySoak soak = cleanup.add(new MemorySoak(SoakPlan.of(pairs, seed, cross), out));
        SoakResult result = soak.run();
        if (soak.wasInterrupted()) {
            return CommandLine.ExitCode.SOFTWARE; // the summary has been printed by whoever stopped it
        }
        result.print(out);
        return result.problems().isEmpty() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }
}
