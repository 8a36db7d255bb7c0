package io.penstock.benchmarks.load;

import org.HdrHistogram.Histogram;

/** What is counted while the load runs. One thread. */
final class Tally {
    private static final long HIGHEST_NANOS = 60_000_000_000L;
    private static final int DIGITS = 3;

    final Histogram latencies = new Histogram(1, HIGHEST_NANOS, DIGITS);
    long lost;
    long late;
    long wrong;
    long elapsedNanos;

    void record(long nanos) {
        latencies.recordValue(Math.min(nanos, HIGHEST_NANOS));
    }
}
