package io.penstock.datapath.device.tap;

import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.FrameRoom;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.PortLease;
import io.penstock.datapath.device.PortShare;
import io.penstock.datapath.device.SharedPort;
import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.linux.net.LinkWatch;
import io.penstock.memory.FramePool;

/** A TAP interface, of a lease whose descriptor is attached to it. */
final class TapPort extends SharedPort {
    /** What the kernel or a bridge of its hands over need never have seen a wire. */
    private static final Capabilities CAPABILITIES = Capabilities.none().with(Offload.RX_PARTIAL_CHECKSUM);

    // What the lease says, and what its descriptor is called.
    static final String INTERFACE = "interface";
    static final String INDEX = "index";
    static final String MAC = "mac";
    static final String MTU = "mtu";
    static final String TUN = "tun";

    private final PortLease lease;
    private final DeviceInfo info;

    /** Takes the lease over. */
    TapPort(PortLease lease) {
        this.lease = lease;
        this.info = new DeviceInfo(
                lease.spec().toString(), "TAP, 1 queue", lease.number(MAC), (int) lease.number(MTU), 1, CAPABILITIES);
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    protected PacketQueue openQueues(PortShare share, DeviceSetup setup) {
        FramePool pool = setup.pool();
        int reserved = pool.strideBytes() - pool.payloadBytes() + EthernetHeader.LENGTH;
        String interfaceName = lease.text(INTERFACE);
        FrameRoom.check(interfaceName, info.mtuBytes(), pool.strideBytes(), reserved);
        LinkWatch link = new LinkWatch((int) lease.number(INDEX));
        PortEvents events = new PortEvents(
                interfaceName, link.isRunning(), info.mtuBytes(), pool.strideBytes() - reserved, info.queues());
        return new TapQueue(info, share, lease.descriptor(TUN), setup, link, events);
    }

    @Override
    protected void end() {
        lease.close();
    }
}
