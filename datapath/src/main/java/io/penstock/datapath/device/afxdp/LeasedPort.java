package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortShare;
import io.penstock.datapath.device.SharedPort;

/** Queues of an interface that another process has acquired. They share one UMEM, and so are for one stack. */
final class LeasedPort extends SharedPort {
    private final AfXdpLease lease;
    private final DeviceInfo info;

    /** Takes the lease over. */
    LeasedPort(AfXdpLease lease) {
        this.lease = lease;
        this.info = lease.info();
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    protected PacketQueue openQueues(PortShare share, DeviceSetup setup) {
        if (share.count() != info.queues()) {
            throw new ConfigurationException(
                    "device '" + info.name() + "' came by a lease, whose queues share one memory:"
                            + " open all of them for one stack, or acquire each for a stack of its own");
        }
        lease.lease().requireFrames(setup.pool());
        lease.requireSteering(setup.steering());
        return AfXdpQueueOpener.open(lease, share, setup);
    }

    @Override
    protected void end() {
        lease.close();
    }
}
