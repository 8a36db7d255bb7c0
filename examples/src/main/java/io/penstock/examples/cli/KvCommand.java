package io.penstock.examples.cli;

import io.penstock.control.cli.CommandProvider;
import io.penstock.datapath.ConfigurationException;
import io.penstock.examples.kv.Kv;
import io.penstock.libos.tcp.Stack;
import io.penstock.server.Service;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serves the key-value store. */
@Command(
        name = "kv",
        description = "Serve a key-value store that speaks Redis's protocol.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class KvCommand implements Runnable {
    private static final int MEBIBYTE_SHIFT = 20;
    private static final long MIN_WAITING_MIB = 64;
    /** Of what waits, so much are replies. */
    private static final int PINNED_PART = 4;

    private static final List<String> COUNTED =
            List.of("kv.connections.accepted", "kv.commands", "kv.keys", "tcp.retransmits");

    @Mixin
    private ServerOptions options;

    @Option(names = "--port", paramLabel = "PORT", description = "the TCP port (default: ${DEFAULT-VALUE})")
    private int port = 6379;

    @Option(
            names = "--max-memory",
            paramLabel = "MIB",
            description =
                    "how much keys and values may take, in MiB, all of which is pinned at once; replies that wait have an"
                            + " eighth as much besides (16 MiB at least), long requests half as much (64 MiB at least)"
                            + " that is not pinned, and the Java heap grows to little more than"
                            + " twice as much at most (default: ${DEFAULT-VALUE})")
    private long maxMemory = 64;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        ServerOptions.port("--port", port);
        long max = (Runtime.getRuntime().maxMemory() / 2) >> MEBIBYTE_SHIFT;
        if (maxMemory < 1 || maxMemory > max) {
            throw new ConfigurationException("--max-memory " + maxMemory + ": expected 1 to " + max
                    + " MiB, half of the Java heap's limit (a larger one: JDK_JAVA_OPTIONS=-Xmx...)");
        }
        long waitingMib = Math.max(MIN_WAITING_MIB, maxMemory / 2);
        long pinnedMib = waitingMib / PINNED_PART;
        // Values, a little more as blocks come in steps, and replies that wait.
        options.applicationBytes = (maxMemory + maxMemory / 16 + pinnedMib) << MEBIBYTE_SHIFT;
        new StackPlan(options, "kv", List.of(port), stack -> open(stack, waitingMib, pinnedMib), COUNTED)
                .run(spec.commandLine().getOut());
    }

    private Service open(Stack stack, long waitingMib, long pinnedMib) {
        Kv kv = new Kv(stack, maxMemory << MEBIBYTE_SHIFT, System::currentTimeMillis, stack.counters());
        return kv.serve(port, waitingMib << MEBIBYTE_SHIFT, pinnedMib << MEBIBYTE_SHIFT, System::nanoTime)
                .whenFinished(kv::close);
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {
        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new KvCommand();
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
