package io.penstock.benchmarks.dpdk;

import io.penstock.benchmarks.report.BenchReport;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What forwarding costs when nothing is done to packets: two ports of net_null, which make packets out of nothing and swallow
 * them, so that nothing is left but the calls, the driver and the mempool.
 *
 * <p>Both forwarders are alone on the machine while they run, on the same core, with the same devices, bursts, mbufs and huge
 * pages. Each counts by itself: packets received on both ports, which are those sent.
 */
final class NullPorts implements DpdkMeasurement {
    private static final int CORE = 1;
    private static final double BAR = 1.0;
    private static final List<String> DEVICES = List.of("net_null0", "net_null1");
    private static final String TITLE = "io mode, two net_null ports, burst 32, one core";

    private final DpdkPlan plan;
    private final Cleanup cleanup;
    private final RateRatio rates = new RateRatio();

    NullPorts(DpdkPlan plan, Cleanup cleanup) {
        this.plan = plan;
        this.cleanup = cleanup;
    }

    @Override
    public String name() {
        return "null ports";
    }

    @Override
    public String measure(int round) {
        return rates.measure(round, this::testpmd, this::penstock);
    }

    private double testpmd() {
        Testpmd testpmd = cleanup.add(Testpmd.start("dpdk-testpmd", CORE, "io", DEVICES));
        testpmd.start(0);
        Testpmd.sleep(TimeUnit.MILLISECONDS.toNanos(plan.warmupMillis()));
        double rate = testpmd.receivedPerSecond((long) (plan.seconds() * 1e9));
        cleanup.close(testpmd);
        return rate;
    }

    private double penstock() {
        L2fwd l2fwd = cleanup.add(L2fwd.start(CORE, "io", DEVICES));
        double rate = l2fwd.receivedPerSecond(plan.warmupMillis(), (long) (plan.seconds() * 1e9));
        l2fwd.finish();
        cleanup.close(l2fwd);
        return rate;
    }

    @Override
    public void report(BenchReport report, PrintWriter out) {
        rates.print(TITLE, out);
        rates.writeTo(report, "nullPorts", BAR, TITLE + ": packets a second to dpdk-testpmd's");
    }
}
