package io.penstock.datapath.device.tap;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceProvider;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.FrameRoom;
import io.penstock.datapath.device.PacketPort;
import io.penstock.datapath.device.PortLease;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.NetDeviceIoctl;
import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.RouteNetlink;
import io.penstock.linux.net.TunTap;
import io.penstock.memory.FramePool;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;

/**
 * {@code tap:NAME[,mac=02:00:00:00:00:01]}: a cable between the stack and the kernel.
 *
 * <p>The interface NAME is the kernel's end: it may have an address and be the stack's peer, or lie in a bridge. The stack
 * is the other end, with a hardware address of its own (random and locally administered unless it is given). The interface
 * is made if there is none and vanishes with the device then; it is switched on if the process may. Needs CAP_NET_ADMIN in
 * the user namespace that owns the network namespace, so any user has it in a namespace of their own; a TAP interface that
 * was made beforehand for the user (ip tuntap add NAME mode tap user USER) needs nothing.
 *
 * <p>One system call and one copy for each packet.
 */
public final class TapProvider implements DeviceProvider {
    private static final int MAX_NAME_BYTES = 15;
    private static final int ENOTTY = 25;
    /** For the service loader. */
    public TapProvider() {}

    @Override
    public String scheme() {
        return "tap";
    }

    @Override
    public String description() {
        return "a TAP interface, the stack being the kernel's peer";
    }

    @Override
    public String needs() {
        return "/dev/net/tun; CAP_NET_ADMIN, or a user namespace";
    }

    @Override
    public List<String> options() {
        return List.of("mac");
    }

    /** An interface that does not exist yet will have an MTU of 1500. */
    @Override
    public int minFrameBytes(DeviceSpec spec) {
        NetworkInterfaceInfo nic = RouteNetlink.find(spec.name());
        return FrameRoom.minFrameBytes(
                nic == null ? 0 : nic.mtuBytes(), FramePool.DEFAULT_HEADROOM_BYTES + EthernetHeader.LENGTH);
    }

    @Override
    public String reach(DeviceSpec spec) {
        return "from this host through " + spec.name() + ", once that has an address ('ip addr add ADDRESS dev "
                + spec.name() + "')";
    }

    @Override
    public PacketPort openPort(DeviceSpec spec) {
        return attach(acquire(spec));
    }

    @Override
    public PortLease acquire(DeviceSpec spec, DeviceSetup setup) {
        return acquire(spec);
    }

    @Override
    public PacketPort attach(PortLease lease) {
        return new TapPort(lease);
    }

    private static PortLease acquire(DeviceSpec spec) {
        spec.allowOnly("mac");
        String name = spec.name();
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES || name.matches(".*[/\\s%].*")) {
            throw new ConfigurationException("'" + name + "' cannot be an interface's name: at most " + MAX_NAME_BYTES
                    + " bytes, no slash, space or percent sign");
        }
        long mac = spec.options().containsKey("mac") ? parseMac(spec) : randomMac(new SecureRandom().nextLong());
        int fd = TunTap.attach(name);
        if (fd < 0) {
            throw refused(name, -fd);
        }
        boolean opened = false;
        try {
            PortLease lease = lease(fd, mac, spec);
            opened = true;
            return lease;
        } finally {
            if (!opened) {
                FileDescriptors.close(fd);
            }
        }
    }

    private static PortLease lease(int fd, long mac, DeviceSpec spec) {
        String name = spec.name();
        NetworkInterfaceInfo nic = RouteNetlink.find(name);
        if (nic == null) {
            throw new ConfigurationException("interface " + name + " vanished while it was opened: who deletes it?");
        }
        int up = nic.isUp() ? 0 : NetDeviceIoctl.setUp(name, true);
        if (up != 0) {
            throw new ConfigurationException("interface " + name + " is down and this process may not switch it on ("
                    + Errno.describe(-up) + "): 'ip link set " + name + " up', or grant CAP_NET_ADMIN");
        }
        PortLease lease = new PortLease(spec)
                .fact(TapPort.INTERFACE, name)
                .fact(TapPort.INDEX, nic.index())
                .fact(TapPort.MAC, mac)
                .fact(TapPort.MTU, nic.mtuBytes())
                .descriptor(TapPort.TUN, fd);
        lease.onClose(() -> FileDescriptors.close(fd));
        return lease;
    }

    private static ConfigurationException refused(String name, int errno) {
        return new ConfigurationException(
                switch (errno) {
                    case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV ->
                        "there is no /dev/net/tun: load the module tun, or use another back end";
                    case Errno.EPERM, Errno.EACCES ->
                        "making the TAP interface " + name + " needs CAP_NET_ADMIN: run as root or in a user namespace"
                                + " (unshare -Urn), or make it beforehand with 'ip tuntap add " + name
                                + " mode tap user USER'";
                    case Errno.EBUSY ->
                        "TAP interface " + name + " is in use by another process: stop that one, or use"
                                + " another name";
                    case Errno.EINVAL, ENOTTY ->
                        "interface " + name + " exists and is not a TAP interface: use another name";
                    default -> "opening the TAP interface " + name + " failed: " + Errno.describe(errno);
                });
    }

    /** Locally administered, not multicast (IEEE 802, section 8.4). */
    static long randomMac(long random) {
        return (random & 0xfcff_ffff_ffffL) | 0x0200_0000_0000L;
    }

    private static long parseMac(DeviceSpec spec) {
        String text = spec.option("mac", "");
        if (!text.matches("(?i)[0-9a-f]{2}(:[0-9a-f]{2}){5}")) {
            throw new ConfigurationException(
                    "device '" + spec + "': mac=" + text + ": expected six bytes such as 02:00:00:00:00:01");
        }
        long mac = Long.parseLong(text.replace(":", ""), 16);
        if ((mac >>> 40 & 1) != 0) {
            throw new ConfigurationException("device '" + spec + "': mac=" + text
                    + " is a group's address: the first byte of a station's is even");
        }
        return mac;
    }
}
