package io.penstock.linux.net;

import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Local sockets that keep messages apart and carry descriptors: Sockets.AF_UNIX, SOCK_SEQPACKET, SCM_RIGHTS (unix(7), cmsg(3)).
 * Raw calls, no policy. Methods that can fail return the negative errno.
 *
 * <p>A message is at least one byte, as an empty one cannot be told from the end of the connection, and carries one
 * descriptor or none. What else arrives is answered by name ({@link Outcome}), and every descriptor that came with it is
 * closed: a peer cannot fill this process's table. Who may connect is a matter of the path's folder and its permissions.
 *
 * <p>Any thread; a socket is for one sender and one receiver at a time.
 */
public final class UnixSocket {
    /** In place of a descriptor: there is none. */
    public static final int NO_DESCRIPTOR = -1;
    /** The longest path that fits in {@code sun_path} with its terminating zero. */
    public static final int MAX_PATH_BYTES = 107;

    /** What a call to {@link #receiveDescriptor} found. */
    public enum Outcome {
        /** A message with one descriptor, which belongs to the caller from now on. */
        DESCRIPTOR,
        /** A message without a descriptor. */
        NO_DESCRIPTOR,
        /** A message with more than one descriptor; all were closed. */
        SEVERAL_DESCRIPTORS,
        /** The message or what came with it was longer than the room for it; the rest is lost, descriptors were closed. */
        TRUNCATED,
        /** The peer has closed the connection. */
        CLOSED,
        /** Nothing came in the time given. */
        TIMED_OUT,
        /** The kernel refused: see {@link Received#errno}. */
        FAILED
    }

    /**
     * A message.
     *
     * @param outcome what it is
     * @param descriptor the caller's to close, or {@link #NO_DESCRIPTOR} unless the outcome is DESCRIPTOR; close-on-exec
     * @param payload its bytes, if the outcome is DESCRIPTOR or NO_DESCRIPTOR, else empty
     * @param errno why, if the outcome is FAILED, else 0
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    public record Received(Outcome outcome, int descriptor, byte[] payload, int errno) {}

    private static final int SCM_RIGHTS = 1;

    private static final int MSG_CTRUNC = 0x08;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;

    private static final byte[] NOTHING = {};

    private UnixSocket() {}

    /**
     * Listens on a path. The file gets the permissions that the process's umask leaves it, and stays behind when the
     * socket is closed: both are the caller's to mend.
     *
     * @param backlog how many connections may wait for {@link #accept}
     * @return the descriptor, or the negative errno. EADDRINUSE: there is such a file already.
     */
    public static int listen(Path path, int backlog) {
        byte[] name = name(path);
        int fd = open();
        if (fd < 0) {
            return fd;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = address(arena, name);
            int bound = Sockets.bind(fd, address.address(), address.byteSize());
            int result = bound != 0 ? bound : Sockets.tryListen(fd, backlog);
            return result == 0 ? fd : closeAndAnswer(fd, result);
        }
    }

    /**
     * Connects to who listens on a path. Waits while as many connections as the listener's backlog wait for it.
     *
     * @param timeoutNanos how long at most, rounded up to microseconds; at least 1
     * @return the descriptor, or the negative errno. ENOENT: there is no such file. ECONNREFUSED: nobody listens.
     *     EAGAIN: the time is over.
     */
    public static int connect(Path path, long timeoutNanos) {
        byte[] name = name(path);
        Deadline deadline = new Deadline(timeoutNanos);
        int fd = open();
        if (fd < 0) {
            return fd;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = address(arena, name);
            int errno;
            do {
                int refused = waitAtMost(fd, Sockets.SO_SNDTIMEO, deadline.leftNanos());
                if (refused != 0) {
                    return closeAndAnswer(fd, refused);
                }
                errno = -Sockets.connect(fd, address.address(), address.byteSize());
                if (errno == 0) {
                    return fd;
                }
            } while (errno == Errno.EINTR && !deadline.isOver());
            return closeAndAnswer(fd, errno == Errno.EINTR ? -Errno.EAGAIN : -errno);
        }
    }

