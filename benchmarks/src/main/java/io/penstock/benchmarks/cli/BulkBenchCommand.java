package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.bulk.BulkBench;
import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.datapath.ConfigurationException;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The bulk bench. */
@Command(
        name = "bulk",
        description =
                "1 GiB through the TCP echo with SHA-256 at both ends, over 1 and 1,000 connections: over AF_XDP from"
                        + " kernel sockets, and over a simulated wire that loses, reorders and doubles.",
        mixinStandardHelpOptions = true)
final class BulkBenchCommand implements Callable<Integer> {
    private static final long MEBIBYTE = 1 << 20;

    /** Over which wires. */
    enum Over {
        AFXDP,
        SIM,
        BOTH
    }

    @Mixin
    private BenchOptions options;

    @Option(names = "--mib", paramLabel = "N", defaultValue = "1024", description = "Default: ${DEFAULT-VALUE}.")
    private long mebibytes;

    @Option(
            names = "--over",
            paramLabel = "WIRE",
            defaultValue = "BOTH",
            description = "${COMPLETION-CANDIDATES}. SIM needs no privilege. Default: ${DEFAULT-VALUE}.")
    private Over over;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (mebibytes < 1) {
            throw new ConfigurationException("--mib " + mebibytes + ": expected at least 1");
        }
        if (over != Over.SIM) {
            Run.needRoot("bench bulk over AF_XDP");
            Run.needTwoCores();
        }
        return Run.guarded(spec.commandLine(), this::measure);
    }

    private int measure(Cleanup cleanup) {
        PrintWriter out = spec.commandLine().getOut();
        options.prepare(out);
        BulkBench bench = new BulkBench(mebibytes * MEBIBYTE, seed, out);
        if (over != Over.SIM) {
            VethWire wire = cleanup.add(VethWire.createWithoutOffloads(1));
            bench.overWire(wire, cleanup.add(new EchoLab(wire, cleanup)), cleanup);
        }
        if (over != Over.AFXDP) {
            bench.overBadWire();
        }
        out.println();
        bench.report().printClaims(out);
        bench.report().write(options.json);
        return 0;
    }
}
