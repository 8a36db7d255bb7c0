package io.penstock.benchmarks.dpdk;

import io.penstock.benchmarks.report.BenchReport;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.RunFolder;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * What forwarding costs when packets are touched: each comes out of another process' memory, has its addresses swapped, and
 * goes back.
 *
 * <pre>
 *   core 0                                core 1
 *   dpdk-testpmd, io mode  == memif ==&gt;   the forwarder under test, macswap mode
 *                          &lt;== memif ==
 * </pre>
 *
 * <p>The other end is the same for both: testpmd in io mode, which sends back what it gets, with {@value #BURSTS_UNDER_WAY}
 * bursts under way from the beginning. These go round for ever: half as many as a ring has room for, so that none is dropped
 * and the rate is that of the slower side, which is the forwarder, as it does all that the other side does and swaps
 * besides. (testpmd's generators will not do: {@code txonly} never takes anything back, so that the forwarder's sending
 * would fail, which is cheap; {@code flowgen} builds a packet for longer than a forwarder takes to forward one.) The rate is
 * what the other end receives, by its own count: both forwarders are measured by the same clock.
 */
final class MemifSwap implements DpdkMeasurement {
    /** Of 32 packets each; a ring has 1024 slots. */
    private static final int BURSTS_UNDER_WAY = 16;

    private static final int GENERATOR_CORE = 0;
    private static final int FORWARDER_CORE = 1;
    private static final double BAR = 0.95;
    private static final String TITLE = "macswap mode, memif to another process, burst 32, two cores";

    private final DpdkPlan plan;
    private final Cleanup cleanup;
    private final RateRatio rates = new RateRatio();

    MemifSwap(DpdkPlan plan, Cleanup cleanup) {
        this.plan = plan;
        this.cleanup = cleanup;
    }

    @Override
    public String name() {
        return "memif";
    }

    @Override
    public String measure(int round) {
        return rates.measure(round, () -> withGenerator(this::testpmd), () -> withGenerator(this::penstock));
    }

    private record Lab(Testpmd generator, List<String> device) {}

    private double withGenerator(ToDoubleFunction<Lab> forwarder) {
        RunFolder folder = cleanup.add(RunFolder.create());
        String socket = "socket=" + folder.path().resolve("memif") + ",socket-abstract=no";
        Testpmd generator = cleanup.add(Testpmd.start(
                "the generator (dpdk-testpmd)", GENERATOR_CORE, "io", List.of("net_memif0,role=server," + socket)));
        double rate = forwarder.applyAsDouble(new Lab(generator, List.of("net_memif0,role=client," + socket)));
        cleanup.close(generator);
        cleanup.close(folder);
        return rate;
    }

    private double testpmd(Lab lab) {
        Testpmd forwarder = cleanup.add(Testpmd.start("dpdk-testpmd", FORWARDER_CORE, "macswap", lab.device));
        forwarder.start(0);
        lab.generator.awaitLink(forwarder.child());
        double rate = measure(lab.generator);
        cleanup.close(forwarder);
        return rate;
    }

    private double penstock(Lab lab) {
        L2fwd forwarder = cleanup.add(L2fwd.start(FORWARDER_CORE, "macswap", lab.device));
        lab.generator.awaitLink(forwarder.child());
        double rate = measure(lab.generator);
        forwarder.finish();
        cleanup.close(forwarder);
        return rate;
    }

    private double measure(Testpmd generator) {
        generator.start(BURSTS_UNDER_WAY);
        Testpmd.sleep(TimeUnit.MILLISECONDS.toNanos(plan.warmupMillis()));
        return generator.receivedPerSecond((long) (plan.seconds() * 1e9));
    }

    @Override
    public void report(BenchReport report, PrintWriter out) {
        rates.print(TITLE, out);
        rates.writeTo(report, "memif", BAR, TITLE + ": packets a second to dpdk-testpmd's");
    }
}
