package io.penstock.linux;

import io.penstock.linux.call.LibraryCall;

/**
 * flock(2): a lock on an open file, which the kernel releases when the process dies.
 *
 * <p>Not the POSIX lock of {@link java.nio.channels.FileChannel#tryLock()}, which is lost as soon as the process closes
 * any other descriptor of the same file.
 */
public final class AdvisoryLock {
    private static final long LOCK_EX = 2;
    private static final long LOCK_NB = 4;

    private static final LibraryCall FLOCK = LibraryCall.ofInt("flock", 2);

    private AdvisoryLock() {}

    /** Takes the lock if it is free. Returns 0 or the negative errno; EAGAIN: somebody else has it. */
    public static int tryLock(int fd) {
        return (int) FLOCK.call(fd, LOCK_EX | LOCK_NB);
    }
}
