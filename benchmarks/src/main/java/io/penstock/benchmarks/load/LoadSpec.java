package io.penstock.benchmarks.load;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * One measurement.
 *
 * @param target whom to ask
 * @param connections how many connections (UDP: sockets), each with one request on its way at any time
 * @param sizeBytes the length of a request and of its answer, at least {@link #MIN_SIZE_BYTES}
 * @param timing how long
 * @param serverPid whose processor time is read around the measured part; 0 for nobody's
 * @param countersFile a Penstock server's counters, read at the same moments; null for none
 */
public record LoadSpec(
        Target target, int connections, int sizeBytes, Timing timing, long serverPid, String countersFile) {
    /** Room for a connection's number and a sequence number at either end. */
    public static final int MIN_SIZE_BYTES = 24;

    public LoadSpec {
        if (sizeBytes < MIN_SIZE_BYTES || connections < 1) {
            throw new IllegalArgumentException(
                    "a request has at least " + MIN_SIZE_BYTES + " bytes, a load at least one connection");
        }
    }

    /**
     * Whom to ask.
     *
     * @param transport {@code tcp} or {@code udp}
     */
    public record Target(String transport, String address, int port) {
        /** Whether it is TCP. */
        @JsonIgnore
        public boolean isTcp() {
            return transport.equals("tcp");
        }
    }

    /**
     * How long.
     *
     * @param warmupMillis load whose latencies nobody sees, so that both ends run compiled code when it counts
     * @param measureMillis load that counts
     */
    public record Timing(long warmupMillis, long measureMillis) {}
}
