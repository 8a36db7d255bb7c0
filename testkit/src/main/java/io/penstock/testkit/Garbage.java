package io.penstock.testkit;

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

    /** How many bytes of the Java heap the calling thread has taken since it began. */
    public static long allocatedBytes() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }

    /** How many bytes of the Java heap the calling thread takes while it runs something. */
    public static long allocatedBytes(Runnable work) {
        long before = allocatedBytes();
        work.run();
        return allocatedBytes() - before;
    }

    /**
     * Runs ten windows of a workload that is warm and fails unless nearly all of them allocate not one byte.
     *
     * @param window thousands of requests, the same in every window, on the calling thread
     */
    public static void assertNone(Runnable window) {
        long[] allocated = new long[WINDOWS];
        long _ = allocatedBytes(); // its own first call may allocate
        for (int i = 0; i < WINDOWS; i++) {
            allocated[i] = allocatedBytes(window);
        }
        long max = Arrays.stream(allocated).max().orElseThrow();
        long clean = Arrays.stream(allocated).filter(bytes -> bytes == 0).count();
        if (max > STRAY_BYTES || clean < CLEAN_WINDOWS) {
            throw new AssertionError("bytes allocated in " + WINDOWS + " windows: " + Arrays.toString(allocated)
                    + "; expected at most " + STRAY_BYTES + " in one, and " + CLEAN_WINDOWS + " without any");
        }
    }
}
