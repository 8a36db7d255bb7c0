package io.penstock.testkit.device;

import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortEvents;
import io.penstock.datapath.device.WholePort;

/** The port of a queue that a test has made itself. */
public final class TestPort extends WholePort {
    private final DeviceInfo info;

    public TestPort(DeviceInfo info) {
        this.info = info;
    }

    /** What becomes of a port on which nothing ever happens: the link is up. */
    public static PortEvents quiet(DeviceInfo info) {
        return new PortEvents(info.name(), true, info.mtuBytes(), info.mtuBytes(), info.queues());
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    protected PacketQueue openWhole(DeviceSetup setup) {
        throw new UnsupportedOperationException("the test has made the queue");
    }

    @Override
    protected void end() {}
}
