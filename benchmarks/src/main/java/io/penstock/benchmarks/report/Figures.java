package io.penstock.benchmarks.report;

import java.util.Locale;

/** Numbers as people read them. */
public final class Figures {
    private static final double NANOS_PER_MICRO = 1e3;

    private Figures() {}

    /** Microseconds with one decimal: {@code 4.4}. */
    public static String micros(double nanos) {
        return Double.isNaN(nanos) ? "-" : String.format(Locale.ROOT, "%.1f", nanos / NANOS_PER_MICRO);
    }

    /** Microseconds with one decimal. */
    public static String micros(long nanos) {
        return micros((double) nanos);
    }

    /** A whole number in groups. */
    public static String whole(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** A whole number in groups: {@code 227,000}. */
    public static String whole(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%,.0f", value);
    }

    /** A ratio: {@code 0.69 x}. */
    public static String ratio(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2f x", value);
    }
}
