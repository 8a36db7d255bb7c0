package io.penstock.benchmarks.bulk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.echo.ServerKind;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.datapath.device.sim.Conditions;
import io.penstock.testkit.net.Wire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.Cleanup;
import io.penstock.testkit.process.HarnessException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Much data there and back: over veth from kernel sockets, and over a bad wire in virtual time. */
public final class BulkBench {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MANY = 1000;
    /** A compiler that has just begun would lose packets to a full ring, and the timeouts would be what is measured. */
    private static final long WARM_UP_MILLIS = 4_000;

    private static final long MAX_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final double MEBIBYTE = 1024 * 1024;

    private final long totalBytes;
    private final long seed;
    private final PrintWriter out;
    private final BenchReport report = new BenchReport("bulk");
    private final ArrayNode runs = report.root().putArray("runs");

    /** @param totalBytes how much each run sends, over all its connections */
    public BulkBench(long totalBytes, long seed, PrintWriter out) {
        this.totalBytes = totalBytes;
        this.seed = seed;
        this.out = out;
        report.root().put("seed", seed);
    }

    public BenchReport report() {
        return report;
    }

    /** From kernel sockets through Penstock's echo server, over AF_XDP. */
    public void overWire(Wire wire, EchoLab lab, Cleanup cleanup) {
        for (int connections : new int[] {1, MANY}) {
            lab.use(ServerKind.PENSTOCK, "tcp", WARM_UP_MILLIS);
            Child client = cleanup.add(Child.start(
                    "the bulk client",
                    wire.client()
                            .command(EchoLab.onCore(
                                    EchoLab.CLIENT_CORE,
                                    PenstockCommand.of(
                                            "bench-bulk-client",
                                            wire.penstockAddress() + ":" + lab.penstockPort(),
                                            "--connections=" + connections,
                                            "--bytes=" + totalBytes,
                                            "--seed=" + seed)))));
            String line = client.awaitLine(any -> any.startsWith("{"), MAX_NANOS, lab.server());
            cleanup.close(client);
            lab.rest();
            add(wire.device(), parse(line), "");
        }
    }

    private static BulkResult parse(String line) {
        try {
            return JSON.readValue(line, BulkResult.class);
        } catch (JsonProcessingException e) {
            throw new HarnessException("the bulk client's answer cannot be read", e);
        }
    }

    /** From one Penstock stack to another, over a wire that loses 5 %, reorders 5 % and doubles 1 %, both ways. */
    public void overBadWire() {
        Conditions conditions = new Conditions()
                .lossPercent(5)
                .reorderPercent(5)
                .duplicatePercent(1)
                .delayNanos(TimeUnit.MICROSECONDS.toNanos(50));
        for (int connections : new int[] {1, MANY}) {
            long start = System.nanoTime();
            SimBulk.Outcome outcome = SimBulk.run(conditions, connections, totalBytes, seed);
            double seconds = (System.nanoTime() - start) / 1e9;
            String more = String.format(
                    Locale.ROOT,
                    "; %,d packets lost, %,d reordered, %,d doubled; took %.1f s of real time",
                    outcome.lost(),
                    outcome.reordered(),
                    outcome.doubled(),
                    seconds);
            ObjectNode run = add("sim", outcome.bytes(), more);
            run.put("packetsLost", outcome.lost());
            run.put("packetsReordered", outcome.reordered());
            run.put("packetsDoubled", outcome.doubled());
            report.add(Claim.atMost(
                    0, "buffers", title("sim", outcome.bytes()) + ": buffers leaked", (double) outcome.framesInUse()));
        }
    }

    private ObjectNode add(String device, BulkResult result, String more) {
        String title = title(device, result);
        out.printf(
                Locale.ROOT,
                "%s: %.1f s, %.0f MiB/s there and back%s%n",
                title,
                result.elapsedNanos() / 1e9,
                result.bytesPerSecond() / MEBIBYTE,
                more);
        out.flush();
        report.add(Claim.atMost(
                0, "connections", title + ": connections whose SHA-256 differs", (double) result.differing()));
        report.add(Claim.atMost(0, "bytes", title + ": bytes lost or doubled", (double) result.missingBytes()));
        ObjectNode run = runs.addObject().put("device", device);
        run.setAll((ObjectNode) BenchReport.toJson(result));
        return run;
    }

    private static String title(String device, BulkResult result) {
        return String.format(
                Locale.ROOT,
                "%s, %.0f MiB over %,d connection%s",
                device.equals("sim") ? "sim (5 % loss, 5 % reordering, 1 % duplication)" : device,
                result.totalBytes() / MEBIBYTE,
                result.connections(),
                result.connections() == 1 ? "" : "s at once");
    }

    /** What the client's process answers with. */
    public static String toLine(BulkResult result) {
        try {
            return JSON.writeValueAsString(result);
        } catch (JsonProcessingException e) {
            throw new HarnessException("cannot write the result", e);
        }
    }
}
