package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.kernel.EchoPeer;
import io.penstock.benchmarks.kernel.PeerKind;
import io.penstock.control.cli.CommandProvider;
import io.penstock.datapath.Endpoint;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The process of a server to measure against. */
@Command(
        name = "bench-server",
        hidden = true,
        description = "Echo on kernel sockets, to measure against.",
        mixinStandardHelpOptions = true)
final class BenchServerCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "KIND", description = "${COMPLETION-CANDIDATES}")
    private PeerKind kind;

    @Parameters(index = "1", paramLabel = "ADDRESS:PORT", description = "Where to serve; port 0: any that is free.")
    private String local;

    @Option(names = "--udp", description = "UDP instead of TCP.")
    private boolean udp;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        EchoPeer server = kind.open(Endpoint.parse(local), !udp);
        spec.commandLine().getOut().println("ready " + server.describe());
        spec.commandLine().getOut().flush();
        server.serve();
        return 0;
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {
        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new BenchServerCommand();
        }
    }
}
