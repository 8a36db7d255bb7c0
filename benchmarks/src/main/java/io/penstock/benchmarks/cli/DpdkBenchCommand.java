package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.dpdk.DpdkBench;
import io.penstock.benchmarks.dpdk.DpdkPlan;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.HugePageReservation;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The bench of the DPDK back end. */
@Command(
        name = "dpdk",
        description =
                "Forwarding over DPDK beside dpdk-testpmd: null ports, memif to another process; what a burst call costs; a"
                        + " thousand million packets of random sizes in random bursts.",
        mixinStandardHelpOptions = true)
final class DpdkBenchCommand implements Callable<Integer> {

    @Mixin
    private BenchOptions options;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "3",
            description =
                    "How long each forwarder counts in a round, after 3 s of warming up. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "Of random sizes and bursts. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--short",
            description =
                    "One short round, and a fiftieth of the packets: enough to see that it works, not to compare by.")
    private boolean brief;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (rounds < 1 || !(seconds > 0)) {
            throw new ConfigurationException("--rounds " + rounds + " --seconds " + seconds
                    + ": expected at least one round and more than no time");
        }
        Run.needTwoCores();
        Run.needRoot("bench dpdk");
        Run.needPrograms("bench dpdk", "dpdk dpdk-dev", "dpdk-testpmd");
        return Run.guarded(spec.commandLine(), this::measure);
    }

    private int measure(Cleanup cleanup) {
        PrintWriter out = spec.commandLine().getOut();
        options.prepare(out);
        cleanup.add(HugePageReservation.ofFree("bench dpdk", DpdkBench.NEEDED_HUGE_PAGES));
        if (brief) {
            out.println(
                    "Short: one round of a second, 20 million packets of random sizes instead of a thousand million.");
        }
        DpdkPlan plan = brief ? DpdkPlan.brief(seed) : DpdkPlan.of(rounds, seconds, seed);
        BenchReport report = new DpdkBench(plan, cleanup, out).run();
        out.println();
        report.printClaims(out);
        report.write(options.json);
        return 0;
    }
}
