package io.penstock.control.os;

import io.penstock.memory.os.SystemCallException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** The generic netlink family {@code netdev} (Documentation/netlink/specs/netdev.yaml): what XDP each driver can do. */
public final class NetdevNetlink {
    /** The driver runs XDP programs. */
    public static final long XDP_BASIC = 1;
    /** A program can send a packet on to another interface or to a socket. */
    public static final long XDP_REDIRECT = 1 << 1;
    /** AF_XDP sockets share the driver's own buffers. */
    public static final long XDP_ZERO_COPY = 1 << 3;

    private static final int GENERIC_HEADER_BYTES = 4;
    private static final int CONTROLLER_FAMILY = 16;
    private static final int CTRL_CMD_GETFAMILY = 3;
    private static final int CTRL_ATTR_FAMILY_ID = 1;
    private static final int CTRL_ATTR_FAMILY_NAME = 2;
    private static final int NETDEV_CMD_DEV_GET = 1;
    private static final int NETDEV_A_DEV_IFINDEX = 1;
    private static final int NETDEV_A_DEV_XDP_FEATURES = 3;

    private NetdevNetlink() {}

    /** By interface index, the set of {@code XDP_} bits; empty if the kernel is too old to tell (before 6.3). */
    public static Map<Integer, Long> xdpFeatures() {
        Map<Integer, Long> byIndex = new HashMap<>();
        try (Netlink netlink = Netlink.open(Netlink.GENERIC)) {
            int family = family(netlink, "netdev");
            if (family != 0) {
                netlink.dump(family, request(NETDEV_CMD_DEV_GET, 0), message -> read(message, byIndex));
            }
        } catch (SystemCallException e) {
            return Map.of(); // said as "?" by whoever shows it
        }
        return byIndex;
    }

    private static int family(Netlink netlink, String name) {
        ByteBuffer request = request(CTRL_CMD_GETFAMILY, 64);
        Netlink.putAttribute(request, CTRL_ATTR_FAMILY_NAME, name);
        int[] id = new int[1];
        netlink.get(
                CONTROLLER_FAMILY,
                request,
                message -> Netlink.attributes(behindHeader(message), (type, value) -> {
                    if (type == CTRL_ATTR_FAMILY_ID && value.remaining() >= Short.BYTES) {
                        id[0] = value.getShort(0) & 0xffff;
                    }
                }));
        return id[0];
    }

    private static void read(ByteBuffer message, Map<Integer, Long> byIndex) {
        int[] index = new int[1];
        long[] features = new long[1];
        Netlink.attributes(behindHeader(message), (type, value) -> {
            if (type == NETDEV_A_DEV_IFINDEX && value.remaining() >= Integer.BYTES) {
                index[0] = value.getInt(0);
            } else if (type == NETDEV_A_DEV_XDP_FEATURES && value.remaining() >= Long.BYTES) {
                features[0] = value.getLong(0);
            }
        });
        byIndex.put(index[0], features[0]);
    }

    private static ByteBuffer request(int command, int attributeBytes) {
        ByteBuffer request = Netlink.request(GENERIC_HEADER_BYTES + attributeBytes);
        return request.put((byte) command).put((byte) 1).putShort((short) 0);
    }

    private static ByteBuffer behindHeader(ByteBuffer message) {
        int header = Math.min(GENERIC_HEADER_BYTES, message.remaining());
        return message.slice(header, message.remaining() - header);
    }
}
