package io.penstock.libos.tcp.link;

/** Why a received packet went no further. Each has a counter, {@code rx.dropped.<name>}. */
public enum Drop {
    /** Shorter than its headers say, or than headers are. */
    TOO_SHORT("too-short"),
    /** To another station's hardware address, or from a group address. */
    OTHER_STATION("other-station"),
    /** Neither IPv4 nor ARP. */
    UNKNOWN_ETHERTYPE("unknown-ethertype"),
    ARP_MALFORMED("arp-malformed"),
    IP_VERSION("ip-version"),
    IP_HEADER("ip-header"),
    IP_CHECKSUM("ip-checksum"),
    /** Reassembly is missing as yet. */
    IP_FRAGMENT("ip-fragment"),
    /** From an address that no packet can come from: a group's, loopback's, our own. */
    IP_SOURCE("ip-source"),
    /** To an address that is not ours: hosts do not forward. */
    IP_DESTINATION("ip-destination"),
    IP_PROTOCOL("ip-protocol"),
    ICMP_CHECKSUM("icmp-checksum"),
    ICMP_MALFORMED("icmp-malformed"),
    /** A type that nothing is done about. */
    ICMP_IGNORED("icmp-ignored"),
    UDP_MALFORMED("udp-malformed"),
    UDP_CHECKSUM("udp-checksum"),
    /** Nobody listens, or a connected queue hears from another peer. */
    UDP_NO_QUEUE("udp-no-queue"),
    /** The application does not pop fast enough. */
    UDP_QUEUE_FULL("udp-queue-full");

    private final String counterName;

    Drop(String name) {
        counterName = "rx.dropped." + name;
    }

    /** The counter's full name. */
    public String counterName() {
        return counterName;
    }
}
