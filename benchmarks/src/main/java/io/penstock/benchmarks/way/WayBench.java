package io.penstock.benchmarks.way;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.report.BenchReport;
import io.penstock.benchmarks.report.Claim;
import io.penstock.benchmarks.report.TextTable;
import io.penstock.benchmarks.stack.TwoStacks;
import io.penstock.benchmarks.way.Entered.Kind;
import io.penstock.testkit.process.HarnessException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Counts the source files that a packet enters on its way through the stack, by running instrumented classes of it. Nothing
 * is timed, and the stacks have a clock of their own: each run counts the same.
 */
public final class WayBench {
    private static final int PASSAGES = 100;
    private static final double RECEIVE_FILES = 16;
    private static final double PUSH_FILES = 12;

    private final boolean lists;
    private final PrintWriter out;

    /** @param lists whether the files are printed, too */
    public WayBench(boolean lists, PrintWriter out) {
        this.lists = lists;
        this.out = out;
    }

    /** Counts all ways. */
    public BenchReport run() {
        InstrumentedStack stack = new InstrumentedStack(Set.of(Exchange.class.getName(), TwoStacks.class.getName()));
        WayFigures figures = new WayFigures(stack::site);
        record(stack, figures);
        BenchReport report = new BenchReport("way");
        report.root().putObject("plan").put("passages", PASSAGES);
        report(figures, report);
        report.add(Claim.atMost(
                RECEIVE_FILES,
                "files",
                "entered from rxBurst to the completion by a segment with payload and acknowledgement",
                figures.typical(Way.RECEIVE_AND_ACKNOWLEDGE).size()));
        report.add(Claim.atMost(
                PUSH_FILES,
                "files",
                "entered from a push to txBurst",
                figures.typical(Way.PUSH).size()));
        return report;
    }

    private static void record(InstrumentedStack stack, WayFigures figures) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(stack); // devices are found by it
        try {
            BiConsumer<Way, int[]> recorded = figures::add;
            Class<?> driver = stack.loadClass(Exchange.class.getName());
            ((Runnable) driver.getConstructor(Integer.class, BiConsumer.class).newInstance(PASSAGES, recorded)).run();
        } catch (ReflectiveOperationException e) {
            throw new HarnessException("cannot make the driver of an instrumented stack: " + e, e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private void report(WayFigures figures, BenchReport report) {
        TextTable table =
                new TextTable("source files entered", "all", "decide", "hold", "every turn", "passages alike");
        ArrayNode ways = report.root().putArray("ways");
        for (Way way : Way.values()) {
            List<Entered> files = figures.typical(way);
            table.row(
                    way.label(),
                    Integer.toString(files.size()),
                    Long.toString(count(files, Kind.DECIDES)),
                    Long.toString(count(files, Kind.HOLDS)),
                    Long.toString(count(files, Kind.TURN)),
                    figures.alike(way) + " of " + figures.count(way));
            ObjectNode node = ways.addObject()
                    .put("way", way.label())
                    .put("passages", figures.count(way))
                    .put("alike", figures.alike(way));
            ArrayNode list = node.putArray("files");
            for (Entered file : files) {
                list.addObject()
                        .put("file", file.file())
                        .put("kind", file.kind().label())
                        .set("members", BenchReport.toJson(file.members()));
            }
            if (lists && way != Way.EMPTY_TURN) {
                list(way, files);
            }
        }
        table.print(out, "  ");
        out.println();
    }

    private static long count(List<Entered> files, Kind kind) {
        return files.stream().filter(file -> file.kind() == kind).count();
    }

    private void list(Way way, List<Entered> files) {
        TextTable table = new TextTable(way.label(), "first", "");
        for (int i = 0; i < files.size(); i++) {
            Entered file = files.get(i);
            table.row(
                    String.format(Locale.ROOT, "%3d  %s", i + 1, file.file()),
                    file.first(),
                    file.kind().label());
        }
        table.print(out, "  ");
        out.println();
    }
}
