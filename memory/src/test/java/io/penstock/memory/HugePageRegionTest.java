package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Regions on reserved pages. As root the test reserves them itself; without, it sees the refusal. */
class HugePageRegionTest {
    /** Other tests may take what was just reserved. */
    private static final int TRIES = 20;

    @ParameterizedTest
    @CsvSource({"HUGE_2M, true", "HUGE_2M, false", "HUGE_1G, true", "HUGE_1G, false"})
    void aRegionLiesOnThePagesThatWereAskedFor(PageKind kind, boolean shareable) throws IOException {
        Path knob = HugePages.reservation(kind);
        RegionConfig config = new RegionConfig().lengthBytes(1).pages(kind).shareable(shareable);
        if (!Files.isWritable(knob)) {
            assertThatThrownBy(() -> Region.open(config)).isInstanceOf(OutOfMemoryRegionException.class);
            return;
        }
        String before = Files.readString(knob).strip();
        try {
            Files.writeString(knob, Long.toString(Long.parseLong(before) + 1));
            if (HugePages.free(kind) == 0) { // no gigabyte in one piece is left on this machine
                assertThatThrownBy(() -> Region.open(config)).hasMessageContaining("huge pages of");
                return;
            }
            show(kind, shareable, config, Long.parseLong(before));
        } finally {
            Files.writeString(knob, before);
        }
    }

    private static void show(PageKind kind, boolean shareable, RegionConfig config, long before) throws IOException {
        try (Region region = reserveAndOpen(config, HugePages.reservation(kind), before)) {
            assertThat(region.pageKind()).isEqualTo(kind);
            assertThat(region.lengthBytes()).isEqualTo(kind.sizeBytes());
            assertThat(region.address() % kind.sizeBytes()).isZero();
            assertThat(region.pagesByNode().values()).containsExactly(1L);
            assertThat(region.physicalAddress(region.address() + 12_345) - region.physicalAddress(region.address()))
                    .as("one page, in one piece")
                    .isEqualTo(12_345);
            RawMemory.putLong(region.address() + region.lengthBytes() - 8, 77);
            if (shareable) {
                int fd = FileDescriptors.open("/proc/self/fd/" + region.fd(), FileDescriptors.O_RDWR);
                try (Region twin = Region.attach(fd)) {
                    assertThat(twin.pageKind()).isEqualTo(kind);
                    assertThat(RawMemory.getLong(twin.address() + twin.lengthBytes() - 8))
                            .isEqualTo(77);
                }
            } else {
                assertThat(region.fd()).isNegative();
            }
        }
    }

    private static Region reserveAndOpen(RegionConfig config, Path knob, long before) throws IOException {
        OutOfMemoryRegionException last = null;
        for (int i = 0; i < TRIES; i++) {
            Files.writeString(knob, Long.toString(before + 1 + i));
            try {
                return Region.open(config);
            } catch (OutOfMemoryRegionException e) {
                last = e;
            }
        }
        throw last;
    }
}
