package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSpec;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What stands in {@code dpdk:NAME[,key=value]...}. Keys that begin with {@code port.} and {@code eal.} are ours; all others go
 * to the driver as they are. Immutable.
 */
final class DpdkOptions {
    private static final String PCI_ADDRESS = "([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]";
    private static final List<String> KNOWN =
            List.of("queues", "rxd", "txd", "mtu", "vlan", "offloads", "promiscuous", "steer", "wire");
    private static final int MAX_QUEUES = 1024;
    private static final int MAX_RING = 32768;
    private static final int MAX_MTU = 9600;
    private static final int MAX_VLAN = 4094;

    private final String name;
    private final String driverArguments;
    private final int queues;
    private final RingSizes ringSizes;
    private final int mtuBytes;
    private final int vlan;
    private final boolean offloads;
    private final boolean promiscuous;
    private final boolean steer;
    private final String wire;

    private DpdkOptions(DeviceSpec spec) {
        name = canonical(spec.name());
        driverArguments = spec.options().entrySet().stream()
                .filter(e -> !e.getKey().startsWith("port.") && !e.getKey().startsWith("eal."))
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining(","));
        queues = number(spec, "queues", 1, 1, MAX_QUEUES);
        mtuBytes = mtuBytes(spec);
        vlan = number(spec, "vlan", 0, 1, MAX_VLAN);
        offloads = onOrOff(spec, "offloads", "on");
        promiscuous = onOrOff(spec, "promiscuous", "off");
        steer = onOrOff(spec, "steer", "off");
        wire = spec.option("port.wire", "");
        ringSizes = new RingSizes(number(spec, "rxd", 0, 32, MAX_RING), number(spec, "txd", 0, 32, MAX_RING));
    }

    /** A range of a port's queues. */
    record Queues(int first, int last) {
        int count() {
            return last - first + 1;
        }
    }

    /**
     * How many descriptors the rings of each queue have.
     *
     * @param rx 0: as many as usual
     * @param tx likewise
     */
    record RingSizes(int rx, int tx) {
        RingSizes orElse(int otherwise) {
            return new RingSizes(rx == 0 ? otherwise : rx, tx == 0 ? otherwise : tx);
        }
    }

    /**
     * Reads them.
     *
     * @throws ConfigurationException in one line that names the option
     */
    static DpdkOptions of(DeviceSpec spec) {
        for (String key : spec.options().keySet()) {
            if (key.startsWith("port.") && !KNOWN.contains(key.substring("port.".length()))) {
                throw new ConfigurationException("device '" + spec + "' has no option '" + key + "': known are port."
                        + String.join(", port.", KNOWN) + "; keys without 'port.' or 'eal.' are the driver's");
            }
        }
        refuseWhatEndsProcesses(spec);
        return new DpdkOptions(spec);
    }

    /** The device's name on its bus: a virtual one's begins with its driver's, a PCI one's is its address. */
    String name() {
        return name;
    }

    /** For the driver, comma-separated. */
    String driverArguments() {
        return driverArguments;
    }

    /** How many queues the port has in all. */
    int queues() {
        return queues;
    }

    RingSizes ringSizes() {
        return ringSizes;
    }

    /** 0: as it is. */
    int mtuBytes() {
        return mtuBytes;
    }

    /** The VLAN's number; 0: none. */
    int vlan() {
        return vlan;
    }

    /** Whether the port may work on packets itself. */
    boolean offloads() {
        return offloads;
    }

    boolean promiscuous() {
        return promiscuous;
    }

    /** Whether packets to a stack's own addresses go to its own queue, by flow rules, instead of by their hash. */
    boolean steer() {
        return steer;
    }

    /** For net_ring: the name of a wire in this process, whose two ends are two devices; empty: a loop. */
    String wire() {
        return wire;
    }

    /** The MTU that is asked for; 0: as it is. */
    static int mtuBytes(DeviceSpec spec) {
        return number(spec, "mtu", 0, 68, MAX_MTU);
    }

    /** What DPDK's drivers offer and do not do well: each of these ends a process, its peer's or its own. */
    private static void refuseWhatEndsProcesses(DeviceSpec spec) {
        if (spec.name().startsWith("net_memif")
                && spec.option("zero-copy", "no").equals("yes")) {
            throw new ConfigurationException(
                    "device '" + spec + "': zero-copy=yes shares DPDK's own memory with the peer,"
                            + " and packets lie in Penstock's: leave it out");
        }
        if (spec.name().startsWith("net_virtio_user")
                && spec.option("server", "0").equals("1")) {
            throw new ConfigurationException(
                    "device '" + spec + "': server=1 waits for its peer without end, and DPDK's"
                            + " driver aborts the process after the peer has gone: let the other side listen (net_vhost without"
                            + " client=1)");
        }
    }

    boolean isPci() {
        return name.matches(PCI_ADDRESS);
    }

    /** One device, one name: a PCI address in full, and a virtual device's driver not by its alias. */
    static String canonical(String name) {
        if (name.matches(PCI_ADDRESS)) {
            return (name.length() == 7 ? "0000:" + name : name).toLowerCase(Locale.ROOT);
        }
        if (name.startsWith("eth_")) {
            return "net_" + name.substring("eth_".length());
        }
        return name.startsWith("virtio_user") ? "net_" + name : name;
    }

    private static boolean onOrOff(DeviceSpec spec, String key, String otherwise) {
        return switch (spec.option("port." + key, otherwise)) {
            case "on" -> true;
            case "off" -> false;
            default -> throw wrong(spec, key, "on or off");
        };
    }

    private static int number(DeviceSpec spec, String key, int otherwise, int min, int max) {
        String text = spec.option("port." + key, "");
        if (text.isEmpty()) {
            return otherwise;
        }
        int value = text.matches("\\d{1,6}") ? Integer.parseInt(text) : -1;
        if (value < min || value > max) {
            throw wrong(spec, key, "a number from " + min + " to " + max);
        }
        return value;
    }

    private static ConfigurationException wrong(DeviceSpec spec, String key, String expected) {
        return new ConfigurationException(
                "device '" + spec + "': port." + key + "=" + spec.option("port." + key, "") + ": expected " + expected);
    }
}
