package io.penstock.benchmarks.memory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.penstock.benchmarks.memory.MicroCase.Topic;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.Environment;
import io.penstock.benchmarks.soak.MemorySoak;
import io.penstock.benchmarks.soak.SoakPlan;
import io.penstock.benchmarks.soak.SoakResult;
import io.penstock.memory.FramePool;
import io.penstock.memory.PageKind;
import io.penstock.memory.Region;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** What buffers cost: to allocate, to hand to another core, to share, to read and to write; and that nothing leaks. */
public final class MemoryBench {
    private static final int FRAME_BYTES = 2048;
    private static final int FRAMES = 1024;
    private static final int PAIRS_A_BLOCK = 100_000;
    private static final int BLOCKS = 100;

    private final MemoryPlan plan;
    private final Cleanup cleanup;
    private final PrintWriter out;
    private final MicroSamples samples = new MicroSamples();
    private final BenchReport report = new BenchReport("memory");

    public MemoryBench(MemoryPlan plan, Cleanup cleanup, PrintWriter out) {
        this.plan = plan;
        this.cleanup = cleanup;
        this.out = out;
    }

    /** Measures everything. */
    public BenchReport run() {
        report.root().set("plan", BenchReport.toJson(plan));
        ArrayNode loads = report.root().putArray("loadAveragePerRound");
        JmhRunner jmh = new JmhRunner(plan);
        for (int round = 1; round <= plan.rounds(); round++) {
            say("round " + round + " of " + plan.rounds() + ", ns:");
            for (Topic topic : Topic.values()) {
                say(topic == Topic.ONE_CORE ? "" : " |");
                for (MicroCase microCase : order(topic, round)) {
                    MicroSample sample = jmh.run(round, microCase);
                    samples.add(sample);
                    say(" " + MemoryReport.nanos(sample.nanos()));
                }
            }
            loads.add(Environment.loadAverage());
            say(System.lineSeparator());
        }
        MemoryReport results = new MemoryReport(samples);
        results.printTables(out);
        results.addClaims(report, exactGarbageBytes(), (long) PAIRS_A_BLOCK * BLOCKS);
        results.writeTo(report);
        prefault();
        soak();
        return report;
    }

    /**
     * There and back again in turn, so that neighbours stay neighbours: the cores of a virtual machine may be near each
     * other at one time and far apart at another, which makes all that passes between them several times as slow.
     */
    private static List<MicroCase> order(Topic topic, int round) {
        return round % 2 == 1 ? topic.cases() : topic.cases().reversed();
    }

    private static long exactGarbageBytes() {
        try (Region region = Region.map((long) FRAMES * FRAME_BYTES);
                FramePool pool = FramePool.over("garbage", region, FRAME_BYTES, FramePool.DEFAULT_HEADROOM_BYTES)) {
            return Garbage.exactBytes(
                    () -> {
                        for (int i = 0; i < PAIRS_A_BLOCK; i++) {
                            pool.allocate().release();
                        }
                    },
                    BLOCKS);
        }
    }

    private void prefault() {
        PrefaultBench bench = new PrefaultBench(plan.prefaultBytes());
        String refusal = bench.refusal();
        double ratio = Double.NaN; // what could not be measured does not hold
        if (refusal.isEmpty()) {
            PrefaultSamples times = bench.run(plan.rounds());
            times.print(plan.prefaultBytes(), out);
            times.writeTo(report.root().putArray("prefault"));
            ratio = times.ratio(PageKind.SMALL_LOCKED);
        } else {
            out.println(refusal);
        }
        report.add(Claim.atLeast(
                1.7,
                "ratio",
                "a region of " + (plan.prefaultBytes() >> 20) + " MiB of locked 4 KiB pages: time to open it with one"
                        + " prefault thread to that with two",
                ratio));
    }

    private void soak() {
        out.println();
        out.println(String.format(Locale.ROOT, "Soak, %,d pairs:", plan.soakPairs()));
        MemorySoak soak = cleanup.add(new MemorySoak(SoakPlan.of(plan.soakPairs()), out));
        SoakResult result = soak.run();
        cleanup.close(soak);
        result.print(out);
        report.root().set("soak", result.toJson());
        report.add(Claim.atMost(
                0,
                "faults",
                String.format(
                        Locale.ROOT,
                        "a short soak of %,d pairs (penstock soak memory makes a thousand million): leaks, growth of the"
                                + " footprint, wrong contents",
                        plan.soakPairs()),
                (double) result.problems().size()));
    }

    private void say(String text) {
        out.print(text);
        out.flush();
    }
}
