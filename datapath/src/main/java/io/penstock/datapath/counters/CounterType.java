package io.penstock.datapath.counters;

/**
 * What a counter's number means, said by whoever registers it and kept in the counters file, so that readers need not guess
 * from its name: a total only grows and has a rate, a gauge stands at some value and has none.
 */
public enum CounterType {
    /** How many so far. */
    TOTAL(0, false, Unit.COUNT),
    /** How many bytes so far. */
    TOTAL_BYTES(1, false, Unit.BYTES),
    /** How much time so far, in nanoseconds. */
    TOTAL_NANOS(2, false, Unit.NANOS),
    /** How many at present, or the most or least that there were at any time. */
    GAUGE(3, true, Unit.COUNT),
    /** How many bytes at present, or the most at any time. */
    GAUGE_BYTES(4, true, Unit.BYTES),
    /** How long, in nanoseconds, at present or at the longest. */
    GAUGE_NANOS(5, true, Unit.NANOS);

    /** What is counted. */
    public enum Unit {
        /** Things: packets, connections, turns. */
        COUNT,
        BYTES,
        NANOS
    }

    private final int fileCode;
    private final boolean gauge;
    private final Unit unit;

    CounterType(int fileCode, boolean gauge, Unit unit) {
        this.fileCode = fileCode;
        this.gauge = gauge;
        this.unit = unit;
    }

    /** Whether it may fall as well as rise, or is the highest of something: then a rate means nothing. */
    public boolean isGauge() {
        return gauge;
    }

    /** What is counted. */
    public Unit unit() {
        return unit;
    }

    /** The number that stands for it in a counters file (Agrona's type of a counter). It never changes. */
    int fileCode() {
        return fileCode;
    }

    /** The type that a counters file means; {@link #TOTAL} for a number that this version does not know. */
    public static CounterType ofFileCode(int code) {
        for (CounterType type : values()) {
            if (type.fileCode == code) {
                return type;
            }
        }
        return TOTAL;
    }
}
