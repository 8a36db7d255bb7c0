package io.penstock.testkit.device;

import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.PortRelay;
import io.penstock.datapath.poll.WaitFds;

/** Another device, of which some methods are to be replaced: every call goes on to it. Allocates nothing. */
public abstract class ForwardingDevice implements PacketQueue {
    private final PacketQueue device;

    /** Takes over a device. */
    protected ForwardingDevice(PacketQueue device) {
        this.device = device;
    }

    @Override
    public DeviceInfo info() {
        return device.info();
    }

    @Override
    public PortEvents events() {
        return device.events();
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
    public boolean kernelAnswersArp() {
        return device.kernelAnswersArp();
    }

    @Override
    public PortRelay relay() {
        return device.relay();
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
