package io.penstock.benchmarks.memory;

import io.penstock.memory.PageKind;
import io.penstock.memory.Region;
import io.penstock.memory.RegionConfig;
import java.util.ArrayList;
import java.util.List;

/** Fetches the pages of a large region with one thread and with two, in turn. */
final class PrefaultBench {
    /** What must stay for everything else on this machine. */
    private static final long SPARE_BYTES = 1L << 30;

    private final long lengthBytes;

    PrefaultBench(long lengthBytes) {
        this.lengthBytes = lengthBytes;
    }

    /** Whether the region fits into what is free; else one line that says so. */
    String refusal() {
        long available = Region.availableBytes();
        return available >= lengthBytes + SPARE_BYTES
                ? ""
                : "prefault is left out: it takes " + ((lengthBytes + SPARE_BYTES) >> 20) + " MiB of free memory, and "
                        + (available >> 20) + " MiB are available";
    }

    /** Small pages always; huge ones if the operator has reserved enough. */
    private List<PageKind> kinds() {
        List<PageKind> kinds = new ArrayList<>();
        kinds.add(PageKind.SMALL_LOCKED); // what regions lie on where no huge pages are reserved
        if (Region.freeHugePages(PageKind.HUGE_2M) * PageKind.HUGE_2M.sizeBytes() >= lengthBytes) {
            kinds.add(PageKind.HUGE_2M);
        }
        return kinds;
    }

    PrefaultSamples run(int rounds) {
        PrefaultSamples samples = new PrefaultSamples();
        for (PageKind pages : kinds()) {
            // A virtual machine's host may have to find the memory first.
            open(pages, 2);
            for (int round = 1; round <= rounds; round++) {
                samples.add(measure(round, pages));
            }
        }
        return samples;
    }

    private PrefaultSamples.Sample measure(int round, PageKind pages) {
        boolean twoFirst = round % 2 == 0;
        long first = open(pages, twoFirst ? 2 : 1);
        long second = open(pages, twoFirst ? 1 : 2);
        return new PrefaultSamples.Sample(round, pages, twoFirst ? second : first, twoFirst ? first : second);
    }

    private long open(PageKind pages, int threads) {
        RegionConfig config =
                new RegionConfig().lengthBytes(lengthBytes).pages(pages).prefaultThreads(threads);
        long start = System.nanoTime();
        Region region = Region.open(config);
        long nanos = System.nanoTime() - start;
        region.close();
        return nanos;
    }
}
