package io.penstock.libos.tcp;

import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketPort;
import io.penstock.datapath.device.PacketQueue;

/** Opens what a stack runs on: for shared ports, and for wires that a program holds in its hand, where a name would not do. */
@FunctionalInterface
public interface DeviceFactory {
    /** Opens its queue, with the frames and the clock of the stack. The stack closes it. */
    PacketQueue open(DeviceSetup setup);

    /** How many bytes at the beginning of each frame are the device's own. */
    default int framePrefixBytes() {
        return 0;
    }

    /**
     * One queue of a port that stacks share: each is opened on the thread that will run it.
     *
     * @param port stays the caller's; it may be closed as soon as the stacks are open
     * @param queue 0 to {@code port.info().queues() - 1}
     */
    static DeviceFactory queueOf(PacketPort port, int queue) {
        return new DeviceFactory() {
            @Override
            public PacketQueue open(DeviceSetup setup) {
                return port.open(queue, 1, setup);
            }

            @Override
            public int framePrefixBytes() {
                return Devices.framePrefixBytes(Devices.parse(port.info().name()));
            }
        };
    }
}
