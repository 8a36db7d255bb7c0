package io.penstock.control.os;

import java.nio.ByteBuffer;

/** One network interface as rtnetlink(7) describes it. */
public final class Link {
    private static final int IFF_UP = 1;
    private static final int IFF_LOOPBACK = 8;
    private static final int IFF_LOWER_UP = 1 << 16;

    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_NUM_TX_QUEUES = 31;
    private static final int IFLA_NUM_RX_QUEUES = 32;
    private static final int IFLA_XDP = 43;
    private static final int IFLA_XDP_ATTACHED = 2;
    private static final int IFLA_XDP_PROG_ID = 4;
    private static final int IFLA_PARENT_DEV_NAME = 56;
    private static final int IFLA_PARENT_DEV_BUS_NAME = 57;

    /** The sizes of struct ifinfomsg. */
    private static final int IFINFOMSG_BYTES = 16;

    private final int index;
    private final int flags;
    private String name = "";
    private String macAddress = "";
    private String kind = "";
    private String parentBus = "";
    private String parentName = "";
    private int mtuBytes;
    private int rxQueues;
    private int txQueues;
    private int xdpAttached;
    private int xdpProgramId;

    Link(ByteBuffer message) {
        index = message.getInt(4);
        flags = message.getInt(8);
        Netlink.attributes(message.slice(IFINFOMSG_BYTES, message.remaining() - IFINFOMSG_BYTES), this::read);
    }

    static boolean isComplete(ByteBuffer message) {
        return message.remaining() >= IFINFOMSG_BYTES;
    }

    private void read(int type, ByteBuffer value) {
        switch (type) {
            case IFLA_IFNAME -> name = Netlink.text(value);
            case IFLA_ADDRESS -> macAddress = mac(value);
            case IFLA_PARENT_DEV_NAME -> parentName = Netlink.text(value);
            case IFLA_PARENT_DEV_BUS_NAME -> parentBus = Netlink.text(value);
            case IFLA_LINKINFO -> Netlink.attributes(value, this::readInfo);
            case IFLA_XDP -> Netlink.attributes(value, this::readXdp);
            case IFLA_MTU -> mtuBytes = number(value);
            case IFLA_NUM_RX_QUEUES -> rxQueues = number(value);
            case IFLA_NUM_TX_QUEUES -> txQueues = number(value);
            default -> {
                // Of no interest here.
            }
        }
    }

    private void readInfo(int type, ByteBuffer value) {
        if (type == IFLA_INFO_KIND) {
            kind = Netlink.text(value);
        }
    }

    private void readXdp(int type, ByteBuffer value) {
        if (type == IFLA_XDP_ATTACHED && value.hasRemaining()) {
            xdpAttached = value.get(0);
        } else if (type == IFLA_XDP_PROG_ID) {
            xdpProgramId = number(value);
        }
    }

    private static int number(ByteBuffer value) {
        return value.remaining() >= Integer.BYTES ? value.getInt(0) : 0;
    }

    private static String mac(ByteBuffer value) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < value.remaining(); i++) {
            text.append(i == 0 ? "" : ":").append(String.format("%02x", value.get(i)));
        }
        return text.toString();
    }

    /** The interface's number in its namespace. */
    public int index() {
        return index;
    }

    public String name() {
        return name;
    }

    /** The hardware address as six hexadecimal numbers; empty if there is none. */
    public String macAddress() {
        return macAddress;
    }

    /** What kind of virtual interface, such as {@code veth}; empty for hardware. */
    public String kind() {
        return kind;
    }

    public int mtuBytes() {
        return mtuBytes;
    }

    /** How many receive queues the interface was made with. */
    public int rxQueues() {
        return rxQueues;
    }

    public int txQueues() {
        return txQueues;
    }

    public boolean isLoopback() {
        return (flags & IFF_LOOPBACK) != 0;
    }

    /** {@code up}, {@code no carrier} (up, but nobody at the other end) or {@code down}. */
    public String state() {
        if ((flags & IFF_UP) == 0) {
            return "down";
        }
        return (flags & IFF_LOWER_UP) == 0 ? "no carrier" : "up";
    }

    /** How an XDP program is attached: {@code native}, {@code generic}, {@code offloaded} or {@code several}; else empty. */
    public String xdpMode() {
        return switch (xdpAttached) {
            case 1 -> "native";
            case 2 -> "generic";
            case 3 -> "offloaded";
            case 4 -> "several";
            default -> "";
        };
    }

    /** The attached XDP program's id; 0 if there is none. */
    public int xdpProgramId() {
        return xdpProgramId;
    }

    /** The bus that the device sits on, such as {@code pci}; empty if it sits on none. */
    public String parentBus() {
        return parentBus;
    }

    /** Its address on that bus, such as {@code 0000:01:00.0}. */
    public String parentName() {
        return parentName;
    }
}
