package io.penstock.benchmarks.cli;

import io.penstock.control.cli.CommandProvider;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root of the benches. */
@Command(
        name = "bench",
        description = "Measure Penstock side by side with what it replaces.",
        synopsisSubcommandLabel = "BENCH",
        mixinStandardHelpOptions = true,
        subcommands = {
            DemoBenchCommand.class,
            EchoBenchCommand.class,
            RedisBenchCommand.class,
            BulkBenchCommand.class,
            MemoryBenchCommand.class,
            DpdkBenchCommand.class,
            SiegeBenchCommand.class,
            StackBenchCommand.class,
            WayBenchCommand.class,
            EmbedBenchCommand.class
        })
final class BenchCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    /** Without a bench: says which there are. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {
        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new BenchCommand();
        }
    }
}
