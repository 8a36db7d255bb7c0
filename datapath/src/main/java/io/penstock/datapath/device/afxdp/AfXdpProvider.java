package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.device.DeviceProvider;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.FrameRoom;
import io.penstock.datapath.device.PacketPort;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.PortLease;
import io.penstock.linux.net.Ethtool;
import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.RouteNetlink;
import java.util.List;

/**
 * {@code afxdp:IFACE[,mode=auto|native|generic][,copy=auto|zerocopy|copy][,queues=all|0|0-3][,ring=2048][,busypoll=MICROS]}.
 *
 * <p>Shares an interface with the kernel: what is the stack's goes past the kernel, all else stays with it. Frames are 2048
 * or 4096 bytes; the MTU, with 14 bytes of Ethernet header and 256 bytes of XDP's own, must fit into one. Needs
 * CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF, and CAP_IPC_LOCK or a sufficient RLIMIT_MEMLOCK.
 *
 * <p><b>One address for the stack and the kernel.</b> If only given ports are taken, the rest of the address can be the
 * kernel's, which then keeps ARP, pings, fragments and ICMP errors about its own ports; the stack gets copies of ARP packets.
 *
 * <p><b>Link.</b> If the interface goes down, what is offered for transmission is dropped and counted; when it comes back,
 * the device works on at once. A change of the MTU is followed. If the interface is deleted, or its program detached, the
 * device is {@link PortEvents#lost() lost}.
 *
 * <p><b>VLANs.</b> Packets with a tag are the kernel's, also if the tag travels beside the packet. Where the driver does not
 * tell (generic mode, or before Linux 6.8), an interface that takes tags out of packets is refused.
 *
 * <p><b>Checksums.</b> A sender on the same machine (behind a veth or a TAP) leaves checksums to a NIC that does not exist;
 * the device says so ({@code Offload.RX_PARTIAL_CHECKSUM}), and the stack takes them. Packets from a real wire are complete.
 *
 * <p><b>Generic mode</b> works with every driver, but does not keep a veth peer from sending segments larger than a
 * frame, which are lost: {@code ethtool -K PEER tso off gso off}.
 */
public final class AfXdpProvider implements DeviceProvider {
    /** For the service loader. */
    public AfXdpProvider() {}

    @Override
    public String scheme() {
        return "afxdp";
    }

    @Override
    public String description() {
        return "a network interface through AF_XDP, shared with the kernel";
    }

    @Override
    public String needs() {
        return "Linux 5.11; root, or CAP_NET_RAW, CAP_NET_ADMIN, CAP_BPF, CAP_IPC_LOCK";
    }

    @Override
    public List<String> options() {
        return List.of("mode", "queues", "ring", "copy", "busypoll");
    }

    /** Its own host's kernel is on the near side of the program: what it sends to the address never comes in. */
    @Override
    public String reach(DeviceSpec spec) {
        String name = AfXdpOptions.of(spec).interfaceName();
        return Ethtool.staysInTheMachine(name)
                ? "through the other end of " + name
                : "from other hosts on the link of " + name + ", not from this one (docs/same-host.md says how)";
    }

    @Override
    public int minFrameBytes(DeviceSpec spec) {
        NetworkInterfaceInfo nic = RouteNetlink.find(AfXdpOptions.of(spec).interfaceName());
        return FrameRoom.minFrameBytes(nic == null ? 0 : nic.mtuBytes(), AfXdpAcquisition.RESERVED_BYTES);
    }

    @Override
    public PacketPort openPort(DeviceSpec spec) {
        return new AfXdpPort(new AfXdpInterface(AfXdpTarget.take(spec)));
    }

    @Override
    public PortLease acquire(DeviceSpec spec, DeviceSetup setup) {
        try (AfXdpInterface held = new AfXdpInterface(AfXdpTarget.take(spec))) {
            return AfXdpAcquisition.acquire(held, held.target().range(), setup).lease();
        }
    }

    @Override
    public PacketPort attach(PortLease lease) {
        return new LeasedPort(AfXdpLease.received(lease));
    }
}
