package io.penstock.libos.tcp.ip;

/** What a transport asks of IP. Addresses are in the form of {@link io.penstock.datapath.Endpoint}: high and low half. */
public interface IpLayer {
    /**
     * The path between a flow's addresses, whatever its ports; from any of the stack's own if no local one is set.
     *
     * @return the path, or null if there is no route
     */
    IpPath path(FlowKey flow);

    /**
     * A path for one answer to a packet of which nothing is remembered: it need not be known before, and is not known
     * afterwards. Good until it is asked for the next one.
     *
     * @return the path, or null if there is no route
     */
    default IpPath answerPath(FlowKey flow) {
        return path(flow);
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

    /** Sets the flow's local address: the one of the stack's own that speaks to its remote one. */
    void chooseLocal(FlowKey flow);
}
