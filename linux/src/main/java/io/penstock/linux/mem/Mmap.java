package io.penstock.linux.mem;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.SystemCallException;
import io.penstock.linux.call.LibraryCall;
import java.lang.foreign.Arena;
import java.lang.ref.Cleaner;

/** mmap(2), mlock(2), munlock(2), madvise(2) and memfd_create(2). */
public final class Mmap {
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int MAP_SHARED = 0x01;
    public static final int MAP_PRIVATE = 0x02;
    /** As {@link #MAP_SHARED}, but a flag that the kernel does not know is refused (EOPNOTSUPP), not ignored. */
    public static final int MAP_SHARED_VALIDATE = 0x03;

    private static final int MAP_FIXED = 0x10;
    public static final int MAP_ANONYMOUS = 0x20;
    /** Addresses without a promise of memory behind them: a page that cannot be had shows at the first touch. */
    public static final int MAP_NORESERVE = 0x4000;

    public static final int MAP_POPULATE = 0x8000;
    /** Anonymous memory on huge pages; their size stands at {@link #HUGE_SHIFT}. */
    public static final int MAP_HUGETLB = 0x40000;

    public static final int MFD_CLOEXEC = 0x0001;
    public static final int MFD_ALLOW_SEALING = 0x0002;
    public static final int MFD_HUGETLB = 0x0004;
    /** The page size stands as a power of two in bits 26 to 31 of mmap's and memfd_create's flags. */
    public static final int HUGE_SHIFT = 26;

    public static final int MADV_HUGEPAGE = 14;
    private static final long MLOCK_ONFAULT = 1;

    /** Linux 5.14; see {@link #populate}. */
    public static final int MADV_POPULATE_WRITE = 23;

    private static final Cleaner RETIRED = Cleaner.create();

    private static final LibraryCall MMAP = LibraryCall.ofLong("mmap", 6);
    private static final LibraryCall MUNMAP = LibraryCall.ofInt("munmap", 2);
    private static final LibraryCall MLOCK = LibraryCall.ofInt("mlock", 2);
    private static final LibraryCall MLOCK2 = LibraryCall.ofInt("mlock2", 3);
    private static final LibraryCall MUNLOCK = LibraryCall.ofInt("munlock", 2);
    private static final LibraryCall MADVISE = LibraryCall.ofInt("madvise", 3);
    private static final LibraryCall MEMFD_CREATE = LibraryCall.ofInt("memfd_create", 2);
    private static final LibraryCall FTRUNCATE = LibraryCall.ofInt("ftruncate", 2);

    private Mmap() {}

    /**
     * Maps memory.
     *
     * @return the address, or the negative errno (no mapping lies in the last page of the address space)
     */
    public static long map(long lengthBytes, int protection, int flags, int fd, long offsetBytes) {
        return MMAP.call(0L, lengthBytes, protection, flags, fd, offsetBytes);
    }

    /** Unmaps; the address must come from {@link #map}. */
    public static void unmap(long address, long lengthBytes) {
        SystemCallException.check("munmap", MUNMAP.call(address, lengthBytes));
    }

    /**
     * Takes the memory of a mapping away and leaves its addresses mapped, to empty pages, until {@code user} is no longer
     * reachable. Whoever kept an address, or is just about to use one on another thread, then touches pages of no meaning,
     * where an unmapped one would end the process. Costs address space only, and one of the process' mappings.
     *
     * @param address from {@link #map}
     * @param user what everybody keeps who may know an address in it
     */
    public static void retire(long address, long lengthBytes, Object user) {
        long flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
        // If the kernel refuses, the old pages stay there a while longer.
        long _ = MMAP.call(address, lengthBytes, PROT_READ | PROT_WRITE, flags, -1L, 0L);
        var _ = RETIRED.register(user, () -> unmap(address, lengthBytes));
    }

    /**
     * Locks each page in memory from when it comes; fetches none now (mlock2, MLOCK_ONFAULT).
     *
     * @return 0 or the negative errno
     */
    public static int lockOnFault(long address, long lengthBytes) {
        return (int) MLOCK2.call(address, lengthBytes, MLOCK_ONFAULT);
    }

    /** Locks the pages in memory. Returns 0 or the negative errno. */
    public static int lock(long address, long lengthBytes) {
        return (int) MLOCK.call(address, lengthBytes);
    }

    /** Takes a lock off the pages; they stay where they are until the kernel needs them. Returns 0 or the negative errno. */
    public static int unlock(long address, long lengthBytes) {
        return (int) MUNLOCK.call(address, lengthBytes);
    }

    /**
     * Makes every page of a range present and writable now, without changing what is in it (MADV_POPULATE_WRITE,
     * madvise(2)). Unlike {@link #MAP_POPULATE}, which says nothing, it answers when a page cannot be had, and it can
     * follow a call that must come before the first touch, such as {@link Numa#bind}.
     *
     * @param address a multiple of the page size
     * @return 0 or the negative errno. EINVAL: a kernel before 5.14, or the mapping is not writable. ENOMEM: there is no
     *     memory, or part of the range is not mapped. EFAULT (14): touching a page would have been SIGBUS, as with huge
     *     pages that have run out.
     */
    public static int populate(long address, long lengthBytes) {
        return advise(address, lengthBytes, MADV_POPULATE_WRITE);
    }

    /** Gives advice about a mapping. Returns 0 or the negative errno. */
    public static int advise(long address, long lengthBytes, int advice) {
        return (int) MADVISE.call(address, lengthBytes, advice);
    }

    /**
     * Makes a file that lives in memory only, of {@code lengthBytes} zero bytes.
     *
     * @return its descriptor, or the negative errno
     */
    public static int memoryFile(String name, int flags, long lengthBytes) {
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int) MEMFD_CREATE.call(arena.allocateFrom(name).address(), flags);
            int refused = fd < 0 ? 0 : (int) FTRUNCATE.call(fd, lengthBytes);
            if (refused < 0) {
                FileDescriptors.close(fd);
                return refused;
            }
            return fd;
        }
    }
}
