package io.penstock.libos.tcp.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * Tells garbage that each request makes from what the virtual machine itself leaves behind: a branch taken for the first
 * time throws its method back to the interpreter, which boxes a handful of arguments until the method is compiled anew.
 * The first kind shows in every window of a steady run, the second in one or two of them.
 */
public final class Garbage {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int WINDOWS = 10;
    private static final int CLEAN_WINDOWS = 8;
    /** What a window that is not clean may hold: boxes of a few calls, never an object a request. */
    private static final long STRAY_BYTES = 2_000;

    private Garbage() {}

    /**
     * Runs ten windows of a workload that is warm and fails unless nearly all of them allocate not one byte.
     *
     * @param window thousands of requests, the same in every window, on the calling thread
     */
    public static void assertNone(Runnable window) {
        long[] allocated = new long[WINDOWS];
        THREADS.getCurrentThreadAllocatedBytes(); // its own first call may allocate
        for (int i = 0; i < WINDOWS; i++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            window.run();
            allocated[i] = THREADS.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(Arrays.stream(allocated).max().orElseThrow())
                .as("most bytes of %s", Arrays.toString(allocated))
                .isLessThanOrEqualTo(STRAY_BYTES);
        assertThat(Arrays.stream(allocated).filter(bytes -> bytes == 0).count())
                .as("clean windows of %s", Arrays.toString(allocated))
                .isGreaterThanOrEqualTo(CLEAN_WINDOWS);
    }
}
