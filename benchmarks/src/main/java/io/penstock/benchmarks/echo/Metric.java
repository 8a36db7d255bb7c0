package io.penstock.benchmarks.echo;

import io.penstock.benchmarks.load.LoadResult;

/** A figure that a measurement yields. */
public enum Metric {
    P50_NANOS("p50Nanos"),
    P90_NANOS("p90Nanos"),
    P99_NANOS("p99Nanos"),
    P999_NANOS("p999Nanos"),
    MAX_NANOS("maxNanos"),
    REQUESTS_PER_SECOND("requestsPerSecond"),
    /**
     * What a request cost the server's core. Of a spinning server only its own count of busy time says that; one that
     * spins and does not count has no answer.
     */
    BUSY_NANOS_PER_REQUEST("busyNanosPerRequest"),
    /** How much of its core the client used: near 1 it spun, as it should. */
    CLIENT_CORE_SHARE("clientCoreShare"),
    LOST("lost");

    private final String jsonName;

    Metric(String jsonName) {
        this.jsonName = jsonName;
    }

    /** What reports in JSON call it. */
    public String jsonName() {
        return jsonName;
    }

    /** The figure, or NaN if the measurement does not say. */
    public double of(Measurement measurement) {
        LoadResult result = measurement.result();
        return switch (this) {
            case P50_NANOS -> result.latency().p50();
            case P90_NANOS -> result.latency().p90();
            case P99_NANOS -> result.latency().p99();
            case P999_NANOS -> result.latency().p999();
            case MAX_NANOS -> result.latency().max();
            case REQUESTS_PER_SECOND -> result.requestsPerSecond();
            case BUSY_NANOS_PER_REQUEST -> busyNanos(measurement) / result.requests();
            case CLIENT_CORE_SHARE -> (double) result.cost().clientNanos() / result.elapsedNanos();
            case LOST -> result.faults().lost();
        };
    }

    private static double busyNanos(Measurement measurement) {
        LoadResult.Cost cost = measurement.result().cost();
        if (cost.loopBusyNanos() >= 0) {
            return cost.loopBusyNanos();
        }
        return measurement.server().spins() ? Double.NaN : cost.serverNanos();
    }
}