    /**
     * Takes the next connection.
     *
     * @param timeoutNanos how long to wait at most, rounded up to microseconds; at least 1
     * @return its descriptor, or the negative errno. EAGAIN: nobody came.
     */
    public static int accept(int listeningFd, long timeoutNanos) {
        Deadline deadline = new Deadline(timeoutNanos);
        int errno;
        do {
            int refused = waitAtMost(listeningFd, Sockets.SO_RCVTIMEO, deadline.leftNanos());
            if (refused != 0) {
                return refused;
            }
            int fd = Sockets.accept(listeningFd, Sockets.SOCK_CLOEXEC);
            if (fd >= 0) {
                return fd;
            }
            errno = -fd;
        } while (errno == Errno.EINTR && !deadline.isOver());
        return errno == Errno.EINTR ? -Errno.EAGAIN : -errno;
    }

    /**
     * Sends a message with a descriptor. The receiver gets a descriptor of its own for the same open file; this one stays
     * the caller's. Waits while the receiver's queue is full.
     *
     * @param payload at least one byte
     * @param timeoutNanos how long to wait at most, rounded up to microseconds; at least 1
     * @return 0 or the negative errno. EAGAIN: the queue stayed full. EPIPE (32) or ECONNRESET: the peer is gone. EBADF:
     *     there is no such descriptor. EMSGSIZE: the payload is longer than the socket's send buffer.
     */
    public static int sendDescriptor(int fd, int descriptor, byte[] payload, long timeoutNanos) {
        return send(fd, new int[] {descriptor}, payload, timeoutNanos);
    }

    /** Sends a message without a descriptor; else as {@link #sendDescriptor}. */
    public static int send(int fd, byte[] payload, long timeoutNanos) {
        return send(fd, new int[0], payload, timeoutNanos);
    }

    static int send(int fd, int[] descriptors, byte[] payload, long timeoutNanos) {
        if (payload.length == 0) {
            throw new IllegalArgumentException("a message needs at least one byte: an empty one looks like the end");
        }
        Deadline deadline = new Deadline(timeoutNanos);
        try (Arena arena = Arena.ofConfined()) {
            SocketMessage message = new SocketMessage(arena, payload.length, descriptors.length);
            message.put(payload);
            message.putDescriptors(Sockets.SOL_SOCKET, SCM_RIGHTS, descriptors);
            int errno;
            do {
                int refused = waitAtMost(fd, Sockets.SO_SNDTIMEO, deadline.leftNanos());
                if (refused != 0) {
                    return refused;
                }
                long sent = Sockets.sendMessage(fd, message.address(), Sockets.MSG_NOSIGNAL);
                if (sent >= 0) {
                    return 0; // a packet goes whole or not at all
                }
                errno = (int) -sent;
            } while (errno == Errno.EINTR && !deadline.isOver());
            return errno == Errno.EINTR ? -Errno.EAGAIN : -errno;
        }
    }

    /**
     * Receives a message and the descriptor that it carries.
     *
     * @param maxPayloadBytes the longest message that is understood, at least 1
     * @param timeoutNanos how long to wait at most, rounded up to microseconds; at least 1
     */
    public static Received receiveDescriptor(int fd, int maxPayloadBytes, long timeoutNanos) {
        if (maxPayloadBytes < 1) {
            throw new IllegalArgumentException("room for at least 1 byte, not " + maxPayloadBytes);
        }
        Deadline deadline = new Deadline(timeoutNanos);
        try (Arena arena = Arena.ofConfined()) {
            // Aligned as it must be, room for one descriptor is room for two (CMSG_SPACE(4) == CMSG_SPACE(8)): one too
            // many is seen and closed here; the kernel closes what does not fit, and sets MSG_CTRUNC (unix(7)).
            SocketMessage message = new SocketMessage(arena, maxPayloadBytes, 2);
            int errno;
            do {
                int refused = waitAtMost(fd, Sockets.SO_RCVTIMEO, deadline.leftNanos());
                if (refused != 0) {
                    return without(Outcome.FAILED, -refused);
                }
                message.offerRoom();
                long count = Sockets.receiveMessage(fd, message.address(), MSG_CMSG_CLOEXEC);
                if (count >= 0) {
                    return judge(message, (int) count);
                }
                errno = (int) -count;
            } while (errno == Errno.EINTR && !deadline.isOver());
            return errno == Errno.EAGAIN || errno == Errno.EINTR
                    ? without(Outcome.TIMED_OUT, 0)
                    : without(Outcome.FAILED, errno);
        }
    }

