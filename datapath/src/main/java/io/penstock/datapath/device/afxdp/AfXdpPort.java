package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortShare;
import io.penstock.datapath.device.SharedPort;

/**
 * An interface that was opened here, for one stack or for one on each of its queues. Each stack has sockets and a UMEM of its
 * own, which is the stack's region; the steering program is the same for all of them.
 */
final class AfXdpPort extends SharedPort {
    private final AfXdpInterface held;
    private final DeviceInfo info;

    /** Takes the interface over. */
    AfXdpPort(AfXdpInterface held) {
        AfXdpTarget target = held.target();
        this.held = held;
        this.info = new DeviceInfo(
                target.spec().toString(),
                "AF_XDP, " + AfXdpOptions.Queues.count(target.queueCount()),
                target.nic().macAddress(),
                target.nic().mtuBytes(),
                target.queueCount(),
                AfXdpLease.capabilities(AfXdpAcquisition.staysInTheMachine(target)));
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    protected PacketQueue openQueues(PortShare share, DeviceSetup setup) {
        int first = held.target().range().first() + share.first();
        AfXdpOptions.Queues range = new AfXdpOptions.Queues(first, first + share.count() - 1);
        return AfXdpQueueOpener.open(AfXdpAcquisition.acquire(held, range, setup), share, setup);
    }

    @Override
    protected boolean opensAgain() {
        return true;
    }

    @Override
    protected void end() {
        held.close();
    }
}
