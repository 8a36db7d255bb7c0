package io.penstock.datapath.os;

import io.penstock.memory.os.Errno;
import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.RawMemory;
import io.penstock.memory.os.SystemCallException;
import java.lang.foreign.Arena;

/**
 * rtnetlink(7): which IPv4 addresses the kernel has, in the network namespace of the calling thread. No privilege needed.
 *
 * <pre>
 *   struct nlmsghdr         struct ifaddrmsg
 *    0 u32 len               16 u8  family
 *    4 u16 type              17 u8  prefix length
 *    6 u16 flags             20 u32 interface's index
 *   16                       24 attributes ...
 * </pre>
 */
public final class AddressNetlink {
    private static final int RTM_NEWADDR = 20;
    private static final int RTM_GETADDR = 22;
    private static final int NLM_F_REQUEST = 0x1;
    private static final int NLM_F_DUMP = 0x300;
    private static final int AF_INET = 2;
    /** On a link of two, IFA_ADDRESS is the other end's: this one is the kernel's own. */
    private static final int IFA_LOCAL = 2;

    private static final int REQUEST_BYTES = 24;

    private AddressNetlink() {}

    /**
     * The interface on which the kernel has an address.
     *
     * @param address 198.18.0.2 being 0xc6120002
     * @return the interface's number, or 0 if the kernel does not have the address
     */
    public static int interfaceWith(int address) {
        int fd = RouteNetlink.open(0, 0);
        try (Arena arena = Arena.ofConfined()) {
            long buffer = arena.allocate(RouteNetlink.BUFFER_BYTES, 8).address();
            RawMemory.putInt(buffer, REQUEST_BYTES);
            RawMemory.putShort(buffer + 4, (short) RTM_GETADDR);
            RawMemory.putShort(buffer + 6, (short) (NLM_F_REQUEST | NLM_F_DUMP));
            RawMemory.putByte(buffer + 16, (byte) AF_INET);
            int sent = RouteNetlink.send(fd, buffer, REQUEST_BYTES);
            if (sent < 0) {
                throw new SystemCallException("send(RTM_GETADDR)", -sent);
            }
            return answer(fd, buffer, address);
        } finally {
            FileDescriptors.close(fd);
        }
    }

    private static int answer(int fd, long buffer, int address) {
        while (true) {
            int received = RouteNetlink.receive(fd, buffer, RouteNetlink.BUFFER_BYTES);
            if (received == -Errno.EINTR) {
                continue;
            }
            if (received < 0) {
                throw new SystemCallException("recv(RTM_GETADDR)", -received);
            }
            int length;
            for (int at = 0; at + RouteNetlink.HEADER_BYTES <= received; at += RouteNetlink.align(length)) {
                length = RawMemory.getInt(buffer + at);
                int type = RawMemory.getShort(buffer + at + 4);
                if (type == RouteNetlink.NLMSG_DONE || length < RouteNetlink.HEADER_BYTES) {
                    return 0;
                }
                if (type == RouteNetlink.NLMSG_ERROR) {
                    throw new SystemCallException(
                            "RTM_GETADDR", -RawMemory.getInt(buffer + at + RouteNetlink.HEADER_BYTES));
                }
                if (type == RTM_NEWADDR && isOf(buffer + at, length, address)) {
                    return RawMemory.getInt(buffer + at + 20);
                }
            }
        }
    }

    private static boolean isOf(long message, int lengthBytes, int address) {
        int at = REQUEST_BYTES;
        while (at + 4 <= lengthBytes) {
            int attributeBytes = RawMemory.getShort(message + at) & 0xffff;
            if (attributeBytes < 4) {
                return false;
            }
            if (RawMemory.getShort(message + at + 2) == IFA_LOCAL) {
                return RawMemory.getIntBe(message + at + 4) == address;
            }
            at += RouteNetlink.align(attributeBytes);
        }
        return false;
    }
}
