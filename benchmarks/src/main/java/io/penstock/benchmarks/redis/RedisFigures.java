package io.penstock.benchmarks.redis;

import io.penstock.testkit.process.HarnessException;
import java.util.ArrayList;
import java.util.List;

/**
 * One line of what {@code redis-benchmark --csv} prints.
 *
 * @param command such as {@code SET}
 * @param requestsPerSecond over the whole test
 * @param meanMicros the mean, which is exact
 * @param p50Micros the median, in steps of 8 microseconds: redis-benchmark counts in buckets of that width
 */
record RedisFigures(
        String command,
        double requestsPerSecond,
        double meanMicros,
        double p50Micros,
        double p99Micros,
        double maxMicros) {
    private static final String COMMAND = "test";
    private static final double MICROS_PER_MILLI = 1000;

    /** Reads the lines, of which the first is the heading. */
    static List<RedisFigures> parse(List<String> lines) {
        List<String> heading = null;
        List<RedisFigures> figures = new ArrayList<>();
        for (String line : lines) {
            if (!line.startsWith("\"")) {
                continue; // a warning, such as that it could not ask for the server's configuration
            }
            List<String> cells = List.of(line.replace("\"", "").split(",", -1));
            if (cells.getFirst().equals(COMMAND)) {
                heading = cells;
            } else if (heading != null) {
                figures.add(of(heading, cells));
            }
        }
        if (figures.isEmpty()) {
            throw new HarnessException("redis-benchmark printed no figures: " + String.join(" / ", lines));
        }
        return figures;
    }

    private static RedisFigures of(List<String> heading, List<String> cells) {
        return new RedisFigures(
                cells.getFirst(),
                number(heading, cells, "rps"),
                number(heading, cells, "avg_latency_ms") * MICROS_PER_MILLI,
                number(heading, cells, "p50_latency_ms") * MICROS_PER_MILLI,
                number(heading, cells, "p99_latency_ms") * MICROS_PER_MILLI,
                number(heading, cells, "max_latency_ms") * MICROS_PER_MILLI);
    }

    private static double number(List<String> heading, List<String> cells, String name) {
        int column = heading.indexOf(name);
        if (column < 0 || column >= cells.size()) {
            throw new HarnessException("redis-benchmark --csv prints no " + name + ": redis-tools 7 does");
        }
        return Double.parseDouble(cells.get(column));
    }
}
