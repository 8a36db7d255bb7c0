package io.penstock.benchmarks.memory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.memory.MicroCase.Topic;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Figures;
import io.penstock.benchmarks.report.TextTable;
import java.io.PrintWriter;
import java.util.Locale;

/** What the microbenchmarks of a memory bench amount to. */
final class MemoryReport {
    private static final String RATIO = "ratio";
    private static final double STRETCH_PAIR_NANOS = 8;

    private final MicroSamples samples;

    MemoryReport(MicroSamples samples) {
        this.samples = samples;
    }

    void printTables(PrintWriter out) {
        for (Topic topic : Topic.values()) {
            out.println();
            out.println(topic.title() + " (medians of the rounds)");
            TextTable table = new TextTable("", "ns", "bytes of garbage", "to Penstock's");
            for (MicroCase microCase : topic.cases()) {
                table.row(
                        microCase.label(),
                        nanos(samples.medianNanos(microCase)),
                        bytes(samples.medianGarbageBytes(microCase)),
                        microCase == topic.reference()
                                ? ""
                                : Figures.ratio(samples.ratio(microCase, topic.reference())));
            }
            table.print(out, "  ");
        }
        out.println();
        double pair = samples.medianNanos(MicroCase.FRAME_PAIR);
        out.println(String.format(
                Locale.ROOT,
                "stretch: a frame's allocation and release in %.0f ns: %s",
                STRETCH_PAIR_NANOS,
                pair <= STRETCH_PAIR_NANOS ? "reached" : "not reached"));
        out.flush();
    }

    static String nanos(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2f", value);
    }

    private static String bytes(double value) {
        return value == 0 ? "0" : nanos(value);
    }

    /** @param exactGarbageBytes what so many pairs on one core allocated, counted exactly */
    void addClaims(BenchReport report, long exactGarbageBytes, long pairs) {
        double pair = samples.medianNanos(MicroCase.FRAME_PAIR);
        report.add(Claim.atMost(15, "ns", "one core: a frame's allocation and release", pair));
        report.root()
                .putObject("stretch")
                .put("claim", "one core: a frame's allocation and release")
                .put("bar", STRETCH_PAIR_NANOS)
                .put("measured", pair)
                .put("holds", pair <= STRETCH_PAIR_NANOS);
        report.add(Claim.atMost(
                0,
                "bytes",
                String.format(Locale.ROOT, "one core: garbage of %,d pairs, counted to the byte", pairs),
                (double) exactGarbageBytes));
        report.add(Claim.atLeast(
                3,
                RATIO,
                "one core: time of a pair of Netty's PooledByteBufAllocator (direct, thread-local cache) to Penstock's",
                samples.ratio(MicroCase.POOLED_PAIR, MicroCase.FRAME_PAIR)));
        report.add(Claim.atLeast(
                2,
                RATIO,
                "two cores: frames a second to Netty's PooledByteBufAllocator's",
                samples.ratio(MicroCase.POOLED_CROSS, MicroCase.FRAME_CROSS)));
        report.add(Claim.atMost(
                2, "ns", "one core: retain and release of a buffer", samples.medianNanos(MicroCase.RETAIN)));
        report.add(Claim.atMost(
                1.2,
                RATIO,
                "nine header fields read through a Buffer, to a segment with constant bounds",
                samples.ratio(MicroCase.BUFFER_READ, MicroCase.SEGMENT_READ)));
        report.add(Claim.atMost(
                1.2,
                RATIO,
                "six header fields written through a Buffer, to a segment with constant bounds",
                samples.ratio(MicroCase.BUFFER_WRITE, MicroCase.SEGMENT_WRITE)));
    }

    void writeTo(BenchReport report) {
        ArrayNode medians = report.root().putArray("medians");
        for (MicroCase microCase : MicroCase.values()) {
            ObjectNode node = describe(medians.addObject(), microCase);
            node.put("nanos", samples.medianNanos(microCase));
            node.put("garbageBytes", samples.medianGarbageBytes(microCase));
        }
        ArrayNode rounds = report.root().putArray("rounds");
        for (MicroSample sample : samples.all()) {
            ObjectNode node = describe(rounds.addObject().put("round", sample.round()), sample.microCase());
            node.put("nanos", sample.nanos());
            node.set("iterationNanos", BenchReport.toJson(sample.iterationNanos()));
            node.put("garbageBytesWithHarness", sample.garbageBytes());
        }
    }

    private static ObjectNode describe(ObjectNode node, MicroCase microCase) {
        node.put("what", microCase.topic().title());
        return node.put("who", microCase.label());
    }
}
