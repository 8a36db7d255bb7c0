package io.penstock.linux;

import io.penstock.linux.call.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * futex(2): sleeping until a 32-bit word of memory changes, and waking who sleeps. Works between processes that map the same
 * memory, each at whatever address (no FUTEX_PRIVATE_FLAG).
 *
 * <pre>
 *   who waits                               who wakes
 *     while (the word is still v)             put something else into the word
 *       Futex.await(word, v, timeout)         Futex.wake(word, 1)
 * </pre>
 *
 * <p>The kernel compares the word once more before it sleeps, so that no wake-up is lost; that one returns says only that the
 * word is worth another look. Any thread. Nothing is allocated after a thread's first wait.
 */
public final class Futex {
    /** How long to wait for ever. */
    public static final long FOREVER = Long.MAX_VALUE;
    /** All who wait. */
    public static final int ALL = Integer.MAX_VALUE;

    private static final SystemCall FUTEX = new SystemCall("futex", 202, 98);
    private static final int FUTEX_WAIT = 0;
    private static final int FUTEX_WAKE = 1;
    private static final int TIMESPEC_BYTES = 16;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    /** One a thread, never freed: threads that wait so are few and live long. */
    private static final ThreadLocal<MemorySegment> TIMESPEC =
            ThreadLocal.withInitial(() -> Arena.global().allocate(TIMESPEC_BYTES, Long.BYTES));

    private Futex() {}

    /**
     * Sleeps as long as the word has this value and nobody wakes.
     *
     * @param address of the word, a multiple of 4
     * @param timeoutNanos how long at most, on the monotonic clock; 0 or less: not at all; {@link #FOREVER}
     * @return 0: somebody woke this, or it woke by itself; or the negative errno: EAGAIN, the word had another value; ETIMEDOUT;
     *     EINTR, a signal came; EINVAL, the address is no multiple of 4; EFAULT (14), no memory is there
     */
    public static int await(long address, int expected, long timeoutNanos) {
        if (timeoutNanos == FOREVER) {
            return (int) FUTEX.call(address, FUTEX_WAIT, expected, 0);
        }
        long nanos = Math.max(timeoutNanos, 0);
        long timespec = TIMESPEC.get().address();
        RawMemory.putLong(timespec, nanos / NANOS_PER_SECOND);
        RawMemory.putLong(timespec + Long.BYTES, nanos % NANOS_PER_SECOND);
        return (int) FUTEX.call(address, FUTEX_WAIT, expected, timespec);
    }

    /**
     * Wakes who waits for a change of the word. The word must have been changed before.
     *
     * @param address of the word, a multiple of 4
     * @param most how many to wake; {@link #ALL}
     * @return how many were woken, or the negative errno: EINVAL, EFAULT (14)
     */
    public static int wake(long address, int most) {
        return (int) FUTEX.call(address, FUTEX_WAKE, most, 0);
    }
}
