package io.penstock.linux.mem;

import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.SystemCallException;
import io.penstock.linux.call.CriticalCall;
import io.penstock.linux.call.LibraryCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Physical addresses of this process's pages, from {@code /proc/self/pagemap}
 * (Documentation/admin-guide/mm/pagemap.rst): one number of 64 bits for each virtual page, in order.
 *
 * <pre>
 *    63        62        61                                     54                       0
 *   +---------+---------+----------------+---------------------+--------------------------+
 *   | present | swapped | file or shared |  ...                | page frame number (PFN)  |
 *   +---------+---------+----------------+---------------------+--------------------------+
 * </pre>
 *
 * <p>The PFN is zero for a process without CAP_SYS_ADMIN, which is judged when the file is opened: physical addresses
 * help an attack on the memory's rows. A physical address is good for as long as the page is pinned: the kernel may move
 * any other, even one that is locked (compaction, migration).
 *
 * <p>One descriptor for each session of look-ups. Belongs to the thread that opened it; for set-up, as a look-up is a
 * system call.
 */
public final class PageMap implements AutoCloseable {
    private static final String PATH = "/proc/self/pagemap";
    private static final long PRESENT = 1L << 63;
    private static final long FRAME_NUMBER = (1L << 55) - 1;

    private static final LibraryCall PREAD = LibraryCall.ofLong("pread", 4);
    private static final CriticalCall GETPAGESIZE = CriticalCall.ofInt("getpagesize", 0);

    private final int fd;
    private final int pageShift;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment entry = arena.allocate(Long.BYTES, Long.BYTES);
    private boolean closed;

    private PageMap(int fd, int pageShift) {
        this.fd = fd;
        this.pageShift = pageShift;
    }

    /**
     * Opens this process's page map.
     *
     * @throws SystemCallException if the kernel has none, or this process may not read it
     */
    public static PageMap open() {
        int fd = FileDescriptors.open(PATH, FileDescriptors.O_RDONLY | FileDescriptors.O_CLOEXEC);
        if (fd < 0) {
            throw new SystemCallException("open " + PATH, -fd);
        }
        return new PageMap(fd, Integer.numberOfTrailingZeros(pageBytes()));
    }

    /** The size of the pages that the kernel counts in: 4 KiB on x86_64, up to 64 KiB on aarch64. */
    public static int pageBytes() {
        return GETPAGESIZE.call();
    }

    /**
     * The physical address behind a virtual one.
     *
     * @return the address, or the negative errno. ENOENT: no page is there (not mapped, not touched yet, swapped out).
     *     EPERM: there is one, but this process may not know where.
     */
    public long physicalAddress(long address) {
        if (closed) {
            throw new IllegalStateException("the page map is closed");
        }
        long count = PREAD.call(fd, entry.address(), Long.BYTES, (address >>> pageShift) * Long.BYTES);
        if (count < 0) {
            return count;
        }
        if (count != Long.BYTES) {
            return -Errno.ENOENT; // behind the last address that a process can have
        }
        return physicalAddress(RawMemory.getLong(entry.address()), address, pageShift);
    }

    /** What an entry of the page map says of an address. */
    static long physicalAddress(long entry, long address, int pageShift) {
        if ((entry & PRESENT) == 0) {
            return -Errno.ENOENT;
        }
        long frameNumber = entry & FRAME_NUMBER;
        if (frameNumber == 0) {
            return -Errno.EPERM;
        }
        return (frameNumber << pageShift) | (address & ((1L << pageShift) - 1));
    }

    /** Closes the descriptor. Closing twice does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            FileDescriptors.close(fd);
            arena.close();
        }
    }
}
