package io.penstock.linux.net;

import io.penstock.linux.RawMemory;

/**
 * What changes in an interface's life, as messages of rtnetlink(7) tell it. A message need not tell all: what is not said has
 * not changed. Makes no garbage.
 *
 * <pre>
 *   struct ifinfomsg
 *    0 u8 family   2 u16 type   4 s32 index   8 u32 flags   12 u32 change   16 attributes ...
 * </pre>
 */
final class LinkState {
    static final int HEADER_BYTES = 16;
    static final int HEADER_INDEX = 4;
    private static final int HEADER_FLAGS = 8;

    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_XDP = 43;
    private static final int IFLA_XDP_ATTACHED = 2;
    private static final int IFLA_XDP_PROG_ID = 4;
    /** One program in the NIC, and one in the driver or behind it: the message does not say which is which there. */
    private static final int XDP_ATTACHED_MULTI = 4;

    private static final int MAC_BYTES = 6;

    private int flags;
    private int mtuBytes;
    private long macAddress;
    private int xdpAttached;
    private int xdpProgramId;

    /** The interface that a message of at least {@link #HEADER_BYTES} speaks of. */
    static int index(long message) {
        return RawMemory.getInt(message + HEADER_INDEX);
    }

    /** Whether it speaks of it as an interface: bridges announce their ports' departure with the same type and AF_BRIDGE. */
    static boolean isOfAnyFamily(long message) {
        return RawMemory.getByte(message) == 0;
    }

    /** Takes a whole message in. */
    void read(long message, int messageBytes) {
        flags = RawMemory.getInt(message + HEADER_FLAGS);
        long end = message + messageBytes;
        for (long at = NetlinkAttribute.first(message + HEADER_BYTES, end);
                at != NetlinkAttribute.NONE;
                at = NetlinkAttribute.next(at, end)) {
            readAttribute(at);
        }
    }

    private void readAttribute(long at) {
        switch (NetlinkAttribute.type(at)) {
            case IFLA_MTU -> mtuBytes = NetlinkAttribute.number(at);
            case IFLA_ADDRESS -> macAddress = mac(at);
            case IFLA_XDP -> readXdp(at);
            default -> {} // of the dozens of attributes the rest is of no interest here
        }
    }

    private void readXdp(long at) {
        long begin = NetlinkAttribute.value(at);
        long end = NetlinkAttribute.end(at);
        long attached = NetlinkAttribute.find(begin, end, IFLA_XDP_ATTACHED);
        boolean isTold = attached != NetlinkAttribute.NONE && NetlinkAttribute.valueBytes(attached) > 0;
        xdpAttached = isTold ? RawMemory.getByte(NetlinkAttribute.value(attached)) : 0;
        if (xdpAttached != XDP_ATTACHED_MULTI) {
            xdpProgramId = NetlinkAttribute.number(NetlinkAttribute.find(begin, end, IFLA_XDP_PROG_ID));
        }
    }

    /** The hardware address in an attribute; 0 if it is not of Ethernet's kind. */
    private static long mac(long at) {
        if (NetlinkAttribute.valueBytes(at) != MAC_BYTES) {
            return 0;
        }
        long address = NetlinkAttribute.value(at);
        return ((long) RawMemory.getUnsignedShortBe(address) << 32) | (RawMemory.getIntBe(address + 2) & 0xffffffffL);
    }

    int flags() {
        return flags;
    }

    int mtuBytes() {
        return mtuBytes;
    }

    long macAddress() {
        return macAddress;
    }

    /** XDP_ATTACHED_...; 0 if no program is. */
    int xdpAttached() {
        return xdpAttached;
    }

    /** The number of the program; 0 if none is attached, or several. */
    int xdpProgramId() {
        return xdpProgramId;
    }
}
