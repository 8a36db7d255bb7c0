package io.penstock.control.cli;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them: three or four digits and a unit. */
public final class Units {
    private static final String[] DECIMAL = {"", "k", "M", "G", "T", "P", "E"};
    private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Units() {}

    /** A count: {@code 950}, {@code 12.3 k}, {@code 4.56 M}. */
    public static String count(double value) {
        return scaled(value, 1000, DECIMAL);
    }

    /** A number of bytes: {@code 950 B}, {@code 12.3 KiB}. */
    public static String bytes(double value) {
        return scaled(value, 1024, BINARY);
    }

    /** A short time: {@code 950 ns}, {@code 12.3 us}, {@code 4.56 ms}, {@code 7.89 s}, then as {@link #age}. */
    public static String nanos(double value) {
        if (value >= 60e9) {
            return age(Duration.ofNanos((long) value));
        }
        return scaled(value, 1000, new String[] {"ns", "us", "ms", "s"});
    }

    /** A long time in its two largest units: {@code 59 s}, {@code 3 min 12 s}, {@code 2 h 5 min}, {@code 8 d 3 h}. */
    public static String age(Duration time) {
        long seconds = Math.max(0, time.toSeconds());
        if (seconds < 60) {
            return seconds + " s";
        }
        if (seconds < 3600) {
            return seconds / 60 + " min " + seconds % 60 + " s";
        }
        if (seconds < 86_400) {
            return seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
        }
        return seconds / 86_400 + " d " + seconds % 86_400 / 3600 + " h";
    }

    /** A ratio of 0 to 1: {@code 12.3 %}. */
    public static String percent(double ratio) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * ratio);
    }

    private static String scaled(double value, int step, String[] units) {
        double rest = Math.abs(value);
        int unit = 0;
        // What would be shown as 1000 belongs to the next unit.
        while (rest >= step - 0.5 && unit < units.length - 1) {
            rest /= step;
            unit++;
        }
        String digits = unit == 0 && rest == Math.rint(rest)
                ? Long.toString((long) rest)
                : String.format(Locale.ROOT, rest >= 99.95 ? "%.0f" : rest >= 9.995 ? "%.1f" : "%.2f", rest);
        return (value < 0 ? "-" : "") + (units[unit].isEmpty() ? digits : digits + " " + units[unit]);
    }
}
