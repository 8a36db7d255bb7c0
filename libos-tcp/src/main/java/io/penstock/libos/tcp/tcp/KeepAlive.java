package io.penstock.libos.tcp.tcp;

/**
 * When a silent peer is asked whether it is still there (RFC 9293, section 3.8.4). Shared by all connections of a listener.
 *
 * @param idleNanos how long nothing may have come before it is asked
 * @param intervalNanos how long an answer may take until it is asked again
 * @param probes how many times it is asked
 */
record KeepAlive(long idleNanos, long intervalNanos, int probes) {}
