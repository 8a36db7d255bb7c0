package io.penstock.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How busy each core is, from two readings of {@code /proc/stat} (proc(5)). */
public final class CoreLoad {
    /** user, nice, system, idle, iowait, irq, softirq, steal: what follows is contained in the first two. */
    private static final int FIELDS = 8;

    private static final int IDLE = 3;
    private static final int IOWAIT = 4;

    private final Map<Integer, long[]> first;

    private CoreLoad(Map<Integer, long[]> first) {
        this.first = first;
    }

    /** Takes the first reading. */
    public static CoreLoad begin() {
        return new CoreLoad(read());
    }

    /** By core, the part of the time since the first reading in which it worked, 0 to 1. */
    public Map<Integer, Double> end() {
        return between(first, read());
    }

    static Map<Integer, Double> between(Map<Integer, long[]> earlier, Map<Integer, long[]> later) {
        Map<Integer, Double> load = new HashMap<>();
        later.forEach((core, now) -> {
            long[] before = earlier.get(core);
            if (before != null) {
                long total = 0;
                long idle = 0;
                for (int i = 0; i < FIELDS; i++) {
                    long delta = Math.max(0, now[i] - before[i]);
                    total += delta;
                    idle += i == IDLE || i == IOWAIT ? delta : 0;
                }
                load.put(core, total == 0 ? 0.0 : (double) (total - idle) / total);
            }
        });
        return load;
    }

    private static Map<Integer, long[]> read() {
        try {
            return parse(Files.readAllLines(Path.of("/proc/stat")));
        } catch (IOException _) {
            return Map.of();
        }
    }

    static Map<Integer, long[]> parse(List<String> lines) {
        Map<Integer, long[]> ticks = new HashMap<>();
        for (String line : lines) {
            String[] words = line.strip().split("\\s+", -1);
            if (words[0].matches("cpu\\d{1,5}") && words.length > FIELDS) {
                long[] fields = new long[FIELDS];
                for (int i = 0; i < FIELDS; i++) {
                    fields[i] = Long.parseLong(words[i + 1]);
                }
                ticks.put(Integer.parseInt(words[0].substring(3)), fields);
            }
        }
        return ticks;
    }
}
