package io.penstock.datapath.poll;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.Readiness;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Spins for a while, then sleeps in the kernel until a packet arrives, somebody calls {@link #wake()}, or something is due.
 *
 * <pre>
 *   loop's thread                        any other thread
 *     sleeping = true                      (puts its work where the loop looks)
 *     if (signalled)  do not sleep         signalled = true
 *     else            ppoll                if (sleeping)  write to the eventfd
 *     sleeping = false
 * </pre>
 *
 * <p>Both fields are volatile, and either side writes its own before it reads the other's: at least one of them sees the
 * other, so that no wake-up is lost. Waking a loop that does not sleep costs no system call.
 *
 * <p>An interrupt of the thread does not end the sleep: use {@link #wake()}.
 */
public final class BlockingIdle implements Idle {
    /** The longest sleep: the device's house-keeping, such as watching the link, wants a turn now and then. */
    private static final long MAX_SLEEP_NANOS = 1_000_000_000;

    private static final long NANOS_PER_SECOND = 1_000_000_000;
    /** Below this the way into the kernel and back takes longer than the wait. */
    private static final long MIN_SLEEP_NANOS = 2_000;

    private static final long NOT_SPINNING = Long.MIN_VALUE;
    private static final VarHandle SIGNALLED;

    static {
        try {
            SIGNALLED = MethodHandles.lookup().findVarHandle(BlockingIdle.class, "signalled", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long spinNanos;
    private final int eventFd;
    private final Arena arena = Arena.ofShared();
    private final WaitFds waits;
    private final long timespec;
    private final long counter;
    private final long drained;
    private final MemorySegment errnoState;

    private long pollfds;
    private int pollfdCount;
    private int pollfdCapacity;
    private int seenChanges;
    private long spinningSinceNanos = NOT_SPINNING;
    private volatile boolean sleeping;
    private volatile boolean signalled;
    private boolean closed;

    /**
     * For the stack that polls one device.
     *
     * @param waits become readable when packets arrive: the device's
     * @param spinNanos how long to look for packets before the first sleep; 0: sleep at once
     * @throws ConfigurationException if the device cannot be waited for
     */
    public BlockingIdle(WaitFds waits, long spinNanos) {
        if (waits.count() == 0) {
            throw new ConfigurationException(
                    "this device cannot be waited for: let its loop spin, or use another back end");
        }
        this.waits = waits;
        this.spinNanos = spinNanos;
        this.eventFd = Readiness.eventfd();
        this.timespec = arena.allocate(Readiness.TIMESPEC_BYTES, 8).address();
        this.counter = arena.allocate(Long.BYTES, 8).address();
        this.drained = arena.allocate(Long.BYTES, 8).address();
        this.errnoState = Errno.newState(arena);
        listPollfds();
        RawMemory.putLong(counter, 1);
    }

    /** The eventfd, and behind it what the device waits for now. */
    private void listPollfds() {
        seenChanges = waits.changes();
        pollfdCount = 1 + waits.count();
        if (pollfdCount > pollfdCapacity) {
            pollfdCapacity = 2 * pollfdCount;
            pollfds = arena.allocate((long) pollfdCapacity * Readiness.POLLFD_BYTES, 8)
                    .address();
        }
        pollfd(0, eventFd);
        for (int i = 1; i < pollfdCount; i++) {
            pollfd(i, waits.fd(i - 1));
        }
    }

    private void pollfd(int index, int fd) {
        long at = pollfds + (long) index * Readiness.POLLFD_BYTES;
        RawMemory.putInt(at, fd);
        RawMemory.putShort(at + Readiness.POLLFD_EVENTS, Readiness.POLLIN);
    }

    @Override
    public boolean idle(long nowNanos, long untilNanos) {
        if (spinningSinceNanos == NOT_SPINNING) {
            spinningSinceNanos = nowNanos;
        }
        long sleepNanos =
                untilNanos == Long.MAX_VALUE ? MAX_SLEEP_NANOS : Math.min(untilNanos - nowNanos, MAX_SLEEP_NANOS);
        if (nowNanos - spinningSinceNanos < spinNanos || sleepNanos < MIN_SLEEP_NANOS) {
            Thread.onSpinWait();
            return false;
        }
        sleeping = true;
        if (!signalled) {
            sleep(sleepNanos);
        }
        sleeping = false;
        // An exchange, not a store: what the waker did before is then visible to the turn that follows.
        boolean _ = (boolean) SIGNALLED.getAndSet(this, false);
        return true;
    }

    private void sleep(long nanos) {
        RawMemory.putLong(timespec, nanos / NANOS_PER_SECOND);
        RawMemory.putLong(timespec + 8, nanos % NANOS_PER_SECOND);
        if (waits.changes() != seenChanges) {
            listPollfds();
        }
        int ready = Readiness.ppoll(errnoState, pollfds, pollfdCount, timespec);
        if (ready > 0 && RawMemory.getShort(pollfds + Readiness.POLLFD_REVENTS) != 0) {
            long _ = FileDescriptors.read(eventFd, drained, Long.BYTES);
        }
    }

    @Override
    public void reset() {
        spinningSinceNanos = NOT_SPINNING;
    }

    @Override
    public void wake() {
        signalled = true;
        if (sleeping) {
            writeUnlessClosed();
        }
    }

    /** Not a moment after the close: the descriptor's number may be another file's by then. */
    private synchronized void writeUnlessClosed() {
        if (!closed) {
            long _ = FileDescriptors.write(eventFd, counter, Long.BYTES);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            FileDescriptors.close(eventFd);
            arena.close();
        }
    }
}
