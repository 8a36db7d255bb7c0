package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.RawMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RegionTest {
    @Test
    void aRegionIsWritableFromEndToEndAndStartsAtZero() {
        try (Region region = Region.mapSmall(1 << 20)) {
            assertThat(region.lengthBytes()).isEqualTo(1 << 20);
            assertThat(region.address() % 4096).isZero();
            long last = region.address() + region.lengthBytes() - 8;
            assertThat(RawMemory.getLong(last)).isZero();
            RawMemory.putLong(last, 7);
            assertThat(RawMemory.getLong(last)).isEqualTo(7);
        }
    }

    @Test
    void theLengthIsRoundedUpToWholePages() {
        try (Region region = Region.mapSmall(5000)) {
            assertThat(region.lengthBytes()).isEqualTo(8192);
        }
    }

    @Test
    void aSecondBestIsSaid() {
        try (Region region = Region.mapSmall(1 << 20)) {
            assertThat(region.pageKind()).isIn(PageKind.SMALL_LOCKED, PageKind.SMALL_UNLOCKED);
            assertThat(region.notice()).isNotEmpty().doesNotContain("\n");
        }
    }

    @Test
    void moreThanTheMachineHasIsRefusedInOneLine() {
        assertThatThrownBy(() -> Region.map(1L << 45))
                .isInstanceOf(OutOfMemoryRegionException.class)
                .hasMessageContaining("no memory for a region of 33554432 MiB");
    }

    @Test
    void hugePagesAreUsedWhereTheyAreFree() throws IOException {
        Path knob = Path.of("/proc/sys/vm/nr_hugepages");
        if (!Files.isWritable(knob)) {
            // Without the right to reserve some the other path is all that can be seen; RegionTest runs as root in CI.
            try (Region region = Region.map(1 << 20)) {
                assertThat(region.pageKind()).isNotNull();
            }
            return;
        }
        String before = Files.readString(knob).strip();
        try {
            // The reserve is the whole machine's: another process may take what was just added, so more than once.
            PageKind got = PageKind.SMALL_LOCKED;
            for (int attempt = 0; attempt < 20 && got != PageKind.HUGE_2M; attempt++) {
                Files.writeString(knob, Long.toString(Long.parseLong(before) + 16));
                try (Region region = Region.map(1 << 20)) {
                    got = region.pageKind();
                    if (got == PageKind.HUGE_2M) {
                        assertThat(region.lengthBytes()).isEqualTo(2 << 20);
                        assertThat(region.notice()).isEmpty();
                    }
                }
            }
            assertThat(got).isEqualTo(PageKind.HUGE_2M);
        } finally {
            Files.writeString(knob, before);
        }
    }

    @Test
    void theDescriptorIsClosedWithTheRegion() throws IOException {
        long before = descriptors();
        for (int i = 0; i < 10; i++) {
            Region region = Region.mapSmall(1 << 16);
            region.close();
            region.close();
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    private static long descriptors() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(f -> {
                        try {
                            return Files.readSymbolicLink(f).toString().contains("penstock-region");
                        } catch (IOException _) {
                            return false; // the descriptor of this very listing
                        }
                    })
                    .count();
        }
    }
}
