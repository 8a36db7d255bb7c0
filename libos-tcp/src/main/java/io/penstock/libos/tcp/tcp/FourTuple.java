package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.ip.Secret;

/** The keyed hash of a connection's addresses and ports, for the tables: cheap, and not to be steered from outside. */
final class FourTuple {
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

    private final long key0;
    private final long key1;

    FourTuple(Secret secret) {
        key0 = secret.high() ^ GOLDEN;
        key1 = secret.low();
    }

    /** Both ports in one number: the local one in the upper half. */
    static int ports(int localPort, int remotePort) {
        return localPort << 16 | remotePort;
    }

    static int localPort(int ports) {
        return ports >>> 16;
    }

    static int remotePort(int ports) {
        return ports & 0xffff;
    }

    int hash(long localHigh, long localLow, long remoteHigh, long remoteLow, int ports) {
        long h = mix(remoteLow ^ key0, key1 + ports);
        h = mix(h ^ remoteHigh, key0 ^ localHigh);
        h = mix(h ^ localLow, key1);
        return (int) (h ^ h >>> 32);
    }

    /** Multiplies by an odd number, which keeps every bit of {@code b} but the highest: ports count in the lowest ones. */
    private static long mix(long a, long b) {
        long odd = b << 1 | 1;
        long low = (a ^ GOLDEN) * odd;
        return low ^ Math.unsignedMultiplyHigh(a ^ GOLDEN, odd);
    }
}
