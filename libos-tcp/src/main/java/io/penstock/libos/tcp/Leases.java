package io.penstock.libos.tcp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketPort;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortLease;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;

/** The two halves of opening a stack's device in two processes. */
final class Leases {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    private Leases() {}

    /** The privileged half: with the memory, laid out as the stack will have it. */
    static PortLease acquire(StackConfig config) {
        DeviceSpec spec = named(config);
        StackMemory memory = StackMemory.open(config.values(), StackParts.shape(config, DeviceFactory.named(spec)));
        boolean acquired = false;
        try {
            DeviceSetup setup =
                    new DeviceSetup(memory.frames(), ACCESS, new SystemClock(), StackParts.steering(config));
            PortLease lease = Devices.acquire(spec, setup);
            lease.afterClose(memory::close);
            acquired = true;
            return lease;
        } finally {
            if (!acquired) {
                memory.close();
            }
        }
    }

    /** What the other half begins with. */
    static StackParts parts(StackConfig config, PortLease lease) {
        DeviceSpec spec = named(config);
        if (!lease.spec().equals(spec)) {
            throw new ConfigurationException("the stack is to have device '" + spec + "', and the lease is of '"
                    + lease.spec() + "': configure the stack as whoever acquired the device was");
        }
        DeviceFactory named = DeviceFactory.named(spec);
        DeviceFactory leased = new DeviceFactory() {
            @Override
            public PacketQueue open(DeviceSetup setup) {
                try (PacketPort port = Devices.attach(lease)) {
                    return port.open(setup);
                }
            }

            @Override
            public int framePrefixBytes() {
                return named.framePrefixBytes();
            }

            @Override
            public int minFrameBytes() {
                return named.minFrameBytes();
            }
        };
        return new StackParts(config, leased, lease);
    }

    private static DeviceSpec named(StackConfig config) {
        if (config.deviceSpec() == null) {
            throw new ConfigurationException(
                    "a device that comes by a lease has a name: expected StackConfig.device(BACKEND:NAME)");
        }
        return config.deviceSpec();
    }
}
