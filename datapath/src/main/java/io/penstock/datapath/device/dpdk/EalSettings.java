package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * How the process' one EAL is started: what stands behind {@code eal.} in a device's options.
 *
 * @param hugePages whether DPDK's own memory lies on huge pages; packets lie in Penstock's regions in any case
 * @param memoryMib how much of its own memory DPDK may take without huge pages
 * @param prefix the name under which secondary processes find this one; empty: none can, and no file is left anywhere
 * @param extra further arguments, as DPDK's programs take them
 */
record EalSettings(boolean hugePages, int memoryMib, String prefix, List<String> extra) {
    private static final int MIN_MEMORY_MIB = 16;
    private static final int MAX_MEMORY_MIB = 1 << 20;

    EalSettings {
        extra = List.copyOf(extra);
    }

    /** Whether the options say anything about EAL: if not, whatever runs already will do. */
    static boolean saysAnything(DeviceSpec spec) {
        return spec.options().keySet().stream().anyMatch(key -> key.startsWith("eal."));
    }

    static EalSettings of(DeviceSpec spec) {
        boolean huge = switch (spec.option("eal.huge", "on")) {
            case "on" -> true;
            case "off" -> false;
            default -> throw wrong(spec, "eal.huge", "on or off");
        };
        String memory = spec.option("eal.memory", "128");
        int memoryMib = memory.matches("\\d{1,7}") ? Integer.parseInt(memory) : 0;
        if (memoryMib < MIN_MEMORY_MIB || memoryMib > MAX_MEMORY_MIB) {
            throw wrong(spec, "eal.memory", MIN_MEMORY_MIB + " to " + MAX_MEMORY_MIB + " MiB");
        }
        String prefix = spec.option("eal.prefix", "");
        if (!prefix.matches("[A-Za-z0-9_.-]{0,64}")) {
            throw wrong(spec, "eal.prefix", "up to 64 letters, digits, '_', '.' and '-'");
        }
        String extra = spec.option("eal.args", "").strip();
        return new EalSettings(huge, memoryMib, prefix, extra.isEmpty() ? List.of() : List.of(extra.split("\\s+")));
    }

    private static ConfigurationException wrong(DeviceSpec spec, String key, String expected) {
        return new ConfigurationException(
                "device '" + spec + "': " + key + "=" + spec.option(key, "") + ": expected " + expected);
    }

    /**
     * The arguments of {@code rte_eal_init}.
     *
     * @param cores on which EAL's own threads may run, such as {@code 0-1}
     * @param allowedDevices PCI addresses; nothing else on the PCI bus is touched
     */
    List<String> arguments(String cores, List<String> allowedDevices) {
        List<String> all = new ArrayList<>(List.of("penstock", "--lcores=0@(" + cores + ")", "--no-telemetry"));
        if (prefix.isEmpty()) {
            all.add(hugePages ? "--in-memory" : "--no-shconf"); // the first excludes --no-huge
        } else {
            all.add("--file-prefix=" + prefix);
            all.add("--proc-type=primary");
        }
        if (hugePages) {
            all.add("--single-file-segments"); // vhost takes eight pieces of memory at most
        } else {
            all.addAll(List.of("--no-huge", "-m", Integer.toString(memoryMib)));
        }
        if (allowedDevices.isEmpty()) {
            all.add("--no-pci");
            all.add("--iova-mode=va");
        }
        for (String device : allowedDevices) {
            all.addAll(List.of("-a", device));
        }
        all.addAll(extra);
        return all;
    }
}
