package io.penstock.linux.net;

import static io.penstock.linux.SystemCallException.check;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.SystemCallException;
import io.penstock.linux.call.LibraryCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The calls of socket(7), once for all families; and IPv4's, without a class library in between: a call costs 7 ns more than
 * in C.
 *
 * <p>The calls of the data path return the negative errno; those of the set-up throw {@link SystemCallException}.
 */
public final class Sockets {
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int MSG_DONTWAIT = 0x40;

    static final int AF_UNIX = 1;
    static final int AF_INET = 2;
    static final int AF_NETLINK = 16;
    static final int AF_PACKET = 17;
    static final int SOCK_RAW = 3;
    static final int SOCK_SEQPACKET = 5;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int SOL_SOCKET = 1;
    static final int SO_RCVTIMEO = 20;
    static final int SO_SNDTIMEO = 21;
    static final int MSG_NOSIGNAL = 0x4000;

    private static final int SO_REUSEADDR = 2;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_LINGER = 13;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_NODELAY = 1;

    private static final LibraryCall SOCKET = LibraryCall.ofInt("socket", 3);
    private static final LibraryCall BIND = LibraryCall.ofInt("bind", 3);
    private static final LibraryCall LISTEN = LibraryCall.ofInt("listen", 2);
    private static final LibraryCall ACCEPT4 = LibraryCall.ofInt("accept4", 4);
    private static final LibraryCall CONNECT = LibraryCall.ofInt("connect", 3);
    private static final LibraryCall GETSOCKNAME = LibraryCall.ofInt("getsockname", 3);
    private static final LibraryCall SETSOCKOPT = LibraryCall.ofInt("setsockopt", 5);
    private static final LibraryCall GETSOCKOPT = LibraryCall.ofInt("getsockopt", 5);
    private static final LibraryCall RECV = LibraryCall.ofLong("recv", 4);
    private static final LibraryCall SEND = LibraryCall.ofLong("send", 4);
    private static final LibraryCall RECVFROM = LibraryCall.ofLong("recvfrom", 6);
    private static final LibraryCall SENDTO = LibraryCall.ofLong("sendto", 6);
    private static final LibraryCall RECVMSG = LibraryCall.ofLong("recvmsg", 3);
    private static final LibraryCall SENDMSG = LibraryCall.ofLong("sendmsg", 3);

    private Sockets() {}

    // ---- of every family: raw calls, which answer with the negative errno

    /** socket(2), closed on exec. */
    static int open(int family, int type, int protocol) {
        return (int) SOCKET.call(family, type | SOCK_CLOEXEC, protocol);
    }

    /** bind(2). */
    static int bind(int fd, long address, long addressBytes) {
        return (int) BIND.call(fd, address, addressBytes);
    }

    /** connect(2). */
    static int connect(int fd, long address, long addressBytes) {
        return (int) CONNECT.call(fd, address, addressBytes);
    }

    /** listen(2). */
    static int tryListen(int fd, int backlog) {
        return (int) LISTEN.call(fd, backlog);
    }

    /** setsockopt(2). */
    static int setOption(int fd, int level, int option, long address, long lengthBytes) {
        return (int) SETSOCKOPT.call(fd, level, option, address, lengthBytes);
    }

