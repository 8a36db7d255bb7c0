package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.proc.ProcFs;
import io.penstock.linux.uring.IoUringRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A region is memory that io_uring takes as a fixed buffer: file bytes come and go in place. */
class IoUringRegionTest {
    private static final int EFAULT = 14;
    private static final long DEADLINE_NANOS = 30_000_000_000L;

    @TempDir
    Path folder;

    private long ringsBefore;
    private long mappingsBefore;
    private long pinnedBefore;
    private Region region;
    private IoUringRing ring;

    @BeforeEach
    void open() {
        ringsBefore = ProcFs.descriptors("io_uring");
        mappingsBefore = ProcFs.mappings("io_uring");
        pinnedBefore = ProcFs.status("VmPin");
        region = Region.map(1 << 20);
        ring = new IoUringRing(4);
        assertThat(ring.register(region.address(), region.lengthBytes())).isZero();
    }

    @AfterEach
    void everythingIsGivenBack() {
        ring.close();
        region.close();
        assertThat(ProcFs.descriptors("io_uring")).isEqualTo(ringsBefore);
        assertThat(ProcFs.mappings("io_uring")).isEqualTo(mappingsBefore);
        // The kernel takes a ring apart behind the closing call's back (io_ring_exit_work).
        await(() -> ProcFs.status("VmPin") == pinnedBefore);
    }

    @Test
    void aFilesBytesComeAndGoInPlace() throws IOException {
        long seed = System.nanoTime();
        byte[] bytes = new byte[200_000];
        new Random(seed).nextBytes(bytes);
        Path source = Files.write(folder.resolve("source"), bytes);
        Path target = Files.write(folder.resolve("target"), new byte[0]);
        long at = region.address() + 12_345;

        assertThat(transfer(IoUringRing.READ_FIXED, source, 0, at, bytes.length))
                .isEqualTo(bytes.length);
        byte[] seen = new byte[bytes.length];
        RawMemory.copyTo(at, seen, 0, seen.length);
        assertThat(seen).as("seed %d", seed).isEqualTo(bytes);
        assertThat(RawMemory.getByte(at - 1)).isZero();
        assertThat(RawMemory.getByte(at + bytes.length)).isZero();

        RawMemory.putLong(at + 8, 0);
        assertThat(transfer(IoUringRing.WRITE_FIXED, target, 0, at, bytes.length))
                .isEqualTo(bytes.length);
        java.util.Arrays.fill(bytes, 8, 16, (byte) 0);
        assertThat(Files.readAllBytes(target)).as("seed %d", seed).isEqualTo(bytes);
    }

    @Test
    void theRingServesManyRequestsOneAfterAnother() throws IOException {
        Path source = Files.write(folder.resolve("source"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
        for (int i = 0; i < 100; i++) {
            assertThat(transfer(IoUringRing.READ_FIXED, source, i % 10, region.address() + i, 1))
                    .isEqualTo(1);
        }
        for (int i = 0; i < 100; i++) {
            assertThat(RawMemory.getByte(region.address() + i)).isEqualTo((byte) (i % 10 + 1));
        }
    }

    @Test
    void memoryOutsideWhatWasRegisteredIsRefused() throws IOException {
        Path source = Files.write(folder.resolve("source"), new byte[64]);
        assertThat(transfer(IoUringRing.READ_FIXED, source, 0, region.address() + region.lengthBytes() - 32, 64))
                .isEqualTo(-EFAULT);
        assertThat(transfer(IoUringRing.READ_FIXED, source, 0, region.address() - 1, 64))
                .isEqualTo(-EFAULT);
    }

    @Test
    void registeringPinsTheWholeRegionUntilItIsTakenBack() throws IOException {
        assertThat(ProcFs.status("VmPin")).isEqualTo(pinnedBefore + (region.lengthBytes() >> 10));
        assertThat(ring.register(region.address(), region.lengthBytes())).isEqualTo(-Errno.EBUSY);
        assertThat(ring.unregister()).isZero();
        assertThat(ProcFs.status("VmPin")).isEqualTo(pinnedBefore);
        assertThat(ring.unregister()).isEqualTo(-Errno.ENXIO);
        Path source = Files.write(folder.resolve("source"), new byte[64]);
        assertThat(transfer(IoUringRing.READ_FIXED, source, 0, region.address(), 64))
                .isEqualTo(-EFAULT);
    }

    private int transfer(int opcode, Path file, long fileOffset, long address, int lengthBytes) {
        int fd = FileDescriptors.open(file.toString(), FileDescriptors.O_RDWR | FileDescriptors.O_CLOEXEC);
        assertThat(fd).isPositive();
        try {
            return ring.transfer(opcode, fd, fileOffset, address, lengthBytes);
        } finally {
            FileDescriptors.close(fd);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited 30 s in vain").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
