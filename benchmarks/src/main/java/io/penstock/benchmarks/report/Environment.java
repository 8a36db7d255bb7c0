package io.penstock.benchmarks.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where a bench ran: without this, its figures mean nothing to anybody else. */
public final class Environment {
    private Environment() {}

    /** Writes what can be known. */
    public static void writeTo(ObjectNode node) {
        node.put("kernel", firstLine("/proc/sys/kernel/osrelease"));
        node.put("cpu", cpuModel());
        node.put("cores", Runtime.getRuntime().availableProcessors());
        node.put("governor", orElse(firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"), "none"));
        node.put("jdk", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        node.put("mitigations", orElse(firstLine("/sys/devices/system/cpu/vulnerabilities/spectre_v2"), "unknown"));
        node.put("memory", memory());
        node.put("loadAverage", firstLine("/proc/loadavg"));
    }

    /** How much others wanted of this machine in the last minute, in cores. */
    public static double loadAverage() {
        String line = firstLine("/proc/loadavg");
        return line.isEmpty() ? Double.NaN : Double.parseDouble(line.substring(0, line.indexOf(' ')));
    }

    private static String cpuModel() {
        for (String line : lines("/proc/cpuinfo")) {
            if (line.startsWith("model name")) {
                return line.substring(line.indexOf(':') + 1).strip();
            }
        }
        return System.getProperty("os.arch");
    }

    private static String memory() {
        for (String line : lines("/proc/meminfo")) {
            if (line.startsWith("MemTotal:")) {
                return line.substring(line.indexOf(':') + 1).strip();
            }
        }
        return "";
    }

    private static String firstLine(String file) {
        List<String> lines = lines(file);
        return lines.isEmpty() ? "" : lines.getFirst().strip();
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException _) {
            return List.of();
        }
    }

    private static String orElse(String value, String otherwise) {
        return value.isEmpty() ? otherwise : value;
    }
}
