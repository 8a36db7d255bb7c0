package io.penstock.linux.mem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.call.LibraryCall;
import io.penstock.linux.proc.Capabilities;
import io.penstock.linux.proc.Capabilities.Capability;
import io.penstock.linux.proc.ProcFs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Physical addresses. Without CAP_SYS_ADMIN the kernel tells none, and the tests see that in their place; as root they
 * see the addresses themselves.
 */
class PageMapTest {
    private static final LibraryCall CAPGET = LibraryCall.ofInt("capget", 2);
    private static final LibraryCall CAPSET = LibraryCall.ofInt("capset", 2);
    /** The kernel may move a page between two look-ups; seldom, and never so often. */
    private static final int ATTEMPTS = 100;

    private final int pageBytes = PageMap.pageBytes();
    private final long lengthBytes = 2L * pageBytes;
    private int fd;
    private long first;
    private long second;

    @BeforeEach
    void mapTwice() {
        fd = Mmap.memoryFile("penstock-test", Mmap.MFD_CLOEXEC, lengthBytes);
        first = mapFile();
        second = mapFile();
    }

    private long mapFile() {
        long address =
                Mmap.map(lengthBytes, Mmap.PROT_READ | Mmap.PROT_WRITE, Mmap.MAP_SHARED | Mmap.MAP_POPULATE, fd, 0);
        assertThat(address).isPositive();
        return address;
    }

    @AfterEach
    void unmap() {
        Mmap.unmap(first, lengthBytes);
        Mmap.unmap(second, lengthBytes);
        FileDescriptors.close(fd);
    }

    @Test
    void twoMappingsOfOnePageHaveOnePhysicalAddress() {
        try (PageMap pageMap = PageMap.open()) {
            if (!isAdministrator()) {
                assertThat(pageMap.physicalAddress(first)).isEqualTo(-Errno.EPERM);
                return;
            }
            assertThat(second).isNotEqualTo(first);
            assertThat(steadily(pageMap, first, second)).containsExactly(0, 0);
            assertThat(steadily(pageMap, first + 100, second + 100)).containsExactly(0, 100);
        }
    }

    @Test
    void twoPagesHaveTwoAddresses() {
        try (PageMap pageMap = PageMap.open()) {
            if (!isAdministrator()) {
                assertThat(pageMap.physicalAddress(first + pageBytes)).isEqualTo(-Errno.EPERM);
                return;
            }
            long[] found = steadily(pageMap, first, first + pageBytes);
            assertThat(Math.abs(found[0])).isGreaterThanOrEqualTo(pageBytes);
            assertThat(found[1]).isZero();
        }
    }

    @Test
    void withinAPageTheLowBitsAgree() {
        try (PageMap pageMap = PageMap.open()) {
            if (!isAdministrator()) {
                assertThat(pageMap.physicalAddress(first + 7)).isEqualTo(-Errno.EPERM);
                return;
            }
            for (int offset : new int[] {0, 1, 7, 64, pageBytes - 1}) {
                long[] found = steadily(pageMap, first, first + offset);
                assertThat(-found[0]).isEqualTo(offset);
                assertThat(pageMap.physicalAddress(first + offset) % pageBytes).isEqualTo(offset);
            }
        }
    }

    /** The difference of two physical addresses and the offset of the first in its page, while no page is moved. */
    private long[] steadily(PageMap pageMap, long address, long other) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long before = pageMap.physicalAddress(address);
            long between = pageMap.physicalAddress(other);
            long after = pageMap.physicalAddress(address);
            assertThat(before).isPositive();
            assertThat(between).isPositive();
            if (before == after && between == pageMap.physicalAddress(other)) {
                return new long[] {before - between, before % pageBytes};
            }
        }
        throw new AssertionError("the kernel moved the page " + ATTEMPTS + " times");
    }

    @Test
    void aPageThatIsNotThereIsAnswered() {
        long untouched = Mmap.map(pageBytes, Mmap.PROT_READ, Mmap.MAP_PRIVATE | Mmap.MAP_ANONYMOUS, -1, 0);
        try (PageMap pageMap = PageMap.open()) {
            assertThat(pageMap.physicalAddress(untouched)).isEqualTo(-Errno.ENOENT);
            Mmap.unmap(untouched, pageBytes);
            assertThat(pageMap.physicalAddress(untouched)).isEqualTo(-Errno.ENOENT);
            assertThat(pageMap.physicalAddress(0)).isEqualTo(-Errno.ENOENT);
            assertThat(pageMap.physicalAddress(-pageBytes)).isEqualTo(-Errno.ENOENT);
        }
    }

    @Test
    void aThreadWithoutTheRightIsToldNoAddress() throws Exception {
        FutureTask<Long> asNobody = new FutureTask<>(() -> {
            dropAdministration();
            try (PageMap pageMap = PageMap.open()) {
                return pageMap.physicalAddress(first);
            }
        });
        Thread thread = new Thread(asNobody, "unprivileged"); // rights belong to the thread and end with it
        thread.start();
        assertThat(asNobody.get()).isEqualTo(-Errno.EPERM);
        thread.join();
    }

    /** capset(2), version 3: a header, then twice three words (effective, permitted, inheritable). */
    private static void dropAdministration() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(8, 4);
            MemorySegment sets = arena.allocate(24, 4);
            RawMemory.putInt(header.address(), 0x20080522);
            int got = (int) CAPGET.call(header.address(), sets.address());
            int effective = RawMemory.getInt(sets.address());
            RawMemory.putInt(sets.address(), effective & ~(1 << 21));
            int set = (int) CAPSET.call(header.address(), sets.address());
            assertThat(got | set).isZero();
            assertThat(isAdministrator()).isFalse();
        }
    }

    @Test
    void anEntryIsReadAsTheKernelDocumentsIt() {
        long present = 1L << 63;
        assertThat(PageMap.physicalAddress(0, 0x7000_0123, 12)).isEqualTo(-Errno.ENOENT);
        assertThat(PageMap.physicalAddress(1L << 62 | 5, 0x7000_0123, 12)).isEqualTo(-Errno.ENOENT);
        assertThat(PageMap.physicalAddress(present, 0x7000_0123, 12)).isEqualTo(-Errno.EPERM);
        assertThat(PageMap.physicalAddress(present | 1L << 61 | 1L << 56 | 0xabc, 0x7000_0123, 12))
                .isEqualTo(0xabc123);
        assertThat(PageMap.physicalAddress(present | 0xabc, 0x7000_0123, 16)).isEqualTo(0xabc0123);
    }

    @Test
    void aClosedPageMapIsRefusedAndItsDescriptorIsGone() {
        long before = ProcFs.descriptors("/pagemap");
        PageMap pageMap = PageMap.open();
        assertThat(ProcFs.descriptors("/pagemap")).isEqualTo(before + 1);
        pageMap.close();
        pageMap.close();
        assertThat(ProcFs.descriptors("/pagemap")).isEqualTo(before);
        assertThatThrownBy(() -> pageMap.physicalAddress(first)).isInstanceOf(IllegalStateException.class);
    }

    /** Whether this thread may see physical addresses. */
    private static boolean isAdministrator() {
        return Capabilities.missing(Capability.CAP_SYS_ADMIN).isEmpty();
    }
}
