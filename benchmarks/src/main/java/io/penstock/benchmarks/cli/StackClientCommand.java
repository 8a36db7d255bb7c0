package io.penstock.benchmarks.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.benchmarks.dpdk.StackClient;
import io.penstock.control.cli.CommandProvider;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.poll.CorePinning;
import io.penstock.libos.tcp.StackConfig;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A client on a stack of its own, in a process of its own. */
@Command(
        name = "bench-stack-client",
        hidden = true,
        description =
                "Asks an echo server as often as each line on standard input says, in milliseconds; answers with JSON.",
        mixinStandardHelpOptions = true)
final class StackClientCommand implements Callable<Integer> {
    private static final int SIZE_BYTES = 64;

    @Option(names = "--device", required = true)
    private String device;

    @Option(names = "--address", required = true)
    private String address;

    @Option(names = "--to", required = true)
    private String server;

    @Option(names = "--port", defaultValue = "7")
    private int port;

    @Option(names = "--core", defaultValue = "0")
    private int core;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        CorePinning.pinCurrentThread(core);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintWriter out = spec.commandLine().getOut();
        ObjectMapper json = new ObjectMapper();
        StackConfig config =
                StackConfig.builder().device(device).address(address).build();
        try (StackClient client = new StackClient(config, Endpoint.of(server, port), SIZE_BYTES)) {
            out.println("ready");
            out.flush();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                long nanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(line));
                out.println(json.writeValueAsString(client.measure(nanos)));
                out.flush();
            }
        }
        return 0;
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {
        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new StackClientCommand();
        }
    }
}
