package io.penstock.datapath.device;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.StartConditions;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/** The back ends on the class path, by scheme. */
public final class Devices {
    private Devices() {}

    /** All providers, sorted by scheme. */
    public static List<DeviceProvider> providers() {
        return ServiceLoader.load(DeviceProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparing(DeviceProvider::scheme))
                .toList();
    }

    /** The schemes that can be used, sorted. */
    public static List<String> schemes() {
        return providers().stream().map(DeviceProvider::scheme).toList();
    }

    /**
     * Parses a device's name.
     *
     * @throws ConfigurationException if it has no scheme or no name, or an option without a value
     */
    public static DeviceSpec parse(String text) {
        int colon = text.indexOf(':');
        if (colon <= 0) {
            throw new ConfigurationException("'" + text + "' is not a device: expected BACKEND:NAME, known back ends: "
                    + String.join(", ", schemes()));
        }
        return DeviceSpec.of(text);
    }

    /**
     * How many bytes in front of each frame a device keeps for itself ({@link DeviceProvider#framePrefixBytes}).
     *
     * @throws ConfigurationException if no back end has this scheme, or the back end refuses the name
     */
    public static int framePrefixBytes(DeviceSpec spec) {
        return provider(spec).framePrefixBytes(spec);
    }

    /**
     * The smallest frames in which a device carries packets as large as its MTU is ({@link DeviceProvider#minFrameBytes}).
     *
     * @throws ConfigurationException if no back end has this scheme
     */
    public static int minFrameBytes(DeviceSpec spec) {
        return provider(spec).minFrameBytes(spec);
    }

    /** From where a stack on an open device can be reached ({@link DeviceProvider#reach}). */
    public static String reach(DeviceSpec spec) {
        return provider(spec).reach(spec);
    }

    /**
     * Opens a port by its name, for stacks that share it.
     *
     * @throws ConfigurationException if no back end has this scheme, or the back end cannot open it
     */
    public static PacketPort openPort(DeviceSpec spec) {
        return provider(spec).openPort(spec);
    }

    /**
     * Opens a port by its name, and all of its queues for one stack: the port ends with the queue.
     *
     * @throws ConfigurationException if no back end has this scheme, or the back end cannot open it
     */
    public static PacketQueue open(DeviceSpec spec, DeviceSetup setup) {
        try (PacketPort port = openPort(spec)) {
            return port.open(setup);
        }
    }

    /**
     * Does the privileged half of opening a port ({@link DeviceProvider#acquire}).
     *
     * @throws ConfigurationException if no back end has this scheme, or the back end cannot open it or hand it over
     */
    public static PortLease acquire(DeviceSpec spec, DeviceSetup setup) {
        return provider(spec).acquire(spec, setup);
    }

    /**
     * Makes a port of what another process has acquired ({@link DeviceProvider#attach}).
     *
     * @param lease the port's from now on; closed if this fails
     * @throws ConfigurationException if no back end has the lease's scheme, or the lease does not say what it must
     */
    public static PacketPort attach(PortLease lease) {
        boolean attached = false;
        try {
            PacketPort port = provider(lease.spec()).attach(lease);
            attached = true;
            return port;
        } finally {
            if (!attached) {
                lease.close();
            }
        }
    }

    /**
     * Opens two devices of one back end as a bridge ({@link DeviceProvider#openBridge}).
     *
     * @param second null for a lone device
     * @return null if they are of different back ends, or theirs has no bridge
     * @throws ConfigurationException if no back end has a scheme, or a device cannot be had
     */
    public static Bridge openBridge(DeviceSpec first, DeviceSpec second, PacketEdit edit, int maxBurst) {
        DeviceProvider provider = provider(first);
        return second == null || second.scheme().equals(first.scheme())
                ? provider.openBridge(first, second, edit, maxBurst)
                : null;
    }

    private static DeviceProvider provider(DeviceSpec spec) {
        String complaint = StartConditions.complaint();
        if (complaint != null) {
            throw new ConfigurationException(complaint);
        }
        for (DeviceProvider provider : providers()) {
            if (provider.scheme().equals(spec.scheme())) {
                return provider;
            }
        }
        throw new ConfigurationException("unknown back end '" + spec.scheme() + "' in device '" + spec + "': known are "
                + String.join(", ", schemes()));
    }
}
