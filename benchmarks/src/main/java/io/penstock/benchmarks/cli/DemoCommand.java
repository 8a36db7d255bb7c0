package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.demo.Demo;
import io.penstock.benchmarks.demo.Unprivileged;
import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.net.TapWire;
import io.penstock.benchmarks.net.VethWire;
import io.penstock.benchmarks.net.Wire;
import io.penstock.benchmarks.process.Cleanup;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.benchmarks.process.User;
import io.penstock.control.cli.CommandProvider;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The demo. */
@Command(
        name = "demo",
        description = {
            "Show an echo server on Penstock and one on kernel sockets side by side.",
            "Makes two network namespaces joined by a wire and leaves nothing behind. With root, Penstock uses AF_XDP;"
                    + " without, it runs inside a user namespace on a TAP device."
        },
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Where demo.json and latency.svg go. Default: target/demo in the source tree.")
    private Path output;

    @Option(names = "--inside-user-namespace", hidden = true)
    private boolean inside;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Run.needTwoCores();
        Path folder = output == null ? defaultOutput() : output.toAbsolutePath();
        boolean privileged = User.isRoot() && !User.isInUserNamespace();
        if (!privileged && !inside) {
            out.println("Not root: the demo runs inside a user namespace of its own, over a TAP device.");
            out.println(
                    "(As root it uses AF_XDP, which is what Penstock is for: TAP pays a system call for each packet.)");
            out.flush();
            Unprivileged.reenter("demo", "--inside-user-namespace", "--output", folder.toString());
        }
        return Run.guarded(spec.commandLine(), cleanup -> show(cleanup, folder, out));
    }

    private int show(Cleanup cleanup, Path folder, PrintWriter out) {
        BenchOptions.warnOfLoad(out);
        out.println("Making two network namespaces joined by a wire");
        out.flush();
        Wire wire = cleanup.add(inside ? TapWire.create() : VethWire.create(1));
        out.println(
                "Starting the client, on kernel sockets, in " + wire.client().name());
        out.flush();
        EchoLab lab = cleanup.add(new EchoLab(wire, cleanup));
        out.println("Driving three servers in turn:");
        out.flush();
        new Demo(wire, lab, out).run(folder);
        return 0;
    }

    /** The source tree may belong to somebody else: then the place where the user stands. */
    private static Path defaultOutput() {
        Path usual = PenstockCommand.root().resolve("target").resolve("demo");
        try {
            Files.createDirectories(usual);
            if (Files.isWritable(usual)) {
                return usual;
            }
        } catch (IOException e) {
            // Not ours to write to.
        }
        return Path.of("penstock-demo").toAbsolutePath();
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {
        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new DemoCommand();
        }
    }
}
