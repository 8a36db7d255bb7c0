package io.penstock.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel's books about huge pages and free memory. */
final class HugePages {
    private static final Path SIZES = Path.of("/sys/kernel/mm/hugepages");

    private HugePages() {}

    /** How many huge pages of this kind nobody uses or has reserved. */
    static long free(PageKind kind) {
        try {
            return Math.max(0, read(kind, "free_hugepages") - read(kind, "resv_hugepages"));
        } catch (IOException | NumberFormatException _) {
            return 0; // a kernel without huge pages of this size has none free
        }
    }

    /** Where an operator reserves pages of this kind. */
    static Path reservation(PageKind kind) {
        return SIZES.resolve("hugepages-" + (kind.sizeBytes() >> 10) + "kB").resolve("nr_hugepages");
    }

    private static long read(PageKind kind, String name) throws IOException {
        return Long.parseLong(
                Files.readString(reservation(kind).resolveSibling(name)).strip());
    }

    /** How much ordinary memory the kernel could give without swapping. */
    static long availableBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemAvailable:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
                }
            }
        } catch (IOException | NumberFormatException _) {
            return Long.MAX_VALUE; // cannot tell: let the kernel decide
        }
        return Long.MAX_VALUE;
    }
}
