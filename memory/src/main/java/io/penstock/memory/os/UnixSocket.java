package io.penstock.memory.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Local sockets that keep messages apart and carry descriptors: AF_UNIX, SOCK_SEQPACKET, SCM_RIGHTS (unix(7), cmsg(3)).
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

    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_SNDTIMEO = 21;
    private static final int SCM_RIGHTS = 1;

    private static final int MSG_CTRUNC = 0x08;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;

    private static final byte[] NOTHING = {};

    private static final MethodHandle SOCKET = Libc.function("socket", JAVA_INT, 3);
    private static final MethodHandle BIND = Libc.function("bind", JAVA_INT, 3);
    private static final MethodHandle LISTEN = Libc.function("listen", JAVA_INT, 2);
    private static final MethodHandle CONNECT = Libc.function("connect", JAVA_INT, 3);
    private static final MethodHandle ACCEPT4 = Libc.function("accept4", JAVA_INT, 4);
    private static final MethodHandle SETSOCKOPT = Libc.function("setsockopt", JAVA_INT, 5);
    private static final MethodHandle SENDMSG = Libc.function("sendmsg", JAVA_LONG, 3);
    private static final MethodHandle RECVMSG = Libc.function("recvmsg", JAVA_LONG, 3);

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
            boolean listening =
                    (int) BIND.invokeExact(Libc.errnoState(), (long) fd, address.address(), address.byteSize()) == 0
                            && (int) LISTEN.invokeExact(Libc.errnoState(), (long) fd, (long) backlog) == 0;
            return listening ? fd : closeAndAnswer(fd, -Libc.errno());
        } catch (Throwable thrown) {
            FileDescriptors.close(fd);
            throw Libc.unexpected(thrown);
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
                int refused = waitAtMost(arena, fd, SO_SNDTIMEO, deadline.leftNanos());
                if (refused != 0) {
                    return closeAndAnswer(fd, refused);
                }
                if ((int) CONNECT.invokeExact(Libc.errnoState(), (long) fd, address.address(), address.byteSize())
                        == 0) {
                    return fd;
                }
                errno = Libc.errno();
            } while (errno == Errno.EINTR && !deadline.isOver());
            return closeAndAnswer(fd, errno == Errno.EINTR ? -Errno.EAGAIN : -errno);
        } catch (Throwable thrown) {
            FileDescriptors.close(fd);
            throw Libc.unexpected(thrown);
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
        try (Arena arena = Arena.ofConfined()) {
            int errno;
            do {
                int refused = waitAtMost(arena, listeningFd, SO_RCVTIMEO, deadline.leftNanos());
                if (refused != 0) {
                    return refused;
                }
                int fd = (int) ACCEPT4.invokeExact(Libc.errnoState(), (long) listeningFd, 0L, 0L, (long) SOCK_CLOEXEC);
                if (fd >= 0) {
                    return fd;
                }
                errno = Libc.errno();
            } while (errno == Errno.EINTR && !deadline.isOver());
            return errno == Errno.EINTR ? -Errno.EAGAIN : -errno;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
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
            message.putDescriptors(SOL_SOCKET, SCM_RIGHTS, descriptors);
            int errno;
            do {
                int refused = waitAtMost(arena, fd, SO_SNDTIMEO, deadline.leftNanos());
                if (refused != 0) {
                    return refused;
                }
                if ((long) SENDMSG.invokeExact(Libc.errnoState(), (long) fd, message.address(), (long) MSG_NOSIGNAL)
                        >= 0) {
                    return 0; // a packet goes whole or not at all
                }
                errno = Libc.errno();
            } while (errno == Errno.EINTR && !deadline.isOver());
            return errno == Errno.EINTR ? -Errno.EAGAIN : -errno;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
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
                int refused = waitAtMost(arena, fd, SO_RCVTIMEO, deadline.leftNanos());
                if (refused != 0) {
                    return without(Outcome.FAILED, -refused);
                }
                message.offerRoom();
                long count = (long)
                        RECVMSG.invokeExact(Libc.errnoState(), (long) fd, message.address(), (long) MSG_CMSG_CLOEXEC);
                if (count >= 0) {
                    return judge(message, (int) count);
                }
                errno = Libc.errno();
            } while (errno == Errno.EINTR && !deadline.isOver());
            return errno == Errno.EAGAIN || errno == Errno.EINTR
                    ? without(Outcome.TIMED_OUT, 0)
                    : without(Outcome.FAILED, errno);
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    private static Received judge(SocketMessage message, int payloadBytes) {
        int[] descriptors = message.descriptors(SOL_SOCKET, SCM_RIGHTS);
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
        try {
            int fd = (int)
                    SOCKET.invokeExact(Libc.errnoState(), (long) AF_UNIX, (long) (SOCK_SEQPACKET | SOCK_CLOEXEC), 0L);
            return fd < 0 ? -Libc.errno() : fd;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
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
        RawMemory.putShort(address.address(), (short) AF_UNIX);
        RawMemory.copyFrom(name, 0, address.address() + Short.BYTES, name.length);
        return address;
    }

    /** SO_RCVTIMEO and SO_SNDTIMEO take a struct timeval: seconds and microseconds, 8 bytes each; zero is for ever. */
    private static int waitAtMost(Arena arena, int fd, int option, long nanos) throws Throwable {
        long micros = Math.max(1, nanos / 1000 + 1);
        long timeval = arena.allocate(2L * Long.BYTES, Long.BYTES).address();
        RawMemory.putLong(timeval, micros / 1_000_000);
        RawMemory.putLong(timeval + Long.BYTES, micros % 1_000_000);
        int failed = (int) SETSOCKOPT.invokeExact(
                Libc.errnoState(), (long) fd, (long) SOL_SOCKET, (long) option, timeval, 2L * Long.BYTES);
        return failed == 0 ? 0 : -Libc.errno();
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
