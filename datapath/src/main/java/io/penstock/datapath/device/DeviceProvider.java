package io.penstock.datapath.device;

import io.penstock.datapath.ConfigurationException;
import java.util.List;

/** Opens the devices of one scheme. Found by {@link java.util.ServiceLoader}; needs a public constructor without parameters. */
public interface DeviceProvider {
    /** What stands before the colon, such as {@code afxdp}. */
    String scheme();

    /** What the name behind the colon stands for, in one line, for an operator who asks which back ends there are. */
    String description();

    /** What the machine and the user must have for it, in one line; empty for nothing. */
    default String needs() {
        return "";
    }

    /** The options that may stand behind the name, each as {@code key} or, where it helps, {@code key=VALUE}. */
    default List<String> options() {
        return List.of();
    }

    /**
     * How many bytes in front of each frame belong to the device, such as a driver's own descriptor: the pool that the
     * device is given keeps them free, and never touches them.
     *
     * @param spec the device that is to be opened
     * @return 0 or a multiple of 8
     * @throws ConfigurationException if the device cannot be had, as far as its name tells
     */
    default int framePrefixBytes(DeviceSpec spec) {
        return 0;
    }

    /**
     * The smallest frames in which the device carries packets as large as its MTU is, or 1500 bytes if it has none as yet.
     *
     * @param spec the device that is to be opened
     * @return 2048 or 4096, which may be too small
     */
    default int minFrameBytes(DeviceSpec spec) {
        return 2048;
    }

    /**
     * From where a stack on the device can be reached, to follow the words "reached", such as {@code from hosts on the link of
     * eth1}.
     *
     * @param spec a device that is open
     */
    default String reach(DeviceSpec spec) {
        return "through the other end of " + spec;
    }

    /**
     * Opens a port, whose queues are opened next.
     *
     * @param spec its name and options
     * @throws ConfigurationException if it cannot be had; nothing is left half done
     */
    PacketPort openPort(DeviceSpec spec);

    /**
     * Does the privileged half of opening a port, for another process or for this one.
     *
     * @param spec its name and options
     * @param setup the frames that the device will be given, and which packets it takes
     * @throws ConfigurationException if it cannot be had, or this back end's ports cannot be handed over; nothing is left half
     *     done
     */
    default PortLease acquire(DeviceSpec spec, DeviceSetup setup) {
        throw new ConfigurationException("device '" + spec + "' cannot be handed over to another process: " + scheme()
                + ": opens it as a whole");
    }

    /**
     * Does the other half, for which a process needs no privilege.
     *
     * @param lease what {@link #acquire} gave, here or in another process; the port's from now on, unless this fails
     * @throws ConfigurationException if the lease does not say what it must
     */
    default PacketPort attach(PortLease lease) {
        throw new ConfigurationException("device '" + lease.spec() + "' cannot have come from another process: "
                + scheme() + ": opens it as a whole");
    }

    /**
     * Opens two devices of this back end as a bridge, if it has a shorter way from one to the other than through frames of
     * a pool. The calling thread will drive it.
     *
     * @param first one device
     * @param second the other, or null: packets go back out of the first
     * @param edit what is done to each packet
     * @param maxBurst how many packets a burst will have at most, from 1 to 512
     * @return null if it has none: then nothing was opened
     * @throws ConfigurationException if a device cannot be had; nothing is left half done
     */
    default Bridge openBridge(DeviceSpec first, DeviceSpec second, PacketEdit edit, int maxBurst) {
        return null;
    }
}
