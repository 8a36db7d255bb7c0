package io.penstock.linux.mem;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Mappings: reserved, populated, locked, refused. */
class MmapTest {
    private static final int READ_WRITE = Mmap.PROT_READ | Mmap.PROT_WRITE;
    private static final int PRIVATE = Mmap.MAP_PRIVATE | Mmap.MAP_ANONYMOUS;

    private final int pageBytes = PageMap.pageBytes();
    private final long lengthBytes = 4L * pageBytes;
    private long address;

    @BeforeEach
    void map() {
        address = Mmap.map(lengthBytes, READ_WRITE, Mmap.MAP_SHARED | Mmap.MAP_ANONYMOUS, -1, 0);
        assertThat(address).isPositive();
        SmallPages.keepSmall(address, lengthBytes);
    }

    @AfterEach
    void unmap() {
        Mmap.unmap(address, lengthBytes);
    }

    @Test
    void populatingMakesEveryPagePresentAndKeepsWhatIsInIt() {
        RawMemory.putLong(address + pageBytes, 42);
        assertThat(absentPages()).isEqualTo(3);
        assertThat(Mmap.populate(address, lengthBytes)).isZero();
        assertThat(absentPages()).isZero();
        assertThat(RawMemory.getLong(address + pageBytes)).isEqualTo(42);
    }

    @Test
    void whatCannotBePopulatedIsAnswered() {
        long readOnly = Mmap.map(lengthBytes, Mmap.PROT_READ, PRIVATE, -1, 0);
        assertThat(Mmap.populate(readOnly, lengthBytes)).isEqualTo(-Errno.EINVAL);
        Mmap.unmap(readOnly, lengthBytes);
        assertThat(Mmap.populate(readOnly, lengthBytes)).isEqualTo(-Errno.ENOMEM);
    }

    @Test
    void addressesCanBeReservedBeyondWhatTheMachineHas() {
        long huge = 1L << 42;
        long reserved = Mmap.map(huge, READ_WRITE, PRIVATE | Mmap.MAP_NORESERVE, -1, 0);
        assertThat(reserved).isPositive();
        try {
            RawMemory.putLong(reserved + huge - 8, 1);
            assertThat(RawMemory.getLong(reserved + huge - 8)).isEqualTo(1);
        } finally {
            Mmap.unmap(reserved, huge);
        }
    }

    @Test
    void onlyTheValidatingKindRefusesAFlagThatNobodyKnows() {
        int unknown = 1 << 22;
        int fd = Mmap.memoryFile("penstock-test", Mmap.MFD_CLOEXEC, pageBytes);
        long mapped = Mmap.map(pageBytes, READ_WRITE, Mmap.MAP_SHARED | unknown, fd, 0);
        assertThat(mapped).isPositive();
        Mmap.unmap(mapped, pageBytes);
        assertThat(Mmap.map(pageBytes, READ_WRITE, Mmap.MAP_SHARED_VALIDATE | unknown, fd, 0))
                .isEqualTo(-Errno.EOPNOTSUPP);
        FileDescriptors.close(fd);
    }

    @Test
    void hugePagesOfASizeThatDoesNotExistAreRefused() {
        int eightKib = 13 << Mmap.HUGE_SHIFT;
        long small = Mmap.map(lengthBytes, READ_WRITE, PRIVATE | eightKib, -1, 0);
        assertThat(small).as("without MAP_HUGETLB the size means nothing").isPositive();
        Mmap.unmap(small, lengthBytes);
        assertThat(Mmap.map(lengthBytes, READ_WRITE, PRIVATE | Mmap.MAP_HUGETLB | eightKib, -1, 0))
                .isEqualTo(-Errno.EINVAL);
    }

    @Test
    void aLockIsTakenOffAgain() {
        assertThat(ProcFs.flagsOfMapping(address)).isNotEmpty().doesNotContain("lo");
        assertThat(Mmap.lock(address, lengthBytes)).isZero();
        assertThat(ProcFs.flagsOfMapping(address)).contains("lo");
        assertThat(absentPages()).isZero();
        assertThat(Mmap.unlock(address, lengthBytes)).isZero();
        assertThat(ProcFs.flagsOfMapping(address)).isNotEmpty().doesNotContain("lo");
    }

    private long absentPages() {
        return Numa.nodesOf(address, lengthBytes, pageBytes).absentPages();
    }

    @Test
    void retiredMemoryIsGivenBackAtOnceAndItsAddressesWhenNobodyCanKnowThem() throws IOException {
        long retired = Mmap.map(lengthBytes, READ_WRITE, PRIVATE, -1, 0);
        RawMemory.putLong(retired, 7);
        Object[] user = {new Object()};
        Mmap.retire(retired, lengthBytes, user[0]);
        assertThat(RawMemory.getLong(retired)).isZero();
        RawMemory.putLong(retired + lengthBytes - 8, 7);
        assertThat(isMapped(retired)).isTrue();
        assertThat(user[0]).isNotNull();

        user[0] = null;
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (isMapped(retired)) {
            assertThat(System.nanoTime()).as("still mapped").isLessThan(deadline);
            System.gc();
        }
    }

    private static boolean isMapped(long at) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            int dash = line.indexOf('-');
            long from = Long.parseUnsignedLong(line.substring(0, dash), 16);
            if (from <= at && at < Long.parseUnsignedLong(line.substring(dash + 1, line.indexOf(' ')), 16)) {
                return true;
            }
        }
        return false;
    }
}
