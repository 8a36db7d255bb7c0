package io.penstock.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.penstock.linux.call.LibraryCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * open(2), read(2), write(2), close(2), pipe(2), statx(2), fstatfs(2) and the seals of fcntl(2), on raw descriptors and
 * addresses.
 */
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

    private static final int F_SETFL = 4;
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

    private static final LibraryCall FCNTL = LibraryCall.ofInt("fcntl", 3);
    private static final LibraryCall PIPE2 = LibraryCall.ofInt("pipe2", 2);
    private static final LibraryCall FSTATFS = LibraryCall.ofInt("fstatfs", 2);
    private static final LibraryCall STATX = LibraryCall.ofInt("statx", 5);
    private static final LibraryCall OPEN = LibraryCall.ofInt("open", 3);
    private static final LibraryCall READ = LibraryCall.ofLong("read", 3);
    private static final LibraryCall WRITE = LibraryCall.ofLong("write", 3);
    private static final LibraryCall CLOSE = LibraryCall.ofInt("close", 1);

    private FileDescriptors() {}

    /** Returns a descriptor, or the negative errno. */
    public static int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) OPEN.call(arena.allocateFrom(path).address(), flags, 0L);
        }
    }

    /** Returns how many bytes came, 0 at the end, or the negative errno. */
    public static long read(int fd, long address, long lengthBytes) {
        return READ.call(fd, address, lengthBytes);
    }

    /** Returns how many bytes went, or the negative errno. */
    public static long write(int fd, long address, long lengthBytes) {
        return WRITE.call(fd, address, lengthBytes);
    }

    /** Adds seals to a memory file that allows them. Returns 0 or the negative errno. */
    public static int seal(int fd, int seals) {
        return fcntl(fd, F_ADD_SEALS, seals);
    }

    /** The seals of a memory file, or the negative errno (EINVAL: it is no memory file). */
    public static int seals(int fd) {
        return fcntl(fd, F_GET_SEALS, 0);
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
            boolean known = FSTATFS.call(fd, statfs.address()) == 0;
            return known && statfs.get(JAVA_LONG, F_TYPE) == HUGETLBFS_MAGIC ? statfs.get(JAVA_LONG, F_BSIZE) : 0;
        }
    }

    private static int statx(int fd, MemorySegment result, Arena arena) {
        return (int) STATX.call(fd, arena.allocateFrom("").address(), AT_EMPTY_PATH, STATX_SIZE, result.address());
    }

    /** fcntl(2). Returns what the command does, or the negative errno. */
    static int fcntl(int fd, int command, long argument) {
        return (int) FCNTL.call(fd, command, argument);
    }

    /**
     * A pipe, both ends closed on exec; what is written when it is full is refused (EAGAIN).
     *
     * @return the end to read from, then the end to write to
     */
    public static int[] pipe() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(JAVA_INT, 2);
            SystemCallException.check("pipe2", PIPE2.call(ends.address(), O_CLOEXEC));
            int writing = ends.getAtIndex(JAVA_INT, 1);
            SystemCallException.check("fcntl(F_SETFL)", fcntl(writing, F_SETFL, O_NONBLOCK));
            return new int[] {ends.getAtIndex(JAVA_INT, 0), writing};
        }
    }

    /** Closes; an error is of no use to anybody and is ignored, as the kernel frees the number in any case. */
    public static void close(int fd) {
        long _ = CLOSE.call(fd);
    }
}
