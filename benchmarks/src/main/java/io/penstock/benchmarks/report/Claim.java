package io.penstock.benchmarks.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * One sentence that a bench puts to the test.
 *
 * @param claim the sentence
 * @param measured what was found
 * @param bar what it is held against
 * @param unit of both
 * @param direction on which side of the bar it holds
 */
public record Claim(String claim, double measured, double bar, String unit, Direction direction) {
    /** On which side of the bar a claim holds; the bar itself belongs to that side. */
    public enum Direction {
        AT_MOST,
        AT_LEAST
    }

    /** Less is better. */
    public static Claim atMost(double bar, String unit, String claim, double measured) {
        return new Claim(claim, measured, bar, unit, Direction.AT_MOST);
    }

    /** More is better. */
    public static Claim atLeast(double bar, String unit, String claim, double measured) {
        return new Claim(claim, measured, bar, unit, Direction.AT_LEAST);
    }

    /** Whether it holds; what could not be measured does not. */
    public boolean holds() {
        return direction == Direction.AT_MOST ? measured <= bar : measured >= bar;
    }

    /** Rounded to what the measurement is good for. */
    public ObjectNode writeTo(ObjectNode node) {
        node.put("claim", claim);
        if (Double.isNaN(measured)) {
            node.putNull("measured");
        } else {
            node.put("measured", Math.round(measured * 1000) / 1000.0);
        }
        node.put("bar", bar);
        node.put("unit", unit);
        node.put("better", direction == Direction.AT_MOST ? "lower" : "higher");
        node.put("holds", holds());
        return node;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%-8s %s: %s %s, bar %s %s",
                holds() ? "holds" : "FAILS",
                claim,
                number(measured),
                unit,
                direction == Direction.AT_MOST ? "<=" : ">=",
                number(bar));
    }

    private static String number(double value) {
        boolean whole = value == Math.rint(value) && !Double.isInfinite(value);
        return whole ? Long.toString((long) value) : String.format(Locale.ROOT, "%.3f", value);
    }
}
