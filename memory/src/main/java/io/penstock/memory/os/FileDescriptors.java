package io.penstock.memory.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** open(2), read(2), write(2), close(2), statx(2), fstatfs(2) and the seals of fcntl(2), on raw descriptors and addresses. */
public final class FileDescriptors {
    public static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;

    /** The file cannot become shorter, so that no mapping of it ends in a SIGBUS (linux/fcntl.h). */
    public static final int F_SEAL_SHRINK = 0x0002;

    /** The file cannot become longer. */
    public static final int F_SEAL_GROW = 0x0004;

    /** No more seals, and none of these goes. */
    public static final int F_SEAL_SEAL = 0x0001;

    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_SIZE = 0x200;
    /** struct statx is the same on all machines (linux/stat.h): stx_mask 0, .. stx_size 40. */
    private static final int STATX_BYTES = 256;

    /** struct statfs of 64-bit machines (asm-generic/statfs.h): f_type 0, f_bsize 8; linux/magic.h. */
    private static final int STATFS_BYTES = 120;

    private static final int F_TYPE = 0;
    private static final int F_BSIZE = 8;
    private static final long HUGETLBFS_MAGIC = 0x958458f6L;
    private static final int STX_SIZE = 40;

    private static final MethodHandle FCNTL = Libc.function("fcntl", JAVA_INT, 3);
    private static final MethodHandle FSTATFS = Libc.function("fstatfs", JAVA_INT, 2);
    private static final MethodHandle STATX = Libc.function("statx", JAVA_INT, 5);
    private static final MethodHandle OPEN = Libc.function("open", JAVA_INT, 3);
    private static final MethodHandle READ = Libc.function("read", JAVA_LONG, 3);
    private static final MethodHandle WRITE = Libc.function("write", JAVA_LONG, 3);
    private static final MethodHandle CLOSE = Libc.function("close", JAVA_INT, 1);

    private FileDescriptors() {}

    /** Returns a descriptor, or the negative errno. */
    public static int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int)
                    OPEN.invokeExact(Libc.errnoState(), arena.allocateFrom(path).address(), (long) flags, 0L);
            return fd < 0 ? -Libc.errno() : fd;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Returns how many bytes came, 0 at the end, or the negative errno. */
    public static long read(int fd, long address, long lengthBytes) {
        try {
            long count = (long) READ.invokeExact(Libc.errnoState(), (long) fd, address, lengthBytes);
            return count < 0 ? -Libc.errno() : count;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Returns how many bytes went, or the negative errno. */
    public static long write(int fd, long address, long lengthBytes) {
        try {
            long count = (long) WRITE.invokeExact(Libc.errnoState(), (long) fd, address, lengthBytes);
            return count < 0 ? -Libc.errno() : count;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Adds seals to a memory file that allows them. Returns 0 or the negative errno. */
    public static int seal(int fd, int seals) {
        try {
            return (int) FCNTL.invokeExact(Libc.errnoState(), (long) fd, (long) F_ADD_SEALS, (long) seals) < 0
                    ? -Libc.errno()
                    : 0;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** The seals of a memory file, or the negative errno (EINVAL: it is no memory file). */
    public static int seals(int fd) {
        try {
            int seals = (int) FCNTL.invokeExact(Libc.errnoState(), (long) fd, (long) F_GET_SEALS, 0L);
            return seals < 0 ? -Libc.errno() : seals;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** How long the file is, or the negative errno. */
    public static long lengthBytes(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statx = arena.allocate(STATX_BYTES, Long.BYTES);
            int failed = statx(fd, statx, arena);
            return failed != 0 ? failed : statx.get(JAVA_LONG, STX_SIZE);
        }
    }

    /** The size of the huge pages that a memory file lies on; 0 if it lies on ordinary ones, or cannot be asked. */
    public static long hugePageBytes(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statfs = arena.allocate(STATFS_BYTES, Long.BYTES);
            boolean known = (int) FSTATFS.invokeExact(Libc.errnoState(), (long) fd, statfs.address()) == 0;
            return known && statfs.get(JAVA_LONG, F_TYPE) == HUGETLBFS_MAGIC ? statfs.get(JAVA_LONG, F_BSIZE) : 0;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    private static int statx(int fd, MemorySegment result, Arena arena) {
        try {
            int status = (int) STATX.invokeExact(
                    Libc.errnoState(),
                    (long) fd,
                    arena.allocateFrom("").address(),
                    (long) AT_EMPTY_PATH,
                    (long) STATX_SIZE,
                    result.address());
            return status < 0 ? -Libc.errno() : 0;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Closes; an error is of no use to anybody and is ignored, as the kernel frees the number in any case. */
    public static void close(int fd) {
        try {
            int ignored = (int) CLOSE.invokeExact(Libc.errnoState(), (long) fd);
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }
}
