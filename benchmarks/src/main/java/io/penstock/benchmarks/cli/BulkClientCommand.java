package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.bulk.BulkBench;
import io.penstock.benchmarks.bulk.KernelBulkClient;
import io.penstock.benchmarks.load.LoadException;
import io.penstock.control.cli.CommandProvider;
import io.penstock.datapath.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The process that sends much data over kernel sockets. */
@Command(
        name = "bench-bulk-client",
        hidden = true,
        description = "Send random bytes through an echo server and compare what comes back.",
        mixinStandardHelpOptions = true)
final class BulkClientCommand implements Callable<Integer> {

    @Parameters(paramLabel = "ADDRESS:PORT", description = "The echo server.")
    private String server;

    @Option(names = "--connections", defaultValue = "1", description = "Open at once. Default: ${DEFAULT-VALUE}.")
    private int connections;

    @Option(names = "--bytes", defaultValue = "1073741824", description = "Over all. Default: ${DEFAULT-VALUE}.")
    private long totalBytes;

    @Option(names = "--seed", defaultValue = "1", description = "Of the random bytes. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Endpoint endpoint = Endpoint.parse(server);
        InetSocketAddress address = new InetSocketAddress(Endpoint.ipv4ToString(endpoint.ipv4()), endpoint.port());
        try {
            spec.commandLine()
                    .getOut()
                    .println(BulkBench.toLine(KernelBulkClient.run(address, connections, totalBytes, seed)));
            spec.commandLine().getOut().flush();
            return ExitCode.OK;
        } catch (IOException | LoadException e) {
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
            return new BulkClientCommand();
        }
    }
}
