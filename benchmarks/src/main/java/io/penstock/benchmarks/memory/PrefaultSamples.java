package io.penstock.benchmarks.memory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.report.Figures;
import io.penstock.benchmarks.report.Median;
import io.penstock.benchmarks.report.TextTable;
import io.penstock.memory.PageKind;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** How long opening a region took, with one thread and with two. */
final class PrefaultSamples {
    private static final double NANOS_PER_MILLI = 1e6;

    /** One round on one kind of pages. */
    record Sample(int round, PageKind pages, long oneThreadNanos, long twoThreadsNanos) {
        double ratio() {
            return (double) oneThreadNanos / twoThreadsNanos;
        }
    }

    private final List<Sample> all = new ArrayList<>();

    void add(Sample sample) {
        all.add(sample);
    }

    private List<Sample> of(PageKind pages) {
        return all.stream().filter(s -> s.pages() == pages).toList();
    }

    /** The median of the rounds' ratios of one thread's time to two threads'; NaN if there are none. */
    double ratio(PageKind pages) {
        return Median.of(of(pages), Sample::ratio);
    }

    void print(long lengthBytes, PrintWriter out) {
        out.println();
        out.println(
                "a region of " + (lengthBytes >> 20) + " MiB opened and all its pages fetched (medians of the rounds)");
        TextTable table = new TextTable("", "1 thread, ms", "2 threads, ms", "faster");
        for (PageKind pages : all.stream().map(Sample::pages).distinct().toList()) {
            table.row(
                    label(pages),
                    Figures.whole(Median.of(of(pages), Sample::oneThreadNanos) / NANOS_PER_MILLI),
                    Figures.whole(Median.of(of(pages), Sample::twoThreadsNanos) / NANOS_PER_MILLI),
                    Figures.ratio(ratio(pages)));
        }
        table.print(out, "  ");
    }

    static String label(PageKind pages) {
        return pages.isHuge() ? (pages.sizeBytes() >> 20) + " MiB pages" : "4 KiB pages, locked";
    }

    void writeTo(ArrayNode array) {
        for (Sample sample : all) {
            ObjectNode node = array.addObject().put("round", sample.round());
            node.put("pages", sample.pages().name());
            node.put("oneThreadNanos", sample.oneThreadNanos());
            node.put("twoThreadsNanos", sample.twoThreadsNanos());
        }
    }
}