    /** setsockopt(2) of an option that is a number. */
    static int setOption(int fd, int level, int option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(Integer.BYTES, Integer.BYTES).address();
            RawMemory.putInt(address, value);
            return setOption(fd, level, option, address, Integer.BYTES);
        }
    }

    /**
     * setsockopt(2) of SO_RCVTIMEO or SO_SNDTIMEO.
     *
     * @param micros becomes a struct timeval, two times eight bytes: seconds and microseconds; zero is for ever
     */
    static int setTimeout(int fd, int option, long micros) {
        try (Arena arena = Arena.ofConfined()) {
            long timeval = arena.allocate(2L * Long.BYTES, Long.BYTES).address();
            RawMemory.putLong(timeval, micros / 1_000_000);
            RawMemory.putLong(timeval + Long.BYTES, micros % 1_000_000);
            return setOption(fd, SOL_SOCKET, option, timeval, 2L * Long.BYTES);
        }
    }

    /** getsockopt(2). */
    static int option(int fd, int level, int option, long address, int lengthBytes) {
        try (Arena arena = Arena.ofConfined()) {
            long length = arena.allocate(Integer.BYTES, Integer.BYTES).address();
            RawMemory.putInt(length, lengthBytes);
            return (int) GETSOCKOPT.call(fd, level, option, address, length);
        }
    }

    /** sendmsg(2). */
    static long sendMessage(int fd, long message, int flags) {
        return SENDMSG.call(fd, message, flags);
    }

    /** recvmsg(2). */
    static long receiveMessage(int fd, long message, int flags) {
        return RECVMSG.call(fd, message, flags);
    }

    /** sendto(2) of nothing to nobody: for what the kernel does besides. */
    static int sendNothing(MemorySegment errnoState, int fd) {
        return (int) SENDTO.call(errnoState, fd, 0L, 0L, MSG_DONTWAIT, 0L, 0L);
    }

    /** recvfrom(2) of nothing from nobody: for what the kernel does besides. */
    static int receiveNothing(MemorySegment errnoState, int fd) {
        return (int) RECVFROM.call(errnoState, fd, 0L, 0L, MSG_DONTWAIT, 0L, 0L);
    }

    // ---- of IPv4

    /** A new IPv4 socket; for TCP with Nagle's algorithm off, as every echo server has it. */
    public static int open(int type) {
        int fd = check("socket", open(AF_INET, type, 0));
        if (type == SOCK_STREAM) {
            setNoDelay(fd);
        }
        return fd;
    }

    /** Turns Nagle's algorithm off. */
    public static void setNoDelay(int fd) {
        set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    }

    /** Room for bursts of datagrams from many sockets. */
    public static void setBuffers(int fd, int lengthBytes) {
        set(fd, SOL_SOCKET, SO_RCVBUF, lengthBytes);
        set(fd, SOL_SOCKET, SO_SNDBUF, lengthBytes);
    }

    /** A close then resets: the harness's connections leave no TIME_WAIT behind for the next measurement. */
    public static void setLingerZero(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            long value = arena.allocate(8, 8).address();
            RawMemory.putInt(value, 1);
            check("setsockopt SO_LINGER", setOption(fd, SOL_SOCKET, SO_LINGER, value, 8));
        }
    }

    /** Gives a socket its local address. */
    public static void bind(int fd, SocketAddress4 local) {
        set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        check("bind", bind(fd, local.address(), SocketAddress4.LENGTH_BYTES));
    }

    /** The local port, for a socket bound to port 0. */
    public static int localPort(int fd) {
        SocketAddress4 local = new SocketAddress4();
        try (Arena arena = Arena.ofConfined()) {
            long length = arena.allocate(8, 8).address();
            RawMemory.putInt(length, SocketAddress4.LENGTH_BYTES);
            check("getsockname", GETSOCKNAME.call(fd, local.address(), length));
        }
        return local.port();
    }

    /** Makes a bound TCP socket a listener. */
    public static void listen(int fd, int backlog) {
        check("listen", tryListen(fd, backlog));
    }

    /** Takes a connection: a descriptor, or the negative errno. It waits if the listener does. */
    public static int accept(int fd, int flags) {
        return (int) ACCEPT4.call(fd, 0L, 0L, flags);
    }

    /** Connects and waits for it. Returns 0 or the negative errno. */
    public static int connect(int fd, SocketAddress4 remote) {
        return connect(fd, remote.address(), SocketAddress4.LENGTH_BYTES);
    }

    /** Returns how many bytes came, 0 at the end of the stream, or the negative errno. */
    public static int receive(int fd, long address, int lengthBytes, int flags) {
        return (int) RECV.call(fd, address, lengthBytes, flags);
    }

    /** Returns how many bytes went, or the negative errno. */
    public static int send(int fd, long address, int lengthBytes, int flags) {
        return (int) SEND.call(fd, address, lengthBytes, flags | MSG_NOSIGNAL);
    }

    /** Takes a datagram and its sender. {@code lengthAddress}: four bytes that hold the size of {@code sender}. */
    public static int receiveFrom(
            int fd, long address, int lengthBytes, int flags, SocketAddress4 sender, long lengthAddress) {
        RawMemory.putInt(lengthAddress, SocketAddress4.LENGTH_BYTES);
        return (int) RECVFROM.call(fd, address, lengthBytes, flags, sender.address(), lengthAddress);
    }

    /** Sends a datagram. Returns how many bytes went, or the negative errno. */
    public static int sendTo(int fd, long address, int lengthBytes, int flags, SocketAddress4 receiver) {
        return (int) SENDTO.call(fd, address, lengthBytes, flags, receiver.address(), SocketAddress4.LENGTH_BYTES);
    }

    /** Closes. */
    public static void close(int fd) {
        FileDescriptors.close(fd);
    }

    private static void set(int fd, int level, int option, int value) {
        check("setsockopt " + level + ":" + option, setOption(fd, level, option, value));
    }
}
