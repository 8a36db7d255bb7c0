package io.penstock.control;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One of the machine's logical cores.
 *
 * @param id the kernel's number
 * @param socket the physical package, -1 if unknown
 * @param numaNode -1 if unknown
 * @param siblings the logical cores that share the physical one, itself included, such as {@code 1,5}
 * @param isolated whether the kernel's scheduler keeps other work away (isolcpus)
 * @param governor the frequency governor; empty if the machine has none
 */
public record Core(int id, int socket, int numaNode, String siblings, boolean isolated, String governor) {
    private static final Path CPUS = Path.of("/sys/devices/system/cpu");
    private static final Path NODES = Path.of("/sys/devices/system/node");

    /** All cores that are on line, by number. */
    public static List<Core> online() {
        return online(CPUS, NODES);
    }

    static List<Core> online(Path cpus, Path nodes) {
        BitSet online = CoreList.parse(SysFs.line(cpus.resolve("online")));
        if (online.isEmpty()) {
            online.set(0, Runtime.getRuntime().availableProcessors());
        }
        BitSet isolated = CoreList.parse(SysFs.line(cpus.resolve("isolated")));
        BitSet knownNodes = CoreList.parse(SysFs.line(nodes.resolve("online")));
        List<Core> cores = new ArrayList<>();
        online.stream().forEach(id -> {
            Path cpu = cpus.resolve("cpu" + id);
            int node = knownNodes.stream()
                    .filter(n -> CoreList.parse(SysFs.line(nodes.resolve("node" + n + "/cpulist")))
                            .get(id))
                    .findFirst()
                    .orElse(-1);
            cores.add(new Core(
                    id,
                    SysFs.number(cpu.resolve("topology/physical_package_id"), -1),
                    node,
                    SysFs.line(cpu.resolve("topology/thread_siblings_list")),
                    isolated.get(id),
                    SysFs.line(cpu.resolve("cpufreq/scaling_governor"))));
        });
        return cores;
    }

    /** The cores that this process may run on, such as {@code 0-1}: a container or taskset may leave it less than all. */
    public static String allowed() {
        return CoreList.format(allowedSet());
    }

    /** Whether the machine has this core and this process may run on it. */
    public static boolean isAllowed(int id) {
        return id >= 0 && allowedSet().get(id);
    }

    private static BitSet allowedSet() {
        try {
            for (String line : java.nio.file.Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("Cpus_allowed_list:")) {
                    return CoreList.parse(line.substring(line.indexOf(':') + 1));
                }
            }
        } catch (java.io.IOException _) {
            // A machine without /proc: as many as Java sees.
        }
        BitSet seen = new BitSet();
        IntStream.range(0, Runtime.getRuntime().availableProcessors()).forEach(seen::set);
        return seen;
    }
}
