package io.penstock.libos.tcp.neighbour;

import io.penstock.datapath.device.Burst;

/**
 * One host on the link, as far as its hardware address is known. The states are those of RFC 4861, section 7.3.2, which
 * serve ARP as well; there is no DELAY: the first packet to a stale one asks it at once.
 *
 * <pre>
 *            first packet                 answer                  30 s
 *   (none) --------------&gt; INCOMPLETE -----------------&gt; REACHABLE -----&gt; STALE &lt;----- (none), asked by it
 *                            |    ^                          ^              |
 *                   3 tries  |    | 3 unicast tries          | answer       | next packet
 *                            v    +------------------------ PROBE &lt;---------+
 *                          FAILED                           packets go on to the old address meanwhile
 * </pre>
 */
public final class Neighbour {
    enum State {
        FREE,
        INCOMPLETE,
        REACHABLE,
        STALE,
        PROBE,
        FAILED
    }

    /** How many packets wait for one neighbour's answer at most; Linux holds about as many. */
    static final int PENDING_PACKETS = 64;

    /** Its address: high and low half. */
    long high;

    long low;
    long mac;
    State state = State.FREE;
    int tries;
    long deadlineNanos;
    /** An address that somebody claims instead of {@link #mac}, which is being verified; 0 if none. */
    long claimedMac;
    /** Until when other claims are not listened to: an attacker's stream of them must not become a stream of probes. */
    long deafUntilNanos;
    /** Packets that wait for the address, from their place for the Ethernet header on. Made when it is needed first. */
    Burst pending;
    /** Since when it is being asked, and when it was asked last. */
    long askedNanos;

    long askedLastNanos;
    /** Whether it stands among those that are being asked and keep packets, and between whom. */
    boolean keeping;

    Neighbour keepingBefore;
    Neighbour keepingAfter;
    /** Where it stands among those in use. */
    int position;

    private int version = 1;

    Neighbour() {}

    /**
     * Changes whenever what a path has noted may be wrong: the hardware address, or whether it may be used without
     * asking the table. So a path needs one comparison a packet.
     */
    public int version() {
        return version;
    }

    void changed() {
        version++;
    }

    /** Whether packets can go out now; those that wait go first. */
    public boolean isUsable() {
        return (state == State.REACHABLE || state == State.STALE || state == State.PROBE) && !hasPending();
    }

    boolean hasAddress() {
        return state == State.REACHABLE || state == State.STALE || state == State.PROBE;
    }

    boolean hasPending() {
        return pending != null && pending.count() != 0;
    }

    /** Whether it was asked in vain a short time ago. */
    public boolean isUnreachable() {
        return state == State.FAILED;
    }

    public long mac() {
        return mac;
    }
}
