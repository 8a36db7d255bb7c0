package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.Bridge;
import io.penstock.datapath.device.DeviceProvider;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.PacketEdit;
import io.penstock.datapath.device.PacketPort;
import java.util.List;

/** Opens {@code dpdk:VDEV-or-PCI[,key=value]...}. The libraries are loaded when the first device is opened. */
public final class DpdkProvider implements DeviceProvider {
    /** A mempool's object header in a cache line of its own, and an mbuf in two. */
    static final int PREFIX_BYTES = 64 + 128;

    /** For the service loader. */
    public DpdkProvider() {}

    @Override
    public String scheme() {
        return "dpdk";
    }

    @Override
    public String description() {
        return "a DPDK port: a NIC by its PCI address, or net_af_xdp0, net_af_packet0, net_tap0, net_memif0, net_virtio_user0, net_vhost0, net_ring0, net_null0, net_pcap0 with the driver's options";
    }

    @Override
    public String needs() {
        return "DPDK 22.11, 23.11 or 24.11; huge pages";
    }

    @Override
    public List<String> options() {
        return List.of(
                "port.queues",
                "port.rxd",
                "port.txd",
                "port.mtu",
                "port.vlan",
                "port.offloads",
                "port.promiscuous",
                "port.steer",
                "port.wire",
                "eal.huge",
                "eal.memory",
                "eal.prefix",
                "eal.args");
    }

    @Override
    public int framePrefixBytes(DeviceSpec spec) {
        return PREFIX_BYTES;
    }

    @Override
    public int minFrameBytes(DeviceSpec spec) {
        int mtuBytes = DpdkOptions.mtuBytes(spec);
        return DriverTraits.of(spec.name()).minFrameBytes(mtuBytes, PREFIX_BYTES);
    }

    @Override
    public PacketPort openPort(DeviceSpec spec) {
        return new DpdkPacketPort(spec);
    }

    @Override
    public Bridge openBridge(DeviceSpec first, DeviceSpec second, PacketEdit edit, int maxBurst) {
        return DpdkBridgeOpener.open(first, second, edit, maxBurst);
    }
}
