package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.way.WayBench;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The bench that counts what a reader of the packet path has to open. */
@Command(
        name = "way",
        description = {
            "Which source files a packet enters on its way through the stack, over one connection between two stacks in one"
                    + " thread with shared memory between. Nothing is timed. Needs no privilege.",
            "A file counts when one of its methods is entered, constructors, lambdas and getters included, or a field of"
                    + " it is used by another file; nested classes count with their outer one. The device's files count, from"
                    + " rxBurst and to the end of txBurst; methods that were entered before, the JDK and libraries do not.",
            "A file decides if a method with a branch is entered; else it holds: it is state, or knows a format. Of some an"
                    + " empty turn of the loop enters just as much. All three count."
        },
        mixinStandardHelpOptions = true)
final class WayBenchCommand implements Callable<Integer> {
    @Option(names = "--json", paramLabel = "FILE", description = "Write claims and all files to this file.")
    private Path json;

    @Option(
            names = "--list",
            description =
                    "Print the files in the order of the first entry, and what is entered first: a method, or with a"
                            + " dot in front a field.")
    private boolean list;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Run.guarded(spec.commandLine(), this::measure);
    }

    private int measure(Cleanup cleanup) {
        PrintWriter out = spec.commandLine().getOut();
        BenchReport report = new WayBench(list, out).run();
        report.printClaims(out);
        report.write(json);
        return 0;
    }
}
