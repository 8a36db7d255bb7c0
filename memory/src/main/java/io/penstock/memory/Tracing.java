package io.penstock.memory;

import java.util.Locale;

/**
 * How much a pool remembers of its buffers' lives. Set for all pools of a process by {@code
 * -Dpenstock.buffers.tracing=off|sampled|full}, for one by {@link BufferPool#tracing}.
 */
public enum Tracing {
    /** Nothing: an allocation and a release cost a few nanoseconds. Ownership is checked all the same. */
    OFF,
    /** Where one in 128 buffers was taken and released: cheap enough for production, and a leak shows up in time. */
    SAMPLED,
    /**
     * Where each buffer was taken and released. Every life of a block has a {@link Buffer} object of its own, so that a
     * reference which was kept too long is an exception also after the block was given out again. Slow, and makes garbage.
     */
    FULL;

    /** One in so many, when sampling. */
    static final int SAMPLE = 128;

    private static final String PROPERTY = "penstock.buffers.tracing";

    /** What the process was started with; {@link #OFF} unless it was told otherwise. */
    static Tracing ofProcess() {
        return parse(System.getProperty(PROPERTY, "off"));
    }

    /**
     * By its name, in any case.
     *
     * @throws IllegalArgumentException in one line
     */
    public static Tracing parse(String name) {
        for (Tracing each : values()) {
            if (each.name().equalsIgnoreCase(name)) {
                return each;
            }
        }
        throw new IllegalArgumentException("tracing of buffers '" + name + "': expected off, sampled or full");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
