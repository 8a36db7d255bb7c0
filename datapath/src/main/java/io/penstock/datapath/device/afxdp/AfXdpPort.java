package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.Offload;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.PortLease;
import io.penstock.datapath.device.Resources;
import io.penstock.datapath.device.WholePort;
import io.penstock.linux.net.LinkWatch;

/** An interface for one stack: acquired here when the stack's frames are there, or by another process before. */
final class AfXdpPort extends WholePort {
    /** Null if another process has acquired it. */
    private final AfXdpTarget target;
    /** Null until it is acquired. */
    private AfXdpLease lease;

    private volatile DeviceInfo info;

    AfXdpPort(AfXdpTarget target) {
        this.target = target;
        this.info = new DeviceInfo(
                target.spec().toString(),
                "AF_XDP, not acquired yet",
                target.nic().macAddress(),
                target.nic().mtuBytes(),
                target.queueCount());
    }

    AfXdpPort(AfXdpLease lease) {
        this.target = null;
        this.lease = lease;
        this.info = info(lease.lease());
    }

    private static DeviceInfo info(PortLease lease) {
        Capabilities capabilities = Capabilities.none();
        if (lease.number(AfXdpLease.PARTIAL_CHECKSUMS) != 0) {
            capabilities = capabilities.with(Offload.RX_PARTIAL_CHECKSUM);
        }
        return new DeviceInfo(
                lease.spec().toString(),
                lease.text(AfXdpLease.MODE),
                lease.number(AfXdpLease.MAC),
                (int) lease.number(AfXdpLease.MTU),
                (int) lease.number(AfXdpLease.QUEUES),
                capabilities);
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    protected PacketQueue openWhole(DeviceSetup setup) {
        if (target == null) {
            lease.lease().requireFrames(setup.pool());
        } else {
            lease = AfXdpAcquisition.acquire(target, setup);
            info = info(lease.lease());
        }
        Resources resources = new Resources();
        boolean opened = false;
        try {
            PacketQueue queue = attach(setup, resources);
            opened = true;
            return queue;
        } finally {
            if (!opened) {
                resources.close();
                lease.close();
            }
        }
    }

    /** Registers what is undone in reverse: the lease first, after whose end no packet comes in. */
    private PacketQueue attach(DeviceSetup setup, Resources resources) {
        LinkWatch link = new LinkWatch((int) lease.lease().number(AfXdpLease.INDEX));
        resources.add(link::close);
        ArpCopies arp = null;
        if (lease.lease().has(AfXdpLease.ARP)) {
            arp = new ArpCopies(lease.lease().descriptor(AfXdpLease.ARP), setup.pool());
            resources.add(arp::close);
        }
        UmemFrames umem = new UmemFrames(setup.pool());
        if (lease.is(AfXdpLease.ZERO_COPY)) {
            umem.onlyWithinPages();
        }
        resources.add(umem::takeAll);
        SteeringView steering = new SteeringView(
                lease.lease().descriptor(AfXdpLease.SOCKETS_MAP),
                lease.lease().descriptor(AfXdpLease.COUNTERS_MAP),
                (int) lease.lease().number(AfXdpLease.PROGRAM));
        resources.add(steering::close);
        resources.add(lease::close);

        link.ask(); // that a program was attached is not announced
        PortEvents events = new PortEvents(
                lease.interfaceName(),
                link.isRunning(),
                info.mtuBytes(),
                setup.pool().strideBytes() - AfXdpAcquisition.RESERVED_BYTES,
                (int) lease.lease().number(AfXdpLease.RX_CHANNELS));
        ReceiveQueues queues = new ReceiveQueues(lease, umem, steering, events);
        queues.steer();
        InterfaceMonitor monitor = new InterfaceMonitor(lease, link, steering, events, setup.remedies());
        return new AfXdpQueue(this, setup, lease, queues, monitor, arp, resources);
    }

    @Override
    protected void end() {
        if (lease != null) {
            lease.close();
        }
        if (target != null) {
            target.unlock().run();
        }
    }
}
