package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.memory.PageKind;
import io.penstock.memory.Region;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * DPDK for a test class: huge pages are reserved for as long as this JVM runs tests, the environment is started by the first
 * device and shared by all classes, and after each test nothing of it may be left.
 */
public final class DpdkEnvironment implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {
    private static final Path RESERVED = Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
    private static final int PAGES = 128;
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(DpdkEnvironment.class);

    /** Of this many huge pages more than there were; the number from before is restored when all tests have run. */
    private record Reservation(String before) implements AutoCloseable {
        static Reservation make() {
            try {
                String before = Files.readString(RESERVED).strip();
                long free = Region.freeHugePages(PageKind.HUGE_2M);
                if (free < PAGES) {
                    Files.writeString(RESERVED, Long.toString(Long.parseLong(before) + PAGES - free));
                }
                if (Region.freeHugePages(PageKind.HUGE_2M) < PAGES / 2) {
                    throw new AssertionError("tests of DPDK need " + PAGES / 2
                            + " free huge pages of 2 MiB, and there are " + Region.freeHugePages(PageKind.HUGE_2M));
                }
                return new Reservation(before);
            } catch (IOException e) {
                throw new AssertionError("tests of DPDK reserve huge pages: run them as root", e);
            }
        }

        @Override
        public void close() throws IOException {
            Files.writeString(RESERVED, before); // pages that are in use go when this process does
        }
    }

    private static int tolerated;

    /** For a test of a driver that is known to keep some: so many may be left, and no more. */
    public static void tolerateDescriptors(int count) {
        tolerated = count;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        Object _ = context.getRoot().getStore(OURS).getOrComputeIfAbsent("pages", _ -> Reservation.make());
        DpdkEnd.open("net_null0").close(); // what the environment itself needs is there from now on
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        tolerated = 0;
        context.getStore(OURS).put("before", NativeBooks.now());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        NativeBooks before = context.getStore(OURS).get("before", NativeBooks.class);
        NativeBooks left = NativeBooks.now().without(before);
        assertThat(left.ports()).as("ports left behind").isZero();
        assertThat(left.sockets()).as("descriptors left behind").isBetween(0L, (long) tolerated);
    }
}
