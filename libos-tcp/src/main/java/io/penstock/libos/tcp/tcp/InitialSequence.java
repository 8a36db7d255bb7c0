package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.libos.tcp.ip.SipHash;

/**
 * Initial sequence numbers (RFC 6528): a clock of 4 us, displaced for each pair of endpoints by a keyed hash that nobody
 * outside can compute. The hash is SipHash-2-4 (Aumasson and Bernstein, 2012).
 */
final class InitialSequence {
    private static final long TICK_NANOS = 4_000;

    private final long key0;
    private final long key1;

    InitialSequence(Secret secret) {
        key0 = secret.high();
        key1 = secret.low();
    }

    /** ISN = M + F(local address and port, remote address and port, secret). */
    int next(long nowNanos, FlowKey flow) {
        return (int) (nowNanos / TICK_NANOS) + (int) hash(flow, flow.ports);
    }

    /**
     * Where the search for a local port begins (RFC 6056, algorithm 3). From a word that no number is made from: ports and
     * numbers must not tell of each other.
     */
    long portStart(FlowKey flow) {
        return hash(flow, -1L - flow.remotePort());
    }

    private long hash(FlowKey flow, long word) {
        return SipHash.hash(key0, key1, flow.localHigh, flow.localLow, flow.remoteHigh, flow.remoteLow, word);
    }
}
