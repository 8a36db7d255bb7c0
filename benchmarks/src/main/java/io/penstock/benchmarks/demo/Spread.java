package io.penstock.benchmarks.demo;

import io.penstock.benchmarks.report.Median;
import java.util.Arrays;
import java.util.Locale;

/** One figure of several rounds: the middle, and how far they were apart. NaN if there were no rounds. */
public record Spread(double median, double min, double max) {
    static Spread of(double... values) {
        return new Spread(
                Median.of(values),
                Arrays.stream(values).min().orElse(Double.NaN),
                Arrays.stream(values).max().orElse(Double.NaN));
    }

    /** Such as {@code 0.72 to 0.81}. */
    String range() {
        return String.format(Locale.ROOT, "%.2f to %.2f", min, max);
    }
}
