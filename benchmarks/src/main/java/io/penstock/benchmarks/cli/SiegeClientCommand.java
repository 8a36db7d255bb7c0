package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.load.LoadException;
import io.penstock.benchmarks.siege.SiegeClient;
import io.penstock.control.cli.CommandProvider;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The process that besieges a server. */
@Command(
        name = "bench-siege-client",
        hidden = true,
        description = "Besiege a server and measure what an honest client notices. Sends forged packets: only for a"
                + " namespace of its own.",
        mixinStandardHelpOptions = true)
final class SiegeClientCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "SIEGE", description = "Which one.")
    private String siege;

    @Parameters(index = "1", paramLabel = "ADDRESS:PORT", description = "The server.")
    private String server;

    @Option(names = "--interface", required = true, paramLabel = "NAME", description = "Where attackers send.")
    private String device;

    @Option(names = "--server-pid", required = true, paramLabel = "PID", description = "The server's process.")
    private long serverPid;

    @Option(
            names = "--newcomers",
            required = true,
            split = ",",
            paramLabel = "ADDRESS",
            description = "Local addresses that the server does not know yet.")
    private List<String> newcomers;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        try {
            spec.commandLine().getOut().println(SiegeClient.run(siege, server, device, serverPid, newcomers));
            spec.commandLine().getOut().flush();
            return ExitCode.OK;
        } catch (LoadException e) {
            spec.commandLine().getErr().println("penstock: " + e.getMessage());
            spec.commandLine().getErr().flush();
            return ExitCode.SOFTWARE;
        }
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {
        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new SiegeClientCommand();
        }
    }
}
