package io.penstock.linux.net;

import io.penstock.linux.RawMemory;
import io.penstock.linux.SystemCallException;
import java.util.HashMap;
import java.util.Map;

/**
 * The generic netlink family {@code netdev} (Documentation/netlink/specs/netdev.yaml): what XDP each driver can do, and what
 * it tells XDP programs of a packet beside its bytes.
 *
 * <pre>
 *   struct genlmsghdr
 *    0 u8 command   1 u8 version   4 attributes ...
 * </pre>
 */
public final class NetdevNetlink {
    /** The driver runs XDP programs. */
    public static final long XDP_BASIC = 1;
    /** A program can send a packet on to another interface or to a socket. */
    public static final long XDP_REDIRECT = 1 << 1;
    /** AF_XDP sockets share the driver's own buffers. */
    public static final long XDP_ZERO_COPY = 1 << 3;

    private static final int HEADER_BYTES = 4;
    private static final int CONTROLLER = 16;
    private static final int CTRL_CMD_GETFAMILY = 3;
    private static final int CTRL_ATTR_FAMILY_ID = 1;
    private static final int CTRL_ATTR_FAMILY_NAME = 2;

    private static final int DEV_GET = 1;
    private static final int DEV_IFINDEX = 1;
    private static final int DEV_XDP_FEATURES = 3;
    private static final int DEV_XDP_RX_METADATA_FEATURES = 5;
    private static final int RX_METADATA_VLAN_TAG = 4;

    private NetdevNetlink() {}

    /** Whether a program in the driver can ask for the VLAN tag that travels beside a packet (Linux 6.8). */
    public static boolean tellsVlanTag(int interfaceIndex) {
        long[] features = new long[1];
        try (Netlink netlink = Netlink.open(Netlink.GENERIC)) {
            int family = family(netlink);
            begin(netlink, DEV_GET);
            netlink.put(DEV_IFINDEX, interfaceIndex);
            netlink.get(
                    family,
                    (_, message, messageBytes) -> features[0] =
                            NetlinkAttribute.longNumber(find(message, messageBytes, DEV_XDP_RX_METADATA_FEATURES)));
        } catch (SystemCallException _) {
            return false; // a kernel before 6.3, which has no such family
        }
        return (features[0] & RX_METADATA_VLAN_TAG) != 0;
    }

    /** By interface index, the set of {@code XDP_} bits; empty if the kernel is too old to tell (before 6.3). */
    public static Map<Integer, Long> xdpFeatures() {
        Map<Integer, Long> byIndex = new HashMap<>();
        try (Netlink netlink = Netlink.open(Netlink.GENERIC)) {
            int family = family(netlink);
            begin(netlink, DEV_GET);
            netlink.dump(
                    family,
                    (_, message, messageBytes) -> byIndex.put(
                            NetlinkAttribute.number(find(message, messageBytes, DEV_IFINDEX)),
                            NetlinkAttribute.longNumber(find(message, messageBytes, DEV_XDP_FEATURES))));
        } catch (SystemCallException _) {
            return Map.of(); // said as "?" by whoever shows it
        }
        return byIndex;
    }

    /** The number that the family has got on this kernel; refused with ENOENT if there is none. */
    private static int family(Netlink netlink) {
        int[] id = new int[1];
        begin(netlink, CTRL_CMD_GETFAMILY);
        netlink.put(CTRL_ATTR_FAMILY_NAME, "netdev");
        netlink.get(CONTROLLER, (_, message, messageBytes) -> {
            long at = find(message, messageBytes, CTRL_ATTR_FAMILY_ID);
            if (at != NetlinkAttribute.NONE && NetlinkAttribute.valueBytes(at) >= Short.BYTES) {
                id[0] = RawMemory.getShort(NetlinkAttribute.value(at)) & 0xffff;
            }
        });
        return id[0];
    }

    private static void begin(Netlink netlink, int command) {
        long header = netlink.begin(HEADER_BYTES);
        RawMemory.putByte(header, (byte) command);
        RawMemory.putByte(header + 1, (byte) 1);
    }

    private static long find(long message, int messageBytes, int type) {
        return messageBytes < HEADER_BYTES
                ? NetlinkAttribute.NONE
                : NetlinkAttribute.find(message + HEADER_BYTES, message + messageBytes, type);
    }
}
