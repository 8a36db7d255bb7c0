package io.penstock.linux;

import io.penstock.linux.call.LibraryCall;
import java.lang.foreign.Arena;

/**
 * epoll(7), level-triggered, with the descriptor as an event's data. One thread: the one that made it.
 *
 * <pre>
 *   struct epoll_event on x86-64, packed       elsewhere
 *   0         4                  12            0         4         8                16
 *   +---------+------------------+             +---------+---------+----------------+
 *   | events  |       data       |             | events  |    -    |      data      |
 *   +---------+------------------+             +---------+---------+----------------+
 * </pre>
 */
public final class Epoll implements AutoCloseable {
    public static final int IN = 1;
    public static final int OUT = 4;

    private static final int ADD = 1;
    private static final int MODIFY = 3;
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");
    private static final int EVENT_BYTES = PACKED ? 12 : 16;
    private static final int DATA_OFFSET = PACKED ? 4 : 8;

    private static final LibraryCall CREATE = LibraryCall.ofInt("epoll_create1", 1);
    private static final LibraryCall CONTROL = LibraryCall.ofInt("epoll_ctl", 4);
    private static final LibraryCall WAIT = LibraryCall.ofInt("epoll_wait", 4);

    private final int fd;
    private final int capacity;
    private final Arena arena = Arena.ofConfined();
    private final long events;

    /** @param capacity how many events one wait brings at most */
    public Epoll(int capacity) {
        this.capacity = capacity;
        this.events = arena.allocate((long) capacity * EVENT_BYTES, 8).address();
        fd = SystemCallException.check("epoll_create1", CREATE.call(EPOLL_CLOEXEC));
    }

    /** Watches a descriptor; a closed one drops out by itself. */
    public void add(int watched, int mask) {
        control(ADD, watched, mask);
    }

    /** Changes what a watched descriptor is watched for. */
    public void modify(int watched, int mask) {
        control(MODIFY, watched, mask);
    }

    private void control(int operation, int watched, int mask) {
        // The events of the last wait have been read: their memory serves.
        long event = events + (long) (capacity - 1) * EVENT_BYTES;
        RawMemory.putInt(event, mask);
        RawMemory.putLong(event + DATA_OFFSET, watched);
        SystemCallException.check("epoll_ctl", CONTROL.call(fd, operation, watched, event));
    }

    /**
     * Waits for events.
     *
     * @param timeoutMillis 0 only looks, -1 waits for ever
     * @return how many there are, or the negative errno
     */
    public int await(int timeoutMillis) {
        // One event less than there is room for: the last one is what control() writes to.
        return (int) WAIT.call(fd, events, (capacity - 1), timeoutMillis);
    }

    /** The descriptor of an event of the last wait. */
    public int descriptor(int index) {
        return (int) RawMemory.getLong(events + (long) index * EVENT_BYTES + DATA_OFFSET);
    }

    /** What happened to it: {@link #IN}, {@link #OUT} and the kernel's other bits. */
    public int mask(int index) {
        return RawMemory.getInt(events + (long) index * EVENT_BYTES);
    }

    @Override
    public void close() {
        FileDescriptors.close(fd);
        arena.close();
    }
}
