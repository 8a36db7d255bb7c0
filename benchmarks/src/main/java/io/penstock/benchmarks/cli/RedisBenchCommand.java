package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.redis.RedisBench;
import io.penstock.benchmarks.report.BenchReport;
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

/** The Redis bench. */
@Command(
        name = "redis",
        description =
                "redis-benchmark -t ping,set,get against Penstock's KV server on AF_XDP and against redis-server.",
        mixinStandardHelpOptions = true)
final class RedisBenchCommand implements Callable<Integer> {
    @Mixin
    private BenchOptions options;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--quick", description = "One short round: enough to see that it works, not to compare by.")
    private boolean quick;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (rounds < 1) {
            throw new ConfigurationException("--rounds " + rounds + ": expected at least 1");
        }
        Run.needRoot("bench redis");
        Run.needTwoCores();
        Run.needPrograms("bench redis", "redis-server redis-tools", "redis-server", "redis-benchmark");
        return Run.guarded(spec.commandLine(), this::measure);
    }

    private int measure(Cleanup cleanup) {
        PrintWriter out = spec.commandLine().getOut();
        options.prepare(out);
        RedisBench.Plan plan = quick
                ? new RedisBench.Plan(1, 10_000, 40_000, 20_000)
                : new RedisBench.Plan(rounds, 60_000, 250_000, 150_000);
        BenchReport report = new RedisBench(cleanup.add(VethWire.create(1)), cleanup, plan, out).run();
        out.println();
        report.printClaims(out);
        report.write(options.json);
        return 0;
    }
}
