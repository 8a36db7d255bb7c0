package io.penstock.benchmarks.report;

import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * Latency by percentile, several servers in one picture. Each step to the right on the percentile axis is ten times
 * rarer; each step up is ten times slower.
 */
public final class LatencyPlot {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 560;
    private static final int LEFT = 110;
    private static final int RIGHT = 36;
    private static final int TOP = 96;
    private static final int BOTTOM = 72;

    private static final String INK = "#1f2933";
    private static final Svg.Style TITLE = new Svg.Style(INK, 20, true);
    private static final Svg.Style SMALL = new Svg.Style("#616e7c", 13);
    private static final Svg.Style LABEL = new Svg.Style(INK, 14);
    private static final Svg.Style AXIS = new Svg.Style(INK, 1);
    private static final Svg.Style GRID = new Svg.Style("#e4e7eb", 1);
    private static final double CURVE_WIDTH = 2.2;
    private static final double LEGEND_WIDTH = 3;

    /** Told apart also by those who do not see red and green (Okabe and Ito's palette). */
    private static final String[] COLOURS = {"#0072b2", "#d55e00", "#009e73", "#cc79a7"};

    private static final int TICKS_PER_HALVING = 8;
    private static final double NANOS_PER_MICRO = 1000;

    private final String title;
    private final String subtitle;
    private final List<Series> series;
    private final double decades;
    private final double lowest;
    private final double highest;

    /** One server's latencies in nanoseconds. */
    public record Series(String name, Histogram latencies) {}

    /** @param series at least one, none of them empty, at most four */
    public LatencyPlot(String title, String subtitle, List<Series> series) {
        if (series.isEmpty() || series.size() > COLOURS.length) {
            throw new IllegalArgumentException("a plot shows one to four series, not " + series.size());
        }
        this.title = title;
        this.subtitle = subtitle;
        this.series = List.copyOf(series);
        long maxSamples = series.stream()
                .mapToLong(s -> s.latencies().getTotalCount())
                .max()
                .orElseThrow();
        this.decades = Math.max(1, Math.log10((double) maxSamples));
        long fastest = series.stream()
                .mapToLong(s -> s.latencies().getMinNonZeroValue())
                .min()
                .orElseThrow();
        long slowest = series.stream()
                .mapToLong(s -> s.latencies().getMaxValue())
                .max()
                .orElseThrow();
        this.lowest = Math.floor(Math.log10(fastest / NANOS_PER_MICRO));
        this.highest = Math.max(lowest + 1, Math.ceil(Math.log10(slowest / NANOS_PER_MICRO)));
    }

    /** The picture. */
    public String toSvg() {
        Svg svg = new Svg(WIDTH, HEIGHT, title);
        svg.text(LEFT, 34, TITLE, Svg.Anchor.START, title);
        svg.text(LEFT, 56, SMALL, Svg.Anchor.START, subtitle);
        drawPercentileAxis(svg);
        drawLatencyAxis(svg);
        drawLegend(svg);
        for (int i = 0; i < series.size(); i++) {
            svg.polyline(points(series.get(i).latencies()), new Svg.Style(COLOURS[i], CURVE_WIDTH));
        }
        return svg.finish();
    }

    private void drawPercentileAxis(Svg svg) {
        double bottom = HEIGHT - (double) BOTTOM;
        for (int decade = 0; decade <= decades; decade++) {
            double x = x(1 - Math.pow(10, -decade));
            svg.line(x, TOP, x, bottom, GRID);
            svg.text(x, bottom + 20, SMALL, Svg.Anchor.MIDDLE, percentile(decade));
        }
        double median = x(0.5);
        svg.line(median, TOP, median, bottom, GRID);
        svg.text(median, bottom + 20, SMALL, Svg.Anchor.MIDDLE, "50 %");
        svg.line(LEFT, bottom, WIDTH - (double) RIGHT, bottom, AXIS);
        svg.text(
                (LEFT + WIDTH - RIGHT) / 2.0,
                bottom + 50,
                LABEL,
                Svg.Anchor.MIDDLE,
                "percentile of requests (each step ten times rarer)");
    }

    private void drawLatencyAxis(Svg svg) {
        double bottom = HEIGHT - (double) BOTTOM;
        for (double decade = lowest; decade <= highest; decade++) {
            for (int digit = 1; digit < 10; digit++) {
                double exponent = decade + Math.log10(digit);
                if (exponent > highest) {
                    break;
                }
                double y = y(Math.pow(10, exponent) * NANOS_PER_MICRO);
                boolean labelled = digit == 1 || digit == 2 || digit == 5;
                if (labelled) {
                    svg.line(LEFT, y, WIDTH - (double) RIGHT, y, GRID);
                    svg.text(LEFT - 10.0, y + 4.5, SMALL, Svg.Anchor.END, duration(digit * Math.pow(10, decade)));
                }
            }
        }
        svg.line(LEFT, TOP, LEFT, bottom, AXIS);
        svg.verticalText(26, (TOP + bottom) / 2, LABEL, "round trip (logarithmic)");
    }

    private void drawLegend(Svg svg) {
        double x = LEFT;
        for (int i = 0; i < series.size(); i++) {
            String name = series.get(i).name();
            svg.line(x, 75, x + 26, 75, new Svg.Style(COLOURS[i], LEGEND_WIDTH));
            svg.text(x + 33, 80, LABEL, Svg.Anchor.START, name);
            x += 60 + name.length() * 7.6;
        }
    }

    private String points(Histogram latencies) {
        StringBuilder points = new StringBuilder();
        double last = 1 - 1.0 / latencies.getTotalCount();
        for (HistogramIterationValue value : latencies.percentiles(TICKS_PER_HALVING)) {
            double share = Math.min(value.getPercentileLevelIteratedTo() / 100, last);
            points.append(Svg.point(x(share), y((double) Math.max(1, value.getValueIteratedTo()))))
                    .append(' ');
            if (share == last) {
                points.append(Svg.point(x(last), y((double) latencies.getMaxValue())));
                break;
            }
        }
        return points.toString().strip();
    }

    private double x(double share) {
        double decade = Math.min(decades, -Math.log10(1 - share));
        return LEFT + (WIDTH - LEFT - RIGHT) * decade / decades;
    }

    private double y(double nanos) {
        double exponent = Math.log10(nanos / NANOS_PER_MICRO);
        double bottom = HEIGHT - (double) BOTTOM;
        return bottom - (bottom - TOP) * (exponent - lowest) / (highest - lowest);
    }

    private static String percentile(int decade) {
        return switch (decade) {
            case 0 -> "0 %";
            case 1 -> "90 %";
            case 2 -> "99 %";
            default -> "99." + "9".repeat(decade - 2) + " %";
        };
    }

    private static String duration(double micros) {
        if (micros >= 1e6) {
            return trimmed(micros / 1e6) + " s";
        }
        return micros >= 1e3 ? trimmed(micros / 1e3) + " ms" : trimmed(micros) + " \u00b5s";
    }

    private static String trimmed(double value) {
        return value < 1 ? String.format(Locale.ROOT, "%.1f", value) : Long.toString(Math.round(value));
    }
}
