package io.penstock.examples.cli;

import io.penstock.control.cli.CommandProvider;
import io.penstock.examples.EchoServer;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serves the packet echo. */
@Command(
        name = "echo",
        description = "Serve the packet echo over TCP and UDP.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class EchoCommand implements Runnable {
    private static final List<String> COUNTED =
            List.of("echo.connections.accepted", "echo.requests", "echo.datagrams", "tcp.retransmits");

    @Mixin
    private ServerOptions server;

    @Option(names = "--tcp", paramLabel = "PORT", description = "the TCP port (default: 7, unless only --udp is given)")
    private Integer tcp;

    @Option(names = "--udp", paramLabel = "PORT", description = "the UDP port (default: 7, unless only --tcp is given)")
    private Integer udp;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        boolean neither = tcp == null && udp == null;
        int tcpPort = neither ? 7 : tcp == null ? 0 : ServerOptions.port("--tcp", tcp);
        int udpPort = neither ? 7 : udp == null ? 0 : ServerOptions.port("--udp", udp);
        List<Integer> ports =
                Stream.of(tcpPort, udpPort).filter(port -> port != 0).toList();
        new StackPlan(server, "echo", ports, stack -> EchoServer.on(stack, tcpPort, udpPort, stack.counters()), COUNTED)
                .run(spec.commandLine().getOut());
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {
        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new EchoCommand();
        }

        @Override
        public String group() {
            return "Servers";
        }

        @Override
        public boolean takesSignals() {
            return true;
        }
    }
}
