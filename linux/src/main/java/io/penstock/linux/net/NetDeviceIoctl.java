package io.penstock.linux.net;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.SystemCallException;
import io.penstock.linux.call.LibraryCall;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;

/**
 * The ioctls of netdevice(7) that change an interface of this thread's network namespace.
 *
 * <pre>
 *   struct ifreq
 *    0 +---------------------------+
 *      | name, ends with a zero    |
 *   16 +---------------------------+
 *      | flags u16, MTU s32,       |
 *      | or a pointer              |
 *   40 +---------------------------+
 * </pre>
 */
public final class NetDeviceIoctl {
    static final int IFREQ_BYTES = 40;
    static final int IFREQ_DATA = 16;
    private static final int NAME_BYTES = 15;

    private static final long SIOCGIFFLAGS = 0x8913;
    private static final long SIOCSIFFLAGS = 0x8914;
    private static final long SIOCSIFMTU = 0x8922;

    private static final LibraryCall IOCTL = LibraryCall.ofInt("ioctl", 3);

    private NetDeviceIoctl() {}

    /** Switches an interface on or off. Returns 0 or the negative errno; EPERM: needs CAP_NET_ADMIN. */
    public static int setUp(String name, boolean up) {
        try (Arena arena = Arena.ofConfined()) {
            long request = request(arena, name);
            int result = onSocket(SIOCGIFFLAGS, request);
            if (result == 0) {
                int flags = RawMemory.getShort(request + IFREQ_DATA);
                int wanted = up ? flags | NetworkInterfaceInfo.IFF_UP : flags & ~NetworkInterfaceInfo.IFF_UP;
                RawMemory.putShort(request + IFREQ_DATA, (short) wanted);
                result = flags == wanted ? 0 : onSocket(SIOCSIFFLAGS, request);
            }
            return result;
        }
    }

    /** Sets the largest IP packet. Returns 0 or the negative errno. */
    public static int setMtu(String name, int mtuBytes) {
        try (Arena arena = Arena.ofConfined()) {
            long request = request(arena, name);
            RawMemory.putInt(request + IFREQ_DATA, mtuBytes);
            return onSocket(SIOCSIFMTU, request);
        }
    }

    /** An ifreq that names the interface, otherwise zero. */
    static long request(Arena arena, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > NAME_BYTES) {
            throw new IllegalArgumentException("an interface's name has at most 15 bytes: '" + name + "'");
        }
        long request = arena.allocate(IFREQ_BYTES, 8).address();
        RawMemory.copyFrom(bytes, 0, request, bytes.length);
        return request;
    }

    /** A socket for ioctls of this thread's network namespace. */
    static int openSocket() {
        return SystemCallException.check("socket(AF_INET)", Sockets.open(Sockets.AF_INET, Sockets.SOCK_DGRAM, 0));
    }

    /** Calls ioctl(2) on a socket made for it. */
    static int onSocket(long command, long request) {
        int fd = openSocket();
        try {
            return call(fd, command, request);
        } finally {
            FileDescriptors.close(fd);
        }
    }

    /** ioctl(2). Returns 0 or the negative errno. */
    static int call(int fd, long command, long argument) {
        return Math.min(0, (int) IOCTL.call(fd, command, argument));
    }
}
