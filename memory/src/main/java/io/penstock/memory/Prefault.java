package io.penstock.memory;

import io.penstock.linux.Errno;
import io.penstock.linux.RawMemory;
import io.penstock.linux.mem.Mmap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Fetches all pages of a mapping on several threads at once.
 *
 * <p>The kernel zeroes each page when it is first touched, on the core that touches it. MAP_POPULATE does so for the whole
 * mapping on one core, which takes seconds for large regions. Here threads take parts of the mapping in turn and ask for
 * them with MADV_POPULATE_WRITE, which answers with an error where a plain touch would end the process with SIGBUS
 * (a huge page that is not there).
 */
final class Prefault {
    /** Small enough to share the work evenly, large enough that taking the next part costs nothing. */
    private static final long PART_BYTES = 32L << 20;

    private Prefault() {}

    /** Returns 0 or the negative errno of the first part that failed; then other parts may be populated or not. */
    static int run(long address, long lengthBytes, long pageBytes, int threadCount) {
        long partBytes = Math.max(PART_BYTES, pageBytes);
        AtomicLong nextPart = new AtomicLong();
        AtomicInteger failure = new AtomicInteger();
        Runnable work = () -> {
            long from = nextPart.getAndAdd(partBytes);
            while (from < lengthBytes && failure.get() == 0) {
                int result = populate(address + from, Math.min(partBytes, lengthBytes - from), pageBytes);
                if (result < 0) {
                    failure.compareAndSet(0, result);
                }
                from = nextPart.getAndAdd(partBytes);
            }
        };
        Thread[] helpers = new Thread[threadCount - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] =
                    Thread.ofPlatform().name("prefault-" + (i + 1)).daemon().start(work);
        }
        work.run();
        boolean interrupted = false;
        for (Thread helper : helpers) {
            interrupted |= joinWhateverHappens(helper);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return failure.get();
    }

    /** The mapping must not be given back while a thread still works on it. Returns whether there was an interrupt. */
    private static boolean joinWhateverHappens(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                return interrupted;
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
    }

    private static int populate(long address, long lengthBytes, long pageBytes) {
        int result = Mmap.populate(address, lengthBytes);
        if (result != -Errno.EINVAL) {
            return result;
        }
        for (long at = 0; at < lengthBytes; at += pageBytes) { // before Linux 5.14
            RawMemory.putByte(address + at, (byte) 0);
        }
        return 0;
    }
}
