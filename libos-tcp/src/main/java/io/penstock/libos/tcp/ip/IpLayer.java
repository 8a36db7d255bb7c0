package io.penstock.libos.tcp.ip;

/** What a transport asks of IP. Addresses are in the form of {@link io.penstock.datapath.Endpoint}: high and low half. */
public interface IpLayer {
    /**
     * The path between two addresses.
     *
     * @return the path, or null if there is no route
     */
    IpPath path(long localHigh, long localLow, long remoteHigh, long remoteLow);

    /**
     * A path for one answer to a packet of which nothing is remembered: it need not be known before, and is not known
     * afterwards. Good until it is asked for the next one.
     *
     * @return the path, or null if there is no route
     */
    default IpPath answerPath(long localHigh, long localLow, long remoteHigh, long remoteLow) {
        return path(localHigh, localLow, remoteHigh, remoteLow);
    }

    /**
     * Changes whenever a packet that was refused with {@link SendResult#NEIGHBOUR_BUSY} may be taken now: a neighbour has
     * answered, or was given up.
     */
    default long neighbourChanges() {
        return 0;
    }

    /** Whether senders in this machine, whose checksums nobody has finished, are on the link. */
    default boolean carriesPartialChecksums() {
        return false;
    }

    /** Whether an address is one of the stack's own unicast addresses. */
    boolean isLocal(long high, long low);

    /** Which of the stack's addresses speaks to this peer: sets nothing, returns the low half; the high half is the same kind. */
    long sourceLowFor(long remoteHigh, long remoteLow);

    /** As {@link #sourceLowFor}, the high half. */
    long sourceHighFor(long remoteHigh, long remoteLow);
}
