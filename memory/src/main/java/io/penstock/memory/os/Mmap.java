package io.penstock.memory.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
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

    private static final MethodHandle MMAP = Libc.function("mmap", JAVA_LONG, 6);
    private static final MethodHandle MUNMAP = Libc.function("munmap", JAVA_INT, 2);
    private static final MethodHandle MLOCK = Libc.function("mlock", JAVA_INT, 2);
    private static final MethodHandle MLOCK2 = Libc.function("mlock2", JAVA_INT, 3);
    private static final MethodHandle MUNLOCK = Libc.function("munlock", JAVA_INT, 2);
    private static final MethodHandle MADVISE = Libc.function("madvise", JAVA_INT, 3);
    private static final MethodHandle MEMFD_CREATE = Libc.function("memfd_create", JAVA_INT, 2);
    private static final MethodHandle FTRUNCATE = Libc.function("ftruncate", JAVA_INT, 2);

    private Mmap() {}

    /**
     * Maps memory.
     *
     * @return the address, or the negative errno (no mapping lies in the last page of the address space)
     */
    public static long map(long lengthBytes, int protection, int flags, int fd, long offsetBytes) {
        try {
            long address = (long) MMAP.invokeExact(
                    Libc.errnoState(), 0L, lengthBytes, (long) protection, (long) flags, (long) fd, offsetBytes);
            return address == -1 ? -Libc.errno() : address;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Unmaps; the address must come from {@link #map}. */
    public static void unmap(long address, long lengthBytes) {
        try {
            if ((int) MUNMAP.invokeExact(Libc.errnoState(), address, lengthBytes) != 0) {
                throw new SystemCallException("munmap", Libc.errno());
            }
        } catch (SystemCallException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
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
        int ignored = emptyPagesOver(address, lengthBytes); // if not, the old pages stay there a while longer
        var _ = RETIRED.register(user, () -> unmap(address, lengthBytes));
    }

    private static int emptyPagesOver(long address, long lengthBytes) {
        try {
            long flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
            long at = (long) MMAP.invokeExact(
                    Libc.errnoState(), address, lengthBytes, (long) (PROT_READ | PROT_WRITE), flags, -1L, 0L);
            return at == -1 ? -Libc.errno() : 0;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /**
     * Locks each page in memory from when it comes; fetches none now (mlock2, MLOCK_ONFAULT).
     *
     * @return 0 or the negative errno
     */
    public static int lockOnFault(long address, long lengthBytes) {
        try {
            return (int) MLOCK2.invokeExact(Libc.errnoState(), address, lengthBytes, MLOCK_ONFAULT) == 0
                    ? 0
                    : -Libc.errno();
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Locks the pages in memory. Returns 0 or the negative errno. */
    public static int lock(long address, long lengthBytes) {
        try {
            return (int) MLOCK.invokeExact(Libc.errnoState(), address, lengthBytes) == 0 ? 0 : -Libc.errno();
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Takes a lock off the pages; they stay where they are until the kernel needs them. Returns 0 or the negative errno. */
    public static int unlock(long address, long lengthBytes) {
        try {
            return (int) MUNLOCK.invokeExact(Libc.errnoState(), address, lengthBytes) == 0 ? 0 : -Libc.errno();
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
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
        try {
            return (int) MADVISE.invokeExact(Libc.errnoState(), address, lengthBytes, (long) advice) == 0
                    ? 0
                    : -Libc.errno();
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /**
     * Makes a file that lives in memory only, of {@code lengthBytes} zero bytes.
     *
     * @return its descriptor, or the negative errno
     */
    public static int memoryFile(String name, int flags, long lengthBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cName = arena.allocateFrom(name);
            int fd = (int) MEMFD_CREATE.invokeExact(Libc.errnoState(), cName.address(), (long) flags);
            if (fd < 0) {
                return -Libc.errno();
            }
            if ((int) FTRUNCATE.invokeExact(Libc.errnoState(), (long) fd, lengthBytes) != 0) {
                int errno = Libc.errno();
                FileDescriptors.close(fd);
                return -errno;
            }
            return fd;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }
}
