package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.load.LoadClient;
import io.penstock.control.cli.CommandProvider;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** The load generator's process. */
@Command(
        name = "bench-client",
        hidden = true,
        description = "Generates load as lines of JSON on standard input say, and answers with lines of JSON.",
        mixinStandardHelpOptions = true)
final class BenchClientCommand implements Callable<Integer> {

    @Override
    public Integer call() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (PrintStream out =
                new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8)) {
            LoadClient.answerAll(in, out);
        }
        return 0;
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {
        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new BenchClientCommand();
        }
    }
}
