package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.demo.Unprivileged;
import io.penstock.control.cli.CommandProvider;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The demo. */
@Command(
        name = "demo",
        description = {
            "Show an echo server on Penstock and two on kernel sockets side by side.",
            "Makes two network namespaces joined by a wire and leaves nothing behind. With root, Penstock uses AF_XDP;"
                    + " without, it runs inside a user namespace on a TAP device. Takes half a minute."
        },
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Where demo.json and latency.svg go. Default: target/demo in the source tree.")
    private Path output;

    @Option(names = "--no-output", hidden = true, description = "Write no files.")
    private boolean noOutput;

    @Option(names = "--inside-user-namespace", hidden = true)
    private boolean inside;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Run.needTwoCores();
        boolean privileged = DemoStage.isPrivileged();
        Path folder = folder(out, !privileged);
        if (!privileged && !inside) {
            DemoStage.explain(out);
            List<String> again = new ArrayList<>(List.of("demo", "--inside-user-namespace"));
            again.addAll(folder == null ? List.of("--no-output") : List.of("--output", folder.toString()));
            Unprivileged.reenter("the demo", again.toArray(String[]::new));
        }
        return Run.guarded(spec.commandLine(), cleanup -> show(cleanup, folder, out));
    }

    private Path folder(PrintWriter out, boolean inNamespace) {
        if (noOutput) {
            return null;
        }
        return output == null ? OutputFolder.usual(out, inNamespace) : OutputFolder.given(output, inNamespace);
    }

    private int show(Cleanup cleanup, Path folder, PrintWriter out) {
        BenchOptions.warnOfLoad(out);
        out.println("Starting a client, on kernel sockets, and three servers in namespaces of their own:");
        out.flush();
        DemoStage.set(cleanup, inside, out).run(folder);
        return 0;
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {
        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new DemoCommand();
        }

        @Override
        public String group() {
            return "Try it";
        }
    }
}
