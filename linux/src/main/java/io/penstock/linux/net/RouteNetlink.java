package io.penstock.linux.net;

import io.penstock.linux.Errno;
import io.penstock.linux.RawMemory;
import io.penstock.linux.SystemCallException;
import java.util.ArrayList;
import java.util.List;

/**
 * rtnetlink(7): which interfaces and which addresses there are, in the network namespace of the calling thread. Unlike
 * /sys/class/net it answers for that namespace, and it needs no privilege.
 *
 * <pre>
 *   struct ifaddrmsg
 *    0 u8 family   1 u8 prefix length   4 u32 interface's index   8 attributes ...
 * </pre>
 */
public final class RouteNetlink {
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    private static final int RTM_NEWADDR = 20;
    private static final int RTM_GETADDR = 22;
    static final int RTMGRP_LINK = 1;

    private static final int IFLA_IFNAME = 3;
    private static final int MAX_NAME_BYTES = 15;

    static final int ADDRESS_HEADER_BYTES = 8;
    static final int ADDRESS_HEADER_INDEX = 4;
    /** On a link of two, IFA_ADDRESS is the other end's: this one is the kernel's own. */
    private static final int IFA_LOCAL = 2;

    private RouteNetlink() {}

    /**
     * Looks an interface up by its name.
     *
     * @return what it is, or null if there is none
     */
    public static NetworkInterfaceInfo find(String name) {
        return name.isEmpty() || name.length() > MAX_NAME_BYTES ? null : find(name, 0);
    }

    /** As {@link #find(String)}, by its number. */
    public static NetworkInterfaceInfo find(int index) {
        return find("", index);
    }

    private static NetworkInterfaceInfo find(String name, int index) {
        List<Link> found = new ArrayList<>();
        try (Netlink netlink = Netlink.open(Netlink.ROUTE)) {
            RawMemory.putInt(netlink.begin(LinkState.HEADER_BYTES) + LinkState.HEADER_INDEX, index);
            if (!name.isEmpty()) {
                netlink.put(IFLA_IFNAME, name);
            }
            netlink.get(RTM_GETLINK, (type, message, messageBytes) -> add(found, type, message, messageBytes));
        } catch (SystemCallException e) {
            if (e.errno() != Errno.ENODEV) {
                throw e;
            }
        }
        return found.isEmpty() ? null : found.getFirst().info();
    }

    /** All interfaces, in the kernel's order, as a data path sees them. */
    public static List<NetworkInterfaceInfo> list() {
        return links().stream().map(Link::info).toList();
    }

    /** All interfaces, in the kernel's order, with all that is told of them. */
    public static List<Link> links() {
        List<Link> found = new ArrayList<>();
        try (Netlink netlink = Netlink.open(Netlink.ROUTE)) {
            long _ = netlink.begin(LinkState.HEADER_BYTES); // all zero: every family, every interface
            netlink.dump(RTM_GETLINK, (type, message, messageBytes) -> add(found, type, message, messageBytes));
        }
        return found;
    }

    private static void add(List<Link> found, int type, long message, int messageBytes) {
        if (type == RTM_NEWLINK && messageBytes >= LinkState.HEADER_BYTES) {
            found.add(new Link(message, messageBytes));
        }
    }

    /**
     * The interface on which the kernel has an address.
     *
     * @param address 198.18.0.2 being 0xc6120002
     * @return the interface's number, or 0 if the kernel does not have the address
     */
    public static int interfaceWith(int address) {
        int[] found = new int[1];
        try (Netlink netlink = Netlink.open(Netlink.ROUTE)) {
            RawMemory.putByte(netlink.begin(ADDRESS_HEADER_BYTES), (byte) Sockets.AF_INET);
            netlink.dump(RTM_GETADDR, (type, message, messageBytes) -> {
                if (type == RTM_NEWADDR && found[0] == 0 && isOf(message, messageBytes, address)) {
                    found[0] = RawMemory.getInt(message + ADDRESS_HEADER_INDEX);
                }
            });
        }
        return found[0];
    }

    private static boolean isOf(long message, int messageBytes, int address) {
        long at = messageBytes < ADDRESS_HEADER_BYTES
                ? NetlinkAttribute.NONE
                : NetlinkAttribute.find(message + ADDRESS_HEADER_BYTES, message + messageBytes, IFA_LOCAL);
        return at != NetlinkAttribute.NONE
                && NetlinkAttribute.valueBytes(at) == Integer.BYTES
                && RawMemory.getIntBe(NetlinkAttribute.value(at)) == address;
    }
}
