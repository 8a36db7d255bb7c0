package io.penstock.benchmarks.cli;

import io.penstock.control.cli.CommandProvider;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root of the soaks. */
@Command(
        name = "soak",
        description = "Run something for a long time and look for what only then shows: leaks, growth, mix-ups.",
        synopsisSubcommandLabel = "SOAK",
        mixinStandardHelpOptions = true,
        subcommands = {MemorySoakCommand.class, DpdkSoakCommand.class})
final class SoakCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    /** Without a soak: says which there are. */
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
            return new SoakCommand();
        }
    }
}
