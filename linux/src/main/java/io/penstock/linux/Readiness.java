package io.penstock.linux;

import io.penstock.linux.call.CriticalCall;
import io.penstock.linux.call.LibraryCall;
import java.lang.foreign.MemorySegment;

/**
 * Waiting for descriptors: ppoll(2), and eventfd(2).
 *
 * <pre>
 *   struct pollfd              struct timespec
 *    0 s32 fd                   0 s64 seconds
 *    4 s16 events               8 s64 nanoseconds
 *    6 s16 revents
 *    8
 * </pre>
 */
public final class Readiness {
    public static final int POLLFD_BYTES = 8;
    public static final int POLLFD_EVENTS = 4;
    public static final int POLLFD_REVENTS = 6;
    public static final int TIMESPEC_BYTES = 16;
    public static final short POLLIN = 1;

    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;

    private static final LibraryCall PPOLL = LibraryCall.ofInt("ppoll", 4);
    private static final CriticalCall POLL_NOW = CriticalCall.ofInt("poll", 3);
    private static final LibraryCall EVENTFD = LibraryCall.ofInt("eventfd", 2);

    private Readiness() {}

    /**
     * Waits until a descriptor is ready or the time is over.
     *
     * @param errnoState the caller's own slot
     * @param pollfds address of the array
     * @param timespec address of how long to wait
     * @return how many are ready, or the negative errno
     */
    public static int ppoll(MemorySegment errnoState, long pollfds, int count, long timespec) {
        return (int) PPOLL.call(errnoState, pollfds, count, timespec, 0L);
    }

    /**
     * How many of the descriptors are ready now, without waiting.
     *
     * <p>Without errno: a call that captures it makes an object unless it is compiled, and what is called only now and
     * then stays interpreted.
     *
     * @param pollfds address of the array
     */
    public static int pollNow(long pollfds, int count) {
        return POLL_NOW.call(pollfds, count, 0L);
    }

    /** A counter that is readable while it is not zero; reading (8 bytes) sets it to zero and does not block. */
    public static int eventfd() {
        return SystemCallException.check("eventfd", EVENTFD.call(0L, EFD_CLOEXEC | EFD_NONBLOCK));
    }
}
