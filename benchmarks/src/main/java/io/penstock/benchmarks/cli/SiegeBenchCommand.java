package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.siege.SiegeBench;
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

/** The siege bench. */
@Command(
        name = "siege",
        description = "What honest clients notice while others flood, forge, fall silent and do not read.",
        mixinStandardHelpOptions = true)
final class SiegeBenchCommand implements Callable<Integer> {
    @Mixin
    private BenchOptions options;

    @Option(
            names = "--only",
            paramLabel = "SIEGE",
            split = ",",
            description = "neighbour, islands, flood, vanished (of the echo), readers-mib, readers-small, halves,"
                    + " pipeline (of the KV store). Default: all, which takes about five minutes.")
    private List<String> only;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        List<String> sieges = only == null ? SiegeBench.ALL : only;
        for (String siege : sieges) {
            if (!SiegeBench.ALL.contains(siege)) {
                throw new ConfigurationException(
                        "--only " + siege + ": expected one of " + String.join(", ", SiegeBench.ALL));
            }
        }
        Run.needRoot("bench siege");
        Run.needPrograms("bench siege", "iproute2 nftables", "ip", "nft");
        Run.needTwoCores();
        return Run.guarded(spec.commandLine(), cleanup -> measure(cleanup, sieges));
    }

    private int measure(Cleanup cleanup, List<String> sieges) {
        PrintWriter out = spec.commandLine().getOut();
        options.prepare(out);
        SiegeBench bench = new SiegeBench(cleanup.add(VethWire.create(1)), cleanup, out);
        sieges.forEach(bench::run);
        out.println();
        bench.report().printClaims(out);
        bench.report().write(options.json);
        return 0;
    }
}
