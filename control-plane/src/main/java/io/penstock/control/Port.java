package io.penstock.control;

import io.penstock.linux.net.Ethtool;
import io.penstock.linux.net.Link;
import io.penstock.linux.net.NetdevNetlink;
import io.penstock.linux.net.RouteNetlink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One of the network interfaces of this process's network namespace. Read by netlink and ioctl, because sysfs shows the
 * namespace in which it was mounted.
 */
public final class Port {
    private final Link link;
    private final String driver;
    private final int rxQueues;
    private final int txQueues;
    private final String xdpSupport;

    private Port(Link link, Long xdpFeatures) {
        this.link = link;
        String said = Ethtool.driver(link.name());
        this.driver = said.isEmpty() ? link.kind() : said;
        this.rxQueues = Ethtool.rxQueuesOr(link.name(), link.rxQueues());
        this.txQueues = Ethtool.txQueuesOr(link.name(), link.txQueues());
        this.xdpSupport = xdpFeatures == null ? "?" : describe(xdpFeatures);
    }

    /** All interfaces of this network namespace. */
    public static List<Port> all() {
        Map<Integer, Long> features = NetdevNetlink.xdpFeatures();
        List<Port> ports = new ArrayList<>();
        for (Link link : RouteNetlink.links()) {
            ports.add(new Port(link, features.get(link.index())));
        }
        return ports;
    }

    /** Each step implies the ones before, as far as a server is concerned. */
    static String describe(long features) {
        if ((features & NetdevNetlink.XDP_BASIC) == 0) {
            return "generic";
        }
        if ((features & NetdevNetlink.XDP_REDIRECT) == 0) {
            return "basic";
        }
        return (features & NetdevNetlink.XDP_ZERO_COPY) == 0 ? "redirect" : "zero-copy";
    }

    public String name() {
        return link.name();
    }

    /** The driver's name, or what kind of virtual interface it is; empty if neither is known. */
    public String driver() {
        return driver;
    }

    public String macAddress() {
        return link.macAddress();
    }

    public int mtuBytes() {
        return link.mtuBytes();
    }

    /** {@code up}, {@code no carrier} or {@code down}. */
    public String state() {
        return link.state();
    }

    public boolean isLoopback() {
        return link.isLoopback();
    }

    /** How many receive queues are in use, or, where the driver does not say, how many there are. */
    public int rxQueues() {
        return rxQueues;
    }

    /** How many transmit queues are in use, or, where the driver does not say, how many there are. */
    public int txQueues() {
        return txQueues;
    }

    /** How an XDP program is attached, such as {@code native}; empty if none is. */
    public String xdpMode() {
        return link.xdpMode();
    }

    /** The attached program's id, 0 if none is. */
    public int xdpProgramId() {
        return link.xdpProgramId();
    }

    /**
     * What the driver can do: {@code zero-copy}, {@code redirect} (AF_XDP in copy mode), {@code basic} (programs, but no
     * AF_XDP), {@code generic} (only the kernel's slow emulation), or {@code ?} where the kernel does not tell.
     */
    public String xdpSupport() {
        return xdpSupport;
    }

    /** The NUMA node of the device, -1 if it has none or it is unknown. */
    public int numaNode() {
        // The bus is the same in every network namespace.
        return link.parentName().isEmpty()
                ? -1
                : SysFs.number(Path.of("/sys/bus", link.parentBus(), "devices", link.parentName(), "numa_node"), -1);
    }
}
