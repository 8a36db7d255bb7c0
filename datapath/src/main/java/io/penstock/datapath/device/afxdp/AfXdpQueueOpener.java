package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.PortShare;
import io.penstock.datapath.device.Resources;
import io.penstock.linux.net.LinkWatch;

/** The unprivileged half of opening queues: what a lease holds is mapped, and packets come in from then on. */
final class AfXdpQueueOpener {
    private AfXdpQueueOpener() {}

    /** @param lease closed with the queue, or if this fails */
    static PacketQueue open(AfXdpLease lease, PortShare share, DeviceSetup setup) {
        Resources resources = new Resources();
        boolean opened = false;
        try {
            PacketQueue queue = attach(lease, share, setup, resources);
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
    private static PacketQueue attach(AfXdpLease lease, PortShare share, DeviceSetup setup, Resources resources) {
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
                lease.lease().descriptor(AfXdpLease.SOCKETS_MAP), lease.lease().descriptor(AfXdpLease.COUNTERS_MAP));
        resources.add(steering::close);
        resources.add(lease::close);

        link.ask(); // that a program was attached is not announced
        PortEvents events = new PortEvents(
                lease.interfaceName(),
                link.isRunning(),
                lease.info().mtuBytes(),
                setup.pool().strideBytes() - AfXdpAcquisition.RESERVED_BYTES,
                (int) lease.lease().number(AfXdpLease.RX_CHANNELS));
        ReceiveQueues queues = new ReceiveQueues(lease, umem, steering, events);
        queues.steer();
        InterfaceMonitor monitor = new InterfaceMonitor(lease, link, steering, events, setup.remedies());
        return new AfXdpQueue(share, setup, lease, queues, monitor, arp, resources);
    }
}
