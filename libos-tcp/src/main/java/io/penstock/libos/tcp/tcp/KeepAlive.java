package io.penstock.libos.tcp.tcp;

/**
 * When a silent peer is asked whether it is still there (RFC 9293, section 3.8.4). Shared by all connections of a listener.
 *
 * @param idleNanos how long nothing may have come before it is asked
 * @param intervalNanos how long an answer may take until it is asked again
 * @param probes how many times it is asked
 */
record KeepAlive(long idleNanos, long intervalNanos, int probes) {
    /** Nobody waits longer, and no sum with a clock overflows. */
    private static final long MOST_NANOS = 30L * 24 * 3600 * 1_000_000_000;

    private static final int MOST_PROBES = 127;

    static boolean isValid(long idleNanos, long intervalNanos, int probes) {
        return idleNanos > 0
                && idleNanos <= MOST_NANOS
                && intervalNanos > 0
                && intervalNanos <= MOST_NANOS
                && probes > 0
                && probes <= MOST_PROBES;
    }
}
