package io.penstock.datapath.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.penstock.memory.os.Errno;
import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.Libc;
import io.penstock.memory.os.RawMemory;
import io.penstock.memory.os.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * rtnetlink(7): asks for interfaces, and listens for their changes.
 *
 * <p>Unlike /sys/class/net it answers for the network namespace of the calling thread, and it needs no privilege.
 *
 * <pre>
 *   struct nlmsghdr         struct ifinfomsg              struct rtattr            struct sockaddr_nl
 *    0 u32 len               16 u8  family                 0 u16 len               0 u16 family
 *    4 u16 type              18 u16 type                   2 u16 type              4 u32 pid
 *    6 u16 flags             20 s32 index                  4 data, then padding    8 u32 groups
 *    8 u32 seq               24 u32 flags                    to a multiple of 4   12
 *   12 u32 pid               28 u32 change
 *   16                       32 attributes ...
 * </pre>
 */
public final class RouteNetlink {
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    static final int NLM_F_REQUEST = 0x1;
    private static final int NLM_F_DUMP = 0x300;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int NETLINK_ROUTE = 0;
    static final int RTMGRP_LINK = 1;

    static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_XDP = 43;
    private static final int IFLA_XDP_ATTACHED = 2;
    private static final int IFLA_XDP_PROG_ID = 4;
    /** One program in the NIC, and one in the driver or behind it: the message does not say which is which there. */
    private static final int XDP_ATTACHED_MULTI = 4;
    /** The flag NLA_F_NESTED and its like stand in the type's high bits. */
    static final int TYPE_MASK = 0x3fff;

    static final int HEADER_BYTES = 16;
    static final int LINK_HEADER_BYTES = 32;
    static final int BUFFER_BYTES = 64 << 10;
    private static final int MAC_BYTES = 6;
    private static final int MAX_NAME_BYTES = 15;

    private static final MethodHandle SOCKET = Libc.function("socket", JAVA_INT, 3);
    private static final MethodHandle BIND = Libc.function("bind", JAVA_INT, 3);
    private static final MethodHandle SEND = Libc.function("send", JAVA_LONG, 4);
    private static final MethodHandle RECV = Libc.function("recv", JAVA_LONG, 4);

    private RouteNetlink() {}

    /**
     * Looks an interface up by its name.
     *
     * @return what it is, or null if there is none
     */
    public static NetworkInterfaceInfo find(String name) {
        if (name.isEmpty() || name.length() > MAX_NAME_BYTES) {
            return null;
        }
        List<NetworkInterfaceInfo> found = query(name, 0, 0);
        return found.isEmpty() ? null : found.getFirst();
    }

    /** As {@link #find(String)}, by its number. */
    public static NetworkInterfaceInfo find(int index) {
        List<NetworkInterfaceInfo> found = query("", index, 0);
        return found.isEmpty() ? null : found.getFirst();
    }

    /** All interfaces of this thread's network namespace. */
    public static List<NetworkInterfaceInfo> list() {
        return query("", 0, NLM_F_DUMP);
    }

    private static List<NetworkInterfaceInfo> query(String name, int index, int flags) {
        int fd = open(0, 0);
        try (Arena arena = Arena.ofConfined()) {
            long buffer = arena.allocate(BUFFER_BYTES, 8).address();
            int lengthBytes = LINK_HEADER_BYTES;
            if (!name.isEmpty()) {
                int attributeBytes = 4 + name.length() + 1;
                RawMemory.putShort(buffer + LINK_HEADER_BYTES, (short) attributeBytes);
                RawMemory.putShort(buffer + LINK_HEADER_BYTES + 2, (short) IFLA_IFNAME);
                MemorySegment text = arena.allocateFrom(name);
                RawMemory.copy(text.address(), buffer + LINK_HEADER_BYTES + 4, text.byteSize());
                lengthBytes += align(attributeBytes);
            }
            RawMemory.putInt(buffer, lengthBytes);
            RawMemory.putShort(buffer + 4, (short) RTM_GETLINK);
            RawMemory.putShort(buffer + 6, (short) (NLM_F_REQUEST | flags));
            RawMemory.putInt(buffer + 20, index);
            int sent = send(fd, buffer, lengthBytes);
            if (sent < 0) {
                throw new SystemCallException("send(RTM_GETLINK)", -sent);
            }
            return answers(fd, buffer, flags != 0);
        } finally {
            FileDescriptors.close(fd);
        }
    }

    private static List<NetworkInterfaceInfo> answers(int fd, long buffer, boolean dump) {
        List<NetworkInterfaceInfo> found = new ArrayList<>();
        while (true) {
            int received = receive(fd, buffer, BUFFER_BYTES);
            if (received == -Errno.EINTR) {
                continue;
            }
            if (received < 0) {
                throw new SystemCallException("recv(RTM_GETLINK)", -received);
            }
            for (int at = 0; at + HEADER_BYTES <= received; at += align(RawMemory.getInt(buffer + at))) {
                int type = RawMemory.getShort(buffer + at + 4);
                if (type == NLMSG_DONE || RawMemory.getInt(buffer + at) < HEADER_BYTES) {
                    return found;
                }
                if (type == NLMSG_ERROR) {
                    int error = -RawMemory.getInt(buffer + at + HEADER_BYTES);
                    if (error == Errno.ENODEV) {
                        return found;
                    }
                    throw new SystemCallException("RTM_GETLINK", error);
                }
                if (type == RTM_NEWLINK) {
                    found.add(parse(buffer + at, RawMemory.getInt(buffer + at)));
                }
            }
            if (!dump) {
                return found;
            }
        }
    }

