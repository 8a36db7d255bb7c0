package io.penstock.linux.mem;

import io.penstock.linux.Errno;
import io.penstock.linux.SystemCallException;

/** What makes tests of single pages find the same on every machine. */
final class SmallPages {
    private static final int MADV_NOHUGEPAGE = 15;

    private SmallPages() {}

    /** Keeps a mapping on single pages: one huge page in their place would make all present at the first touch. */
    static void keepSmall(long address, long lengthBytes) {
        int answer = Mmap.advise(address, lengthBytes, MADV_NOHUGEPAGE);
        if (answer != 0 && answer != -Errno.EINVAL) { // a kernel that has no such pages does not know the advice
            throw new SystemCallException("madvise", -answer);
        }
    }
}
