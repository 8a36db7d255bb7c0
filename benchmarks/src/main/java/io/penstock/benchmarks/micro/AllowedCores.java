package io.penstock.benchmarks.micro;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which cores this process may run on: a container is often given a few of many. */
final class AllowedCores {
    private static final String FIELD = "Cpus_allowed_list:";

    private AllowedCores() {}

    /** In ascending order; empty if the kernel does not say. */
    static List<Integer> ofThisProcess() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith(FIELD)) {
                    return parse(line.substring(FIELD.length()).strip());
                }
            }
        } catch (IOException _) {
            return List.of();
        }
        return List.of();
    }

    /** The form of proc(5): {@code 0-3,6}. */
    static List<Integer> parse(String list) {
        List<Integer> cores = new ArrayList<>();
        for (String part : list.split(",", -1)) {
            String[] ends = part.split("-", -1);
            int last = Integer.parseInt(ends[ends.length - 1]);
            for (int core = Integer.parseInt(ends[0]); core <= last; core++) {
                cores.add(core);
            }
        }
        return cores;
    }
}