    private static Received judge(SocketMessage message, int payloadBytes) {
        int[] descriptors = message.descriptors(Sockets.SOL_SOCKET, SCM_RIGHTS);
        boolean truncated = (message.flags() & (MSG_TRUNC | MSG_CTRUNC)) != 0;
        if (truncated || descriptors.length > 1) {
            for (int descriptor : descriptors) {
                FileDescriptors.close(descriptor);
            }
            return without(truncated ? Outcome.TRUNCATED : Outcome.SEVERAL_DESCRIPTORS, 0);
        }
        if (descriptors.length == 1) {
            return new Received(Outcome.DESCRIPTOR, descriptors[0], message.payload(payloadBytes), 0);
        }
        return payloadBytes == 0
                ? without(Outcome.CLOSED, 0)
                : new Received(Outcome.NO_DESCRIPTOR, NO_DESCRIPTOR, message.payload(payloadBytes), 0);
    }

    private static Received without(Outcome outcome, int errno) {
        return new Received(outcome, NO_DESCRIPTOR, NOTHING, errno);
    }

    private static int open() {
        return Sockets.open(Sockets.AF_UNIX, Sockets.SOCK_SEQPACKET, 0);
    }

    private static byte[] name(Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length > MAX_PATH_BYTES) {
            // No bytes would be a name in the abstract namespace, which no permissions guard.
            throw new IllegalArgumentException(
                    "a socket's path has 1 to " + MAX_PATH_BYTES + " bytes, not " + name.length + ": " + path);
        }
        return name;
    }

    /**
     * Makes the structure with the name.
     *
     * <pre>
     *   struct sockaddr_un (linux/un.h)
     *    0 +-------------+----------------------------------------------+ 110
     *      | family  u16 | path, ends with a zero                       |
     *      +-------------+----------------------------------------------+
     * </pre>
     */
    private static MemorySegment address(Arena arena, byte[] name) {
        MemorySegment address = arena.allocate(Short.BYTES + name.length + 1L, Long.BYTES);
        RawMemory.putShort(address.address(), (short) Sockets.AF_UNIX);
        RawMemory.copyFrom(name, 0, address.address() + Short.BYTES, name.length);
        return address;
    }

    /** Rounded up, as zero microseconds would be for ever. */
    private static int waitAtMost(int fd, int option, long nanos) {
        return Sockets.setTimeout(fd, option, Math.max(1, nanos / 1000 + 1));
    }

    private static int closeAndAnswer(int fd, int answer) {
        FileDescriptors.close(fd);
        return answer;
    }

    /** A signal ends a wait early (signal(7): calls with a timeout are never restarted): the rest is waited then. */
    private static final class Deadline {
        private final long nanoTime;

        Deadline(long timeoutNanos) {
            if (timeoutNanos < 1) {
                throw new IllegalArgumentException("a timeout is at least 1 ns, not " + timeoutNanos);
            }
            nanoTime = System.nanoTime() + timeoutNanos;
        }

        long leftNanos() {
            return nanoTime - System.nanoTime();
        }

        boolean isOver() {
            return leftNanos() <= 0;
        }
    }
}
