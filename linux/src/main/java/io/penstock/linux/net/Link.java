package io.penstock.linux.net;

import java.util.HexFormat;

/** One network interface as rtnetlink(7) describes it. */
public final class Link {
    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_NUM_TX_QUEUES = 31;
    private static final int IFLA_NUM_RX_QUEUES = 32;
    private static final int IFLA_PARENT_DEV_NAME = 56;
    private static final int IFLA_PARENT_DEV_BUS_NAME = 57;

    private final LinkState state = new LinkState();
    private final int index;
    private String name = "";
    private String macAddress = "";
    private String kind = "";
    private String parentBus = "";
    private String parentName = "";
    private int rxQueues;
    private int txQueues;

    /** From a message of at least {@link LinkState#HEADER_BYTES}. */
    Link(long message, int messageBytes) {
        index = LinkState.index(message);
        state.read(message, messageBytes);
        long end = message + messageBytes;
        for (long at = NetlinkAttribute.first(message + LinkState.HEADER_BYTES, end);
                at != NetlinkAttribute.NONE;
                at = NetlinkAttribute.next(at, end)) {
            read(at);
        }
    }

    private void read(long at) {
        switch (NetlinkAttribute.type(at)) {
            case IFLA_IFNAME -> name = NetlinkAttribute.text(at);
            case IFLA_ADDRESS -> macAddress = HexFormat.ofDelimiter(":").formatHex(NetlinkAttribute.bytes(at));
            case IFLA_PARENT_DEV_NAME -> parentName = NetlinkAttribute.text(at);
            case IFLA_PARENT_DEV_BUS_NAME -> parentBus = NetlinkAttribute.text(at);
            case IFLA_LINKINFO -> readInfo(at);
            case IFLA_NUM_RX_QUEUES -> rxQueues = NetlinkAttribute.number(at);
            case IFLA_NUM_TX_QUEUES -> txQueues = NetlinkAttribute.number(at);
            default -> {
                // Of no interest here.
            }
        }
    }

    private void readInfo(long info) {
        long at = NetlinkAttribute.find(NetlinkAttribute.value(info), NetlinkAttribute.end(info), IFLA_INFO_KIND);
        kind = at == NetlinkAttribute.NONE ? "" : NetlinkAttribute.text(at);
    }

    /** What a data path needs to know of it. */
    NetworkInterfaceInfo info() {
        return new NetworkInterfaceInfo(
                index, name, state.flags(), state.mtuBytes(), state.macAddress(), state.xdpProgramId());
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
        return state.mtuBytes();
    }

    /** How many receive queues the interface was made with. */
    public int rxQueues() {
        return rxQueues;
    }

    public int txQueues() {
        return txQueues;
    }

    public boolean isLoopback() {
        return (state.flags() & NetworkInterfaceInfo.IFF_LOOPBACK) != 0;
    }

    /** {@code up}, {@code no carrier} (up, but nobody at the other end) or {@code down}. */
    public String state() {
        if ((state.flags() & NetworkInterfaceInfo.IFF_UP) == 0) {
            return "down";
        }
        return (state.flags() & NetworkInterfaceInfo.IFF_LOWER_UP) == 0 ? "no carrier" : "up";
    }

    /** How an XDP program is attached: {@code native}, {@code generic}, {@code offloaded} or {@code several}; else empty. */
    public String xdpMode() {
        return switch (state.xdpAttached()) {
            case 1 -> "native";
            case 2 -> "generic";
            case 3 -> "offloaded";
            case 4 -> "several";
            default -> "";
        };
    }

    /** The attached XDP program's id; 0 if there is none. */
    public int xdpProgramId() {
        return state.xdpProgramId();
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
