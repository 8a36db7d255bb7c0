package io.penstock.testkit.device;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.FlowGroups;
import io.penstock.datapath.device.PacketDevice;
import io.penstock.datapath.poll.WaitFds;

/** Another device, of which some methods are to be replaced: every call goes on to it. Allocates nothing. */
public abstract class ForwardingDevice implements PacketDevice {
    private final PacketDevice device;

    /** Takes over a device. */
    protected ForwardingDevice(PacketDevice device) {
        this.device = device;
    }

    @Override
    public DeviceInfo info() {
        return device.info();
    }

    @Override
    public int rxBurst(Burst burst) {
        return device.rxBurst(burst);
    }

    @Override
    public int txBurst(Burst burst) {
        return device.txBurst(burst);
    }

    @Override
    public int reclaim() {
        return device.reclaim();
    }

    @Override
    public WaitFds waitFds() {
        return device.waitFds();
    }

    @Override
    public FlowGroups flowGroups() {
        return device.flowGroups();
    }

    @Override
    public boolean isUp() {
        return device.isUp();
    }

    @Override
    public int mtuBytes() {
        return device.mtuBytes();
    }

    @Override
    public int linkReturns() {
        return device.linkReturns();
    }

    @Override
    public String lostReason() {
        return device.lostReason();
    }

    @Override
    public boolean kernelAnswersArp() {
        return device.kernelAnswersArp();
    }

    @Override
    public long rxDropped() {
        return device.rxDropped();
    }

    @Override
    public long txDropped() {
        return device.txDropped();
    }

    @Override
    public void close() {
        device.close();
    }
}
