package io.penstock.libos.tcp.ip;

/** The keyed hash of a {@link FlowKey}, for tables: cheap, and not to be steered from outside. */
public final class FlowHash {
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

    private final long key0;
    private final long key1;

    public FlowHash(Secret secret) {
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
