package io.penstock.benchmarks.dpdk;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.penstock.benchmarks.micro.JmhFork;
import io.penstock.benchmarks.micro.PortBenchmark;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Median;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What one call of the receive burst and one of the transmit burst cost, by JMH in a virtual machine of its own. */
final class BurstCost implements DpdkMeasurement {
    private static final double BAR_NANOS = 25;
    private static final JmhFork FORK = new JmhFork(4, 3, 400);

    private final List<Double> onePacket = new ArrayList<>();
    private final List<Double> empty = new ArrayList<>();

    @Override
    public String name() {
        return "burst calls";
    }

    @Override
    public String measure(int round) {
        double one = run("onePacketInAndOut");
        double none = run("nothingReceived");
        onePacket.add(one);
        empty.add(none);
        return String.format(Locale.ROOT, "rx and tx burst of one packet %.1f ns, rx burst of none %.1f ns", one, none);
    }

    private static double run(String method) {
        return FORK.run(JmhFork.nameOf(PortBenchmark.class, method))
                .getPrimaryResult()
                .getScore();
    }

    private static double median(List<Double> nanos) {
        return Median.of(nanos, Double::doubleValue);
    }

    @Override
    public void report(BenchReport report, PrintWriter out) {
        out.println();
        out.println(String.format(
                Locale.ROOT,
                "burst calls on net_null (medians of the rounds): rx and tx burst of one packet %.1f ns, its mbuf taken and"
                        + " given back included; rx burst that finds nothing %.1f ns",
                median(onePacket),
                median(empty)));
        report.add(Claim.atMost(
                BAR_NANOS, "ns", "one call of rx burst and one of tx burst, one packet, net_null", median(onePacket)));
        ArrayNode samples = report.root().putArray("burstCalls");
        for (int i = 0; i < onePacket.size(); i++) {
            samples.addObject()
                    .put("round", i + 1)
                    .put("rxAndTxOfOnePacketNanos", onePacket.get(i))
                    .put("rxOfNothingNanos", empty.get(i));
        }
    }
}
