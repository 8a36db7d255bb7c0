package io.penstock.datapath.os;

import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;

/**
 * The generic netlink family {@code netdev} (Documentation/netlink/specs/netdev.yaml): what a driver tells XDP programs of a
 * packet beside its bytes.
 *
 * <pre>
 *   struct nlmsghdr         struct genlmsghdr
 *    0 u32 len               16 u8 command
 *    4 u16 type: family      17 u8 version
 *    6 u16 flags             20 attributes ...
 *   16
 * </pre>
 */
public final class NetdevNetlink {
    private static final int NETLINK_GENERIC = 16;
    private static final int NLM_F_REQUEST = 1;
    private static final int MESSAGE_BYTES = 20;

    private static final int CONTROLLER = 16;
    private static final int CTRL_CMD_GETFAMILY = 3;
    private static final int CTRL_ATTR_FAMILY_ID = 1;
    private static final int CTRL_ATTR_FAMILY_NAME = 2;

    private static final int DEV_GET = 1;
    private static final int DEV_IFINDEX = 1;
    private static final int DEV_XDP_RX_METADATA_FEATURES = 5;
    private static final int RX_METADATA_VLAN_TAG = 4;

    private NetdevNetlink() {}

    /** Whether a program in the driver can ask for the VLAN tag that travels beside a packet (Linux 6.8). */
    public static boolean tellsVlanTag(int interfaceIndex) {
        int fd = RouteNetlink.open(NETLINK_GENERIC, 0, 0);
        try (Arena arena = Arena.ofConfined()) {
            long buffer = arena.allocate(RouteNetlink.BUFFER_BYTES, 8).address();
            byte[] name = "netdev\0".getBytes(StandardCharsets.US_ASCII);
            RawMemory.copyFrom(name, 0, buffer + MESSAGE_BYTES + 4, name.length);
            long family = ask(fd, buffer, CONTROLLER, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, name.length);
            long id = family == 0 ? 0 : attribute(buffer, CTRL_ATTR_FAMILY_ID);
            if (id == 0) {
                return false; // before Linux 6.3
            }
            int type = RawMemory.getShort(id) & 0xffff;
            RawMemory.putInt(buffer + MESSAGE_BYTES + 4, interfaceIndex);
            long device = ask(fd, buffer, type, DEV_GET, DEV_IFINDEX, Integer.BYTES);
            long features = device == 0 ? 0 : attribute(buffer, DEV_XDP_RX_METADATA_FEATURES);
            return features != 0 && (RawMemory.getLong(features) & RX_METADATA_VLAN_TAG) != 0;
        } finally {
            FileDescriptors.close(fd);
        }
    }

    /** Sends a request with one attribute, whose value stands there already. Returns the answer's length; 0: refused. */
    private static long ask(int fd, long buffer, int type, int command, int attribute, int valueBytes) {
        int attributeBytes = 4 + valueBytes;
        int lengthBytes = MESSAGE_BYTES + RouteNetlink.align(attributeBytes);
        RawMemory.putInt(buffer, lengthBytes);
        RawMemory.putShort(buffer + 4, (short) type);
        RawMemory.putShort(buffer + 6, (short) NLM_F_REQUEST);
        RawMemory.putLong(buffer + 8, 0);
        RawMemory.putByte(buffer + 16, (byte) command);
        RawMemory.putByte(buffer + 17, (byte) 1);
        RawMemory.putShort(buffer + 18, (short) 0);
        RawMemory.putShort(buffer + MESSAGE_BYTES, (short) attributeBytes);
        RawMemory.putShort(buffer + MESSAGE_BYTES + 2, (short) attribute);
        if (RouteNetlink.send(fd, buffer, lengthBytes) < 0) {
            return 0;
        }
        int received = RouteNetlink.receive(fd, buffer, RouteNetlink.BUFFER_BYTES);
        return received < MESSAGE_BYTES || (RawMemory.getShort(buffer + 4) & 0xffff) == RouteNetlink.NLMSG_ERROR
                ? 0
                : received;
    }

    /** The address of the value of the answer's attribute of this type, or 0. */
    private static long attribute(long message, int type) {
        int lengthBytes = RawMemory.getInt(message);
        int at = MESSAGE_BYTES;
        while (at + 4 <= lengthBytes) {
            int attributeBytes = RawMemory.getShort(message + at) & 0xffff;
            if (attributeBytes < 4) {
                return 0;
            }
            if ((RawMemory.getShort(message + at + 2) & RouteNetlink.TYPE_MASK) == type) {
                return message + at + 4;
            }
            at += RouteNetlink.align(attributeBytes);
        }
        return 0;
    }
}