    private static NetworkInterfaceInfo parse(long message, int lengthBytes) {
        String name = "";
        int mtuBytes = 0;
        long macAddress = 0;
        int programId = 0;
        int at = LINK_HEADER_BYTES;
        while (at + 4 <= lengthBytes) {
            long attribute = message + at;
            int attributeBytes = RawMemory.getShort(attribute) & 0xffff;
            if (attributeBytes < 4) {
                break;
            }
            switch (RawMemory.getShort(attribute + 2) & TYPE_MASK) {
                case IFLA_IFNAME -> name = text(attribute);
                case IFLA_MTU -> mtuBytes = RawMemory.getInt(attribute + 4);
                case IFLA_ADDRESS -> macAddress = mac(attribute);
                case IFLA_XDP -> programId = Math.max(0, programId(attribute));
                default -> {} // of the dozens of attributes the rest is of no interest here
            }
            at += align(attributeBytes);
        }
        return new NetworkInterfaceInfo(
                RawMemory.getInt(message + 20), name, RawMemory.getInt(message + 24), mtuBytes, macAddress, programId);
    }

    /** The number of the program that an attribute of type {@link #IFLA_XDP} speaks of; -1 if it cannot be told. */
    static int programId(long xdp) {
        long attached = nested(xdp, IFLA_XDP_ATTACHED);
        if (attached != 0 && RawMemory.getByte(attached + 4) == XDP_ATTACHED_MULTI) {
            return -1;
        }
        long id = nested(xdp, IFLA_XDP_PROG_ID);
        return id == 0 ? 0 : RawMemory.getInt(id + 4);
    }

    /** The address of the attribute of this type within another, or 0. */
    private static long nested(long outer, int type) {
        int outerBytes = RawMemory.getShort(outer) & 0xffff;
        int at = 4;
        while (at + 4 <= outerBytes) {
            int attributeBytes = RawMemory.getShort(outer + at) & 0xffff;
            if ((RawMemory.getShort(outer + at + 2) & TYPE_MASK) == type) {
                return outer + at;
            }
            if (attributeBytes < 4) {
                break;
            }
            at += align(attributeBytes);
        }
        return 0;
    }

    private static String text(long attribute) {
        return RawMemory.segment(attribute + 4, (RawMemory.getShort(attribute) & 0xffff) - 4L)
                .getString(0);
    }

    /** The hardware address in an attribute; 0 if it is not of Ethernet's kind. */
    static long mac(long attribute) {
        if ((RawMemory.getShort(attribute) & 0xffff) != 4 + MAC_BYTES) {
            return 0;
        }
        long address = attribute + 4;
        return ((long) RawMemory.getUnsignedShortBe(address) << 32) | (RawMemory.getIntBe(address + 2) & 0xffffffffL);
    }

    static int align(int lengthBytes) {
        return (lengthBytes + 3) & ~3;
    }

    // ---- the socket

    /**
     * A netlink socket.
     *
     * @param groups what to listen for, {@link #RTMGRP_LINK} or 0
     * @param socketFlags SOCK_NONBLOCK or 0
     */
    static int open(int groups, int socketFlags) {
        return open(NETLINK_ROUTE, groups, socketFlags);
    }

    /** As {@link #open(int, int)}, of another family of netlink. */
    static int open(int family, int groups, int socketFlags) {
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int) SOCKET.invokeExact(
                    Libc.errnoState(), (long) AF_NETLINK, (long) SOCK_RAW | SOCK_CLOEXEC | socketFlags, (long) family);
            if (fd < 0) {
                throw new SystemCallException("socket(AF_NETLINK)", Libc.errno());
            }
            long address = arena.allocate(12, 4).address();
            RawMemory.putShort(address, (short) AF_NETLINK);
            RawMemory.putInt(address + 8, groups);
            if ((int) BIND.invokeExact(Libc.errnoState(), (long) fd, address, 12L) != 0) {
                int errno = Libc.errno();
                FileDescriptors.close(fd);
                throw new SystemCallException("bind(AF_NETLINK)", errno);
            }
            return fd;
        } catch (SystemCallException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    static int openLinkListener() {
        return open(RTMGRP_LINK, SOCK_NONBLOCK);
    }

    /** Returns how many bytes went, or the negative errno. */
    static int send(int fd, long address, int lengthBytes) {
        try {
            long sent = (long) SEND.invokeExact(Libc.errnoState(), (long) fd, address, (long) lengthBytes, 0L);
            return sent < 0 ? -Libc.errno() : (int) sent;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** Returns how many bytes came, or the negative errno. */
    static int receive(int fd, long address, int lengthBytes) {
        try {
            long received = (long) RECV.invokeExact(Libc.errnoState(), (long) fd, address, (long) lengthBytes, 0L);
            return received < 0 ? -Libc.errno() : (int) received;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }
}
