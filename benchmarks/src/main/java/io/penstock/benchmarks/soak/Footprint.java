package io.penstock.benchmarks.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What this process takes of the machine.
 *
 * @param residentBytes VmRSS of /proc/self/status
 * @param heapBytes the Java heap in use after a collection
 * @param regionBytes mapped for buffers
 * @param descriptors open files
 */
record Footprint(long residentBytes, long heapBytes, long regionBytes, int descriptors) {
    /**
     * All buffers lie in memory that is resident from the beginning, and so is the young generation
     * ({@link #touchYoungGeneration}): what may still come is the compiler's (code, and its working memory, of which the C
     * library keeps some). A byte lost with each pair would be more than this after 32 million pairs; a buffer lost even
     * once is found by the count of those in use.
     */
    static final long RESIDENT_BOUND_BYTES = 32 << 20;

    /** The virtual machine's own objects for what it loads, compiles and prints late; both times, all buffers are home. */
    static final long HEAP_BOUND_BYTES = 1 << 20;

    private static final double MEBIBYTE = 1 << 20;
    private static final long MAX_YOUNG_BYTES = 4L << 30;
    private static final int GARBAGE_BYTES = 1 << 16;
    private static final byte[] NOTHING = {};
    /** A field, as the compiler leaves out what nobody could see. */
    private static volatile byte[] garbage = NOTHING;

    /**
     * Makes garbage until it is collected. What a loop throws away, however little, sooner or later goes once through the
     * whole young generation and makes its pages resident: better before the first footprint than after.
     */
    static void touchYoungGeneration() {
        long before = collections();
        for (long made = 0; made < MAX_YOUNG_BYTES && collections() == before; made += garbage.length) {
            garbage = new byte[GARBAGE_BYTES];
        }
        garbage = NOTHING;
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }

    /** Runs a collection first. */
    static Footprint now(long regionBytes) {
        System.gc();
        return new Footprint(readResidentBytes(), collectedHeapBytes(), regionBytes, countDescriptors());
    }

    /** As the collection left it: what any thread has allocated since would not be what stays. */
    private static long collectedHeapBytes() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null)
                .mapToLong(pool -> pool.getCollectionUsage().getUsed())
                .sum();
    }

    private static long readResidentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
                }
            }
            throw new IOException("no VmRSS in /proc/self/status");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int countDescriptors() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return (int) open.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One line for each thing that grew beyond its bound since {@code before}. */
    List<String> growthSince(Footprint before) {
        List<String> growth = new ArrayList<>();
        compare(growth, "resident memory", before.residentBytes, residentBytes, RESIDENT_BOUND_BYTES);
        compare(growth, "the Java heap", before.heapBytes, heapBytes, HEAP_BOUND_BYTES);
        compare(growth, "the regions", before.regionBytes, regionBytes, 0);
        if (descriptors > before.descriptors) {
            growth.add("open files grew from " + before.descriptors + " to " + descriptors);
        }
        return growth;
    }

    private static void compare(List<String> growth, String what, long before, long now, long boundBytes) {
        if (now - before > boundBytes) {
            growth.add(String.format(
                    Locale.ROOT,
                    "%s grew from %.1f to %.1f MiB, by more than %.1f MiB",
                    what,
                    before / MEBIBYTE,
                    now / MEBIBYTE,
                    boundBytes / MEBIBYTE));
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "resident %.1f MiB, Java heap %.1f MiB, regions %.1f MiB, %d open files",
                residentBytes / MEBIBYTE,
                heapBytes / MEBIBYTE,
                regionBytes / MEBIBYTE,
                descriptors);
    }
}
