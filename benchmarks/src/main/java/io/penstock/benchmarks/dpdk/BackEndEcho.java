package io.penstock.benchmarks.dpdk;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.echo.Scenario;
import io.penstock.benchmarks.echo.ServerKind;
import io.penstock.benchmarks.load.LoadResult;
import io.penstock.benchmarks.load.LoadSpec;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Figures;
import io.penstock.benchmarks.report.Median;
import io.penstock.benchmarks.report.TextTable;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.net.Wire;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The same echo server on the same interface, driven by our own AF_XDP back end and by DPDK's, for a client on kernel sockets
 * at the other end of a veth. There is no bar: whichever loses, docs/performance.md says why.
 */
final class BackEndEcho implements DpdkMeasurement {
    private static final List<String> DEVICES =
            List.of("afxdp:" + VethWire.SERVER_INTERFACE, "dpdk:net_af_xdp0,iface=" + VethWire.SERVER_INTERFACE);

    private final DpdkPlan plan;
    private final Cleanup cleanup;
    private final List<Sample> samples = new ArrayList<>();
    private OtherDevice wire;
    private EchoLab lab;

    BackEndEcho(DpdkPlan plan, Cleanup cleanup) {
        this.plan = plan;
        this.cleanup = cleanup;
    }

    private record Sample(int round, String device, LoadResult result) {}

    @Override
    public String name() {
        return "TCP echo over AF_XDP";
    }

    @Override
    public String measure(int round) {
        if (lab == null) {
            wire = new OtherDevice(cleanup.add(VethWire.create(1)));
            lab = cleanup.add(new EchoLab(wire, cleanup));
        }
        List<String> order = new ArrayList<>(DEVICES);
        Collections.rotate(order, 1 - round);
        StringBuilder shown = new StringBuilder();
        for (String device : order) {
            wire.device = device;
            lab.use(ServerKind.PENSTOCK, "tcp", plan.warmupMillis());
            LoadResult result =
                    lab.measure(Scenario.TCP_64_1, new LoadSpec.Timing(300, (long) (plan.seconds() * 1000)));
            lab.rest();
            samples.add(new Sample(round, device, result));
            shown.append(shown.isEmpty() ? "" : ", ")
                    .append(device)
                    .append(' ')
                    .append(Figures.micros(result.latency().p50()))
                    .append(" us");
        }
        return shown.toString();
    }

    @Override
    public void report(BenchReport report, PrintWriter out) {
        out.println();
        out.println("TCP echo, 64 B, 1 connection, kernel client over veth (medians of the rounds; microseconds)");
        TextTable table = new TextTable("device", "p50", "p99", "requests/s", "busy/request");
        for (String device : DEVICES) {
            List<LoadResult> results = samples.stream()
                    .filter(sample -> sample.device.equals(device))
                    .map(Sample::result)
                    .toList();
            table.row(
                    device,
                    Figures.micros(Median.of(results, r -> r.latency().p50())),
                    Figures.micros(Median.of(results, r -> r.latency().p99())),
                    Figures.whole(Median.of(results, LoadResult::requestsPerSecond)),
                    Figures.micros(Median.of(
                            results, r -> r.cost().loopBusyNanos() / (double) Math.max(1, r.requests()))));
        }
        table.print(out, "  ");
        ArrayNode array = report.root().putArray("backEndEcho");
        for (Sample sample : samples) {
            ObjectNode node = array.addObject().put("round", sample.round).put("device", sample.device);
            node.put("requestsPerSecond", sample.result.requestsPerSecond());
            node.set("latencyNanos", BenchReport.toJson(sample.result.latency()));
            node.set("cost", BenchReport.toJson(sample.result.cost()));
        }
    }

    /** A wire at whose end Penstock opens now this device, now that one. */
    private static final class OtherDevice implements Wire {
        private final Wire wire;
        private String device;

        OtherDevice(Wire wire) {
            this.wire = wire;
            this.device = wire.device();
        }

        @Override
        public NetworkNamespace client() {
            return wire.client();
        }

        @Override
        public NetworkNamespace kernelServer() {
            return wire.kernelServer();
        }

        @Override
        public NetworkNamespace penstockServer() {
            return wire.penstockServer();
        }

        @Override
        public String kernelAddress() {
            return wire.kernelAddress();
        }

        @Override
        public String penstockCidr() {
            return wire.penstockCidr();
        }

        @Override
        public String device() {
            return device;
        }

        @Override
        public void close() {
            wire.close();
        }
    }
}
