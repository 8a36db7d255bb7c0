package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.RawMemory;
import io.penstock.linux.mem.Numa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What pages a region lies on, and what is said if there are none. */
class RegionPagesTest {
    private static final int CAP_SYS_ADMIN = 21;

    @ParameterizedTest
    @EnumSource(names = {"HUGE_1G", "HUGE_2M"})
    void hugePagesThatAreNotThereAreRefusedInOneLine(PageKind kind) throws IOException {
        long before = regionsOfThisProcess();
        // More than the reserve, and more than anybody could add to it in between.
        long length = (Region.freeHugePages(kind) << Long.numberOfTrailingZeros(kind.sizeBytes())) + (1L << 40);
        assertThatThrownBy(
                        () -> Region.open(new RegionConfig().lengthBytes(length).pages(kind)))
                .isInstanceOf(OutOfMemoryRegionException.class)
                .hasMessageContaining("free huge pages of " + (kind.sizeBytes() >> 20) + " MiB")
                .hasMessageContaining("reserve them with: echo N > /sys/kernel/mm/hugepages/hugepages-"
                        + (kind.sizeBytes() >> 10) + "kB/nr_hugepages")
                .hasMessageNotContaining("\n");
        assertThat(regionsOfThisProcess()).as("descriptors left over").isEqualTo(before);
    }

    @Test
    void aMemoryNodeThatIsNotThereIsRefusedInOneLine() throws IOException {
        long before = regionsOfThisProcess();
        assertThatThrownBy(() ->
                        Region.open(new RegionConfig().lengthBytes(1 << 20).numaNode(99)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("memory node 99 cannot be used")
                .hasMessageContaining("this machine has the nodes [")
                .hasMessageNotContaining("\n");
        assertThat(regionsOfThisProcess()).isEqualTo(before);
    }

    @Test
    void whatCannotBeMeantIsRefused() {
        assertThatThrownBy(() -> Region.open(new RegionConfig())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Region.map(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RegionConfig().numaNode(-2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RegionConfig().prefaultThreads(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RegionConfig().prefaultThreads(257)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyPageOfAPrefaultedRegionIsOnANode() {
        try (Region region = Region.open(new RegionConfig()
                .lengthBytes(1 << 20)
                .pages(PageKind.SMALL_LOCKED)
                .prefaultThreads(2))) {
            Map<Integer, Long> pages = region.pagesByNode();
            assertThat(pages).doesNotContainKey(-1);
            assertThat(pages.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(256);
        }
    }

    @Test
    void allPagesComeFromTheNodeThatWasAskedFor() {
        int node = Numa.onlineNodes()[0];
        try (Region region = Region.open(new RegionConfig()
                .lengthBytes(1 << 20)
                .pages(PageKind.SMALL_LOCKED)
                .numaNode(node))) {
            assertThat(region.pagesByNode()).containsExactly(Map.entry(node, 256L));
            assertThat(Numa.boundNode(region.address())).isEqualTo(node);
        }
    }

    @Test
    void pagesThatNobodyTouchedAreOnNone() {
        try (Region region = Region.open(new RegionConfig()
                .lengthBytes(1 << 20)
                .pages(PageKind.SMALL_UNLOCKED)
                .prefault(false))) {
            assertThat(region.pagesByNode()).containsOnly(Map.entry(-1, 256L));
            assertThat(region.notice()).contains("not locked");
            assertThat(region.pageKind().pinned()).isFalse();
        }
    }

    @Test
    void thePhysicalAddressIsForThoseWhoMayKnowIt() throws IOException {
        try (Region region = Region.open(new RegionConfig().lengthBytes(8192).pages(PageKind.SMALL_LOCKED));
                Region untouched = Region.open(new RegionConfig()
                        .lengthBytes(8192)
                        .pages(PageKind.SMALL_UNLOCKED)
                        .prefault(false))) {
            RawMemory.putByte(region.address(), (byte) 1);
            long at = region.address() + 4096 + 123;
            long physical = region.physicalAddress(at);
            if (isAdministrator()) {
                assertThat(physical).isPositive();
                assertThat(physical & 4095).isEqualTo(at & 4095);
                assertThat(region.physicalAddress(at + 1)).isEqualTo(physical + 1);
                assertThat(region.physicalAddress(region.address())).isNotEqualTo(physical - 123);
            } else {
                assertThat(physical).isEqualTo(-1);
            }
            assertThat(untouched.physicalAddress(untouched.address()))
                    .as("no page is there")
                    .isEqualTo(-1);
            assertThatThrownBy(() -> region.physicalAddress(region.address() + 8192))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void aRegionKnowsWhatLiesInIt() {
        try (Region region = Region.mapSmall(8192)) {
            long from = region.address();
            assertThat(region.contains(from, 8192)).isTrue();
            assertThat(region.contains(from + 8192, 0)).isTrue();
            assertThat(region.contains(from, 8193)).isFalse();
            assertThat(region.contains(from + 1, 8192)).isFalse();
            assertThat(region.contains(from - 1, 1)).isFalse();
            assertThat(region.contains(from, -1)).isFalse();
            assertThat(region.contains(from, Long.MAX_VALUE)).isFalse();
        }
    }

    private static boolean isAdministrator() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                .filter(l -> l.startsWith("CapEff:"))
                .findFirst()
                .orElseThrow();
        return (Long.parseUnsignedLong(line.substring(7).strip(), 16) >>> CAP_SYS_ADMIN & 1) != 0;
    }

    private static long regionsOfThisProcess() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(RegionPagesTest::isRegion).count();
        }
    }

    private static boolean isRegion(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().contains("penstock-region");
        } catch (IOException _) {
            return false; // the descriptor of this very listing
        }
    }
}
