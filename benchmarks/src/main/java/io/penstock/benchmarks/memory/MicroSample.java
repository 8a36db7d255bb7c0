package io.penstock.benchmarks.memory;

import java.util.List;

/**
 * What one fork found.
 *
 * @param round from 1
 * @param microCase what was measured
 * @param iterationNanos nanoseconds an operation in each iteration that counts
 * @param garbageBytes what JMH's gc profiler says of an operation, the harness's own bookkeeping included
 */
record MicroSample(int round, MicroCase microCase, List<Double> iterationNanos, double garbageBytes) {

    /** Nanoseconds an operation: the mean of the iterations. */
    double nanos() {
        return iterationNanos.stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(Double.NaN);
    }
}
