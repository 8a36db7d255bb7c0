package io.penstock.libos.tcp.tcp;

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
    int next(long nowNanos, long localHigh, long localLow, long remoteHigh, long remoteLow, int ports) {
        return (int) (nowNanos / TICK_NANOS) + (int) hash(localHigh, localLow, remoteHigh, remoteLow, ports);
    }

    /** SipHash-2-4 of five 64-bit words. */
    long hash(long m0, long m1, long m2, long m3, long m4) {
        return SipHash.hash(key0, key1, m0, m1, m2, m3, m4);
    }
}
