package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.dpdk.DpdkSoak;
import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.poll.CorePinning;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.HugePageReservation;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The soak of the DPDK back end. */
@Command(
        name = "dpdk",
        description = {
            "Forward packets of random sizes in random bursts between DPDK ports for a long time, and look whether any is"
                    + " lost or mixed up, and whether every mbuf is back at the end.",
            "Exit code 1 if not."
        },
        mixinStandardHelpOptions = true)
final class DpdkSoakCommand implements Callable<Integer> {
    private static final long NEEDED_HUGE_PAGES = 48;

    @Option(
            names = "--packets",
            paramLabel = "N",
            defaultValue = "1000000000",
            description = "How many have to go all the way. Default: ${DEFAULT-VALUE}.")
    private long packets;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "Of sizes and bursts. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--core", paramLabel = "N", description = "The core that the loop is pinned to. Default: none.")
    private Integer core;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (packets < 1) {
            throw new ConfigurationException("--packets " + packets + ": expected at least 1");
        }
        if (core != null) {
            CorePinning.pinCurrentThread(core);
        }
        return Run.guarded(spec.commandLine(), this::soak);
    }

    private int soak(Cleanup cleanup) {
        PrintWriter out = spec.commandLine().getOut();
        cleanup.add(HugePageReservation.ofFree("soak dpdk", NEEDED_HUGE_PAGES));
        DpdkSoak.Result result = cleanup.add(new DpdkSoak(packets, seed, out)).run();
        result.print(out);
        return result.problems().isEmpty() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }
}
