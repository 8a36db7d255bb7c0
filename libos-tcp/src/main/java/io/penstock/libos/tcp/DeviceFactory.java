package io.penstock.libos.tcp;

import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketQueue;

/** Opens a stack's device: for wires that a program holds in its hand, where a name would not do. */
@FunctionalInterface
public interface DeviceFactory {
    /** Opens it, with the frames and the clock of the stack. The stack closes it. */
    PacketQueue open(DeviceSetup setup);
}
