package io.penstock.libos.tcp;

import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSpec;
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

    /** The smallest frames in which the device carries packets as large as its MTU is, 2048 or 4096 bytes. */
    default int minFrameBytes() {
        return 2048;
    }

    /**
     * One queue of a port that stacks share: each is opened on the thread that will run it.
     *
     * @param port stays the caller's; it may be closed as soon as the stacks are open
     * @param queue 0 to {@code port.info().queues() - 1}
     */
    static DeviceFactory queueOf(PacketPort port, int queue) {
        return ofKind(Devices.parse(port.info().name()), setup -> port.open(queue, 1, setup));
    }

    /** A device of this name, which a function opens. */
    private static DeviceFactory ofKind(DeviceSpec spec, DeviceFactory opener) {
        return new DeviceFactory() {
            @Override
            public PacketQueue open(DeviceSetup setup) {
                return opener.open(setup);
            }

            @Override
            public int framePrefixBytes() {
                return Devices.framePrefixBytes(spec);
            }

            @Override
            public int minFrameBytes() {
                return Devices.minFrameBytes(spec);
            }
        };
    }

    /** All queues of the port of this name, which nobody else has. */
    static DeviceFactory named(DeviceSpec spec) {
        return ofKind(spec, setup -> Devices.open(spec, setup));
    }
}
