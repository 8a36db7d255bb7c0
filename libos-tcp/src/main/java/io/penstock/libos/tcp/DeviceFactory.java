package io.penstock.libos.tcp;

import io.penstock.datapath.device.DeviceSetup;
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
}
