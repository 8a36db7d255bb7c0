package io.penstock.libos.tcp.neighbour;

/**
 * How a {@link Neighbours} cache asks the link: ARP for IPv4, NDP for IPv6. Addresses are in the form of {@link
 * io.penstock.datapath.Endpoint}: high and low half. Called on the stack's thread.
 */
public interface AddressResolution {
    /** What it is called in the names of counters, such as {@code arp}. */
    String name();

    /** The type of the Ethernet frames whose packets it finds the way for. */
    int etherType();

    /**
     * Sends a request; if there is no room for it now, the cache asks again when its time is up.
     *
     * @param targetMac whom to ask: {@code MacAddress.BROADCAST} for everybody, or the holder of an address that is to be
     *     verified
     */
    void ask(long high, long low, long targetMac);

    /** Tells everybody on the link where our own address is, if there is room for that now. */
    void announce();

    /** Nobody answers for an address. */
    void unanswered(long high, long low);
}
