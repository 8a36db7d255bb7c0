package io.penstock.linux;

import java.lang.foreign.Arena;

/**
 * Locks on single bytes of an open file that belong to the open file description (fcntl(2), F_OFD_SETLK): two openings
 * exclude each other within one process as well, and the kernel releases the lock when the process dies.
 *
 * <pre>
 *   struct flock   0      2        8       16      24    28
 *                  | type | whence | start | length | pid |
 * </pre>
 */
public final class RangeLock {
    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final int STRUCT_BYTES = 32;

    private RangeLock() {}

    /** Takes the lock on one byte if it is free. Returns 0 or the negative errno; EAGAIN: somebody else has it. */
    public static int tryLock(int fd, long at) {
        return set(fd, at, F_WRLCK);
    }

    /** Gives the lock on one byte back. */
    public static void unlock(int fd, long at) {
        int _ = set(fd, at, F_UNLCK);
    }

    /** Whether somebody else has the lock on one byte. */
    public static boolean isHeldByAnother(int fd, long at) {
        try (Arena arena = Arena.ofConfined()) {
            long lock = lock(arena, at, F_WRLCK);
            int result = FileDescriptors.fcntl(fd, F_OFD_GETLK, lock);
            return result == 0 && RawMemory.getShort(lock) != F_UNLCK;
        }
    }

    private static int set(int fd, long at, short type) {
        try (Arena arena = Arena.ofConfined()) {
            int result = FileDescriptors.fcntl(fd, F_OFD_SETLK, lock(arena, at, type));
            return result == -Errno.EACCES ? -Errno.EAGAIN : result; // POSIX allows either
        }
    }

    private static long lock(Arena arena, long at, short type) {
        long lock = arena.allocate(STRUCT_BYTES, 8).address(); // zeroed: whence is SEEK_SET, the pid must be 0
        RawMemory.putShort(lock, type);
        RawMemory.putLong(lock + 8, at);
        RawMemory.putLong(lock + 16, 1);
        return lock;
    }
}
