package io.penstock.libos.tcp.ipv4;

import io.penstock.datapath.wire.Ipv4Header;

/**
 * What fits into a packet on a path, as far as routers have told (RFC 1191). One for each transport: they prove a router's
 * word in different ways.
 */
final class PathMtu {
    /** Less is not believed: whoever can make packets so small makes them many (Linux: min_pmtu). */
    static final int MIN_BYTES = 552;
    /** RFC 1191, section 6.3: when more is tried again. */
    static final long EXPIRY_NANOS = 600_000_000_000L;
    /** Smaller steps are not taken: each is work for all connections of the path. */
    private static final int GRAIN_BYTES = 8;
    /** RFC 1191, section 7.1: what links can pass on, for routers that do not say. */
    private static final int[] PLATEAUS = {32_000, 17_914, 8166, 4352, 2002, 1492, 1006, MIN_BYTES};

    private final int linkBytes;
    private int bytes;
    private boolean mayFragment;
    private long expiryNanos;

    PathMtu(int linkBytes) {
        this.linkBytes = linkBytes;
        reset();
    }

    void reset() {
        bytes = linkBytes;
        mayFragment = false;
    }

    /** Whether it is less than the link's: then {@link #expire} is to be asked before it is used. */
    boolean isLowered() {
        return bytes != linkBytes;
    }

    void expire(long nowNanos) {
        if (nowNanos - expiryNanos >= 0) {
            reset();
        }
    }

    /** What an IP packet may have, header and all. */
    int bytes() {
        return bytes;
    }

    /** Whether a link of the path takes even less than the least that is believed: then routers must fragment. */
    boolean mayFragment() {
        return mayFragment;
    }

    /**
     * A packet was too large.
     *
     * @return whether packets get smaller by this
     */
    boolean lower(int quotedBytes, int nextHopBytes, long nowNanos) {
        int claimed = nextHopBytes != 0 ? nextHopBytes : plateauBelow(quotedBytes);
        if (claimed >= quotedBytes || claimed < Ipv4Header.LENGTH) {
            return false; // a packet of this length would have passed
        }
        boolean mustFragment = claimed < MIN_BYTES && !mayFragment;
        int allowed = Math.min(linkBytes, Math.max(MIN_BYTES, claimed - claimed % GRAIN_BYTES));
        if (allowed >= bytes && !mustFragment) {
            return false;
        }
        bytes = Math.min(bytes, allowed);
        mayFragment |= mustFragment;
        expiryNanos = nowNanos + EXPIRY_NANOS;
        return true;
    }

    private static int plateauBelow(int lengthBytes) {
        for (int plateau : PLATEAUS) {
            if (plateau < lengthBytes) {
                return plateau;
            }
        }
        return MIN_BYTES;
    }
}
