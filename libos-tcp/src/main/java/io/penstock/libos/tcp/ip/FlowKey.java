package io.penstock.libos.tcp.ip;

import io.penstock.datapath.Endpoint;

/**
 * Who talks with whom: what tells a connection, or a datagram's way, from all others. Addresses are in the form of {@link
 * Endpoint}, so this holds of every IP version, and nobody else needs eight numbers in a row.
 *
 * <pre>
 *   local address (high, low) | remote address (high, low) | local port, remote port | hash
 * </pre>
 *
 * <p>Filled again and again where packets are taken apart; a connection is one itself, so that a look-up compares what lies
 * in its first cache line.
 */
public class FlowKey {
    /** The unspecified address in its IPv4 form, ::ffff:0.0.0.0. */
    private static final long IPV4_ANY_LOW = 0xffff_0000_0000L;

    public long localHigh;
    public long localLow;
    public long remoteHigh;
    public long remoteLow;
    /** {@link #ports(int, int)}. */
    public int ports;
    /** {@link Hash} of all of these. */
    public int hash;

    /** Both ports in one number: the local one in the upper half. */
    public static int ports(int localPort, int remotePort) {
        return localPort << 16 | remotePort;
    }

    /** Whether an address stands for all of the stack's own: {@code ::} or {@code 0.0.0.0}. */
    public static boolean isAny(long high, long low) {
        return high == 0 && (low == 0 || low == IPV4_ANY_LOW);
    }

    public final int localPort() {
        return ports >>> 16;
    }

    public final int remotePort() {
        return ports & 0xffff;
    }

    /** Sets the peer's address, and returns itself. */
    public final FlowKey remote(long high, long low) {
        remoteHigh = high;
        remoteLow = low;
        return this;
    }

    /** Sets the stack's own address, and returns itself. */
    public final FlowKey local(long high, long low) {
        localHigh = high;
        localLow = low;
        return this;
    }

    /** Takes over all of another one. */
    public final void copyFrom(FlowKey other) {
        localHigh = other.localHigh;
        localLow = other.localLow;
        remoteHigh = other.remoteHigh;
        remoteLow = other.remoteLow;
        ports = other.ports;
        hash = other.hash;
    }

    /** Whether both mean the same connection. */
    public final boolean sameAs(FlowKey other) {
        return ports == other.ports
                && remoteLow == other.remoteLow
                && localLow == other.localLow
                && remoteHigh == other.remoteHigh
                && localHigh == other.localHigh;
    }

    /** Whether both ends are one. */
    public final boolean leadsToItself() {
        return localPort() == remotePort() && localLow == remoteLow && localHigh == remoteHigh;
    }

    /** Whether no local address is set. */
    public final boolean hasNoLocalAddress() {
        return (localHigh | localLow) == 0;
    }

    /** The keyed hash of a key, for tables: cheap, and not to be steered from outside. */
    public static final class Hash {
        private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

        private final long key0;
        private final long key1;

        public Hash(Secret secret) {
            key0 = secret.high() ^ GOLDEN;
            key1 = secret.low();
        }

        /** Sets the key's hash. */
        public void set(FlowKey flow) {
            long h = mix(flow.remoteLow ^ key0, key1 + flow.ports);
            h = mix(h ^ flow.remoteHigh, key0 ^ flow.localHigh);
            h = mix(h ^ flow.localLow, key1);
            flow.hash = (int) (h ^ h >>> 32);
        }

        /** Multiplies by an odd number, which keeps every bit of {@code b} but the highest: ports count in the lowest ones. */
        private static long mix(long a, long b) {
            long odd = b << 1 | 1;
            long low = (a ^ GOLDEN) * odd;
            return low ^ Math.unsignedMultiplyHigh(a ^ GOLDEN, odd);
        }
    }
}
