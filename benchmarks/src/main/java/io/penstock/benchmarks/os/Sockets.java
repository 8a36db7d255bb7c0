package io.penstock.benchmarks.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.Libc;
import io.penstock.memory.os.RawMemory;
import io.penstock.memory.os.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;

/**
 * Kernel sockets by direct system calls, so that what is measured is the kernel and not a class library: a call costs
 * 7 ns more than in C.
 *
 * <p>The calls of the data path return the negative errno; those of the set-up throw {@link SystemCallException}.
 */
public final class Sockets {
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int MSG_DONTWAIT = 0x40;

    private static final int AF_INET = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_LINGER = 13;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_NODELAY = 1;

    private static final MethodHandle SOCKET = Libc.function("socket", JAVA_INT, 3);
    private static final MethodHandle BIND = Libc.function("bind", JAVA_INT, 3);
    private static final MethodHandle LISTEN = Libc.function("listen", JAVA_INT, 2);
    private static final MethodHandle ACCEPT4 = Libc.function("accept4", JAVA_INT, 4);
    private static final MethodHandle CONNECT = Libc.function("connect", JAVA_INT, 3);
    private static final MethodHandle GETSOCKNAME = Libc.function("getsockname", JAVA_INT, 3);
    private static final MethodHandle SETSOCKOPT = Libc.function("setsockopt", JAVA_INT, 5);
    private static final MethodHandle RECV = Libc.function("recv", JAVA_LONG, 4);
    private static final MethodHandle SEND = Libc.function("send", JAVA_LONG, 4);
    private static final MethodHandle RECVFROM = Libc.function("recvfrom", JAVA_LONG, 6);
    private static final MethodHandle SENDTO = Libc.function("sendto", JAVA_LONG, 6);

    private Sockets() {}

    /** A new IPv4 socket; for TCP with Nagle's algorithm off, as every echo server has it. */
    public static int open(int type) {
        int fd = check("socket", call3(SOCKET, AF_INET, type | SOCK_CLOEXEC, 0));
        if (type == SOCK_STREAM) {
            setNoDelay(fd);
        }
        return fd;
    }

    /** Turns Nagle's algorithm off. */
    public static void setNoDelay(int fd) {
        setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    }

    /** Room for bursts of datagrams from many sockets. */
    public static void setBuffers(int fd, int lengthBytes) {
        setOption(fd, SOL_SOCKET, SO_RCVBUF, lengthBytes);
        setOption(fd, SOL_SOCKET, SO_SNDBUF, lengthBytes);
    }

    /** A close then resets: the harness's connections leave no TIME_WAIT behind for the next measurement. */
    public static void setLingerZero(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            long value = arena.allocate(8, 8).address();
            RawMemory.putInt(value, 1);
            check("setsockopt SO_LINGER", call5(SETSOCKOPT, fd, SOL_SOCKET, SO_LINGER, value, 8));
        }
    }

    /** Gives a socket its local address. */
    public static void bind(int fd, SocketAddress4 local) {
        setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        check("bind", call3(BIND, fd, local.address(), SocketAddress4.LENGTH_BYTES));
    }

    /** The local port, for a socket bound to port 0. */
    public static int localPort(int fd) {
        SocketAddress4 local = new SocketAddress4();
        try (Arena arena = Arena.ofConfined()) {
            long length = arena.allocate(8, 8).address();
            RawMemory.putInt(length, SocketAddress4.LENGTH_BYTES);
            check("getsockname", call3(GETSOCKNAME, fd, local.address(), length));
        }
        return local.port();
    }

    /** Makes a bound TCP socket a listener. */
    public static void listen(int fd, int backlog) {
        try {
            check("listen", negative((int) LISTEN.invokeExact(Libc.errnoState(), (long) fd, (long) backlog)));
        } catch (SystemCallException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Takes a connection: a descriptor, or the negative errno. It waits if the listener does. */
    public static int accept(int fd, int flags) {
        try {
            return negative((int) ACCEPT4.invokeExact(Libc.errnoState(), (long) fd, 0L, 0L, (long) flags));
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Connects and waits for it. Returns 0 or the negative errno. */
    public static int connect(int fd, SocketAddress4 remote) {
        return call3(CONNECT, fd, remote.address(), SocketAddress4.LENGTH_BYTES);
    }

    /** Returns how many bytes came, 0 at the end of the stream, or the negative errno. */
    public static int receive(int fd, long address, int lengthBytes, int flags) {
        try {
            long count =
                    (long) RECV.invokeExact(Libc.errnoState(), (long) fd, address, (long) lengthBytes, (long) flags);
            return count < 0 ? -Libc.errno() : (int) count;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Returns how many bytes went, or the negative errno. */
    public static int send(int fd, long address, int lengthBytes, int flags) {
        try {
            long count = (long) SEND.invokeExact(
                    Libc.errnoState(), (long) fd, address, (long) lengthBytes, (long) (flags | MSG_NOSIGNAL));
            return count < 0 ? -Libc.errno() : (int) count;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Takes a datagram and its sender. {@code lengthAddress}: four bytes that hold the size of {@code sender}. */
    public static int receiveFrom(
            int fd, long address, int lengthBytes, int flags, SocketAddress4 sender, long lengthAddress) {
        try {
            RawMemory.putInt(lengthAddress, SocketAddress4.LENGTH_BYTES);
            long count = (long) RECVFROM.invokeExact(
                    Libc.errnoState(),
                    (long) fd,
                    address,
                    (long) lengthBytes,
                    (long) flags,
                    sender.address(),
                    lengthAddress);
            return count < 0 ? -Libc.errno() : (int) count;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Sends a datagram. Returns how many bytes went, or the negative errno. */
    public static int sendTo(int fd, long address, int lengthBytes, int flags, SocketAddress4 receiver) {
        try {
            long count = (long) SENDTO.invokeExact(
                    Libc.errnoState(), (long) fd, address, (long) lengthBytes, (long) flags, receiver.address(), (long)
                            SocketAddress4.LENGTH_BYTES);
            return count < 0 ? -Libc.errno() : (int) count;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Closes. */
    public static void close(int fd) {
        FileDescriptors.close(fd);
    }

    private static void setOption(int fd, int level, int option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(4, 4).address();
            RawMemory.putInt(address, value);
            check("setsockopt " + level + ":" + option, call5(SETSOCKOPT, fd, level, option, address, 4));
        }
    }

    private static int call3(MethodHandle handle, long a, long b, long c) {
        try {
            return negative((int) handle.invokeExact(Libc.errnoState(), a, b, c));
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    private static int call5(MethodHandle handle, long a, long b, long c, long d, long e) {
        try {
            return negative((int) handle.invokeExact(Libc.errnoState(), a, b, c, d, e));
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    private static int negative(int result) {
        return result < 0 ? -Libc.errno() : result;
    }

    private static int check(String call, int result) {
        if (result < 0) {
            throw new SystemCallException(call, -result);
        }
        return result;
    }
}
