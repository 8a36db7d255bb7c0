package io.penstock.libos.tcp.link;

import io.penstock.datapath.Endpoint;
import java.util.function.LongFunction;

/**
 * Why a received packet went no further. Each has a counter, {@code rx.dropped.<name>}, and those that an operator can mend
 * have a line that says how, about the last one's detail.
 */
public enum Drop {
    /** Shorter than its headers say, or than headers are. */
    TOO_SHORT("too-short"),
    /** To another station's hardware address, or from a group address. */
    OTHER_STATION("other-station"),
    /** With a VLAN's tag in front of what it carries. The detail is the VLAN's number. */
    VLAN_TAG(
            "vlan-tag",
            id -> "packets of VLAN " + id + " come in, and only those without a tag are taken: run on that VLAN's own"
                    + " interface ('ip link add link INTERFACE name INTERFACE." + id + " type vlan id " + id
                    + "'), or have the switch send them untagged"),
    /** IPv6, to our hardware address or to everybody. */
    IPV6("ipv6", _ -> "IPv6 packets come in, and this stack speaks IPv4 only: give peers its IPv4 address"),
    /** Neither IP nor ARP. */
    UNKNOWN_ETHERTYPE("unknown-ethertype"),
    ARP_MALFORMED("arp-malformed"),
    IP_VERSION("ip-version"),
    IP_HEADER("ip-header"),
    IP_CHECKSUM("ip-checksum"),
    /** Reassembly is missing as yet. The detail is the sender's address. */
    IP_FRAGMENT(
            "ip-fragment",
            sender -> Endpoint.ipv4ToString((int) sender)
                    + " sends packets in fragments, which are not put together here:"
                    + " have it send datagrams that fit the MTU (1,472 bytes on Ethernet), and see that no tunnel on the"
                    + " way has a smaller one"),
    /** From an address that no packet can come from: a group's, loopback's, our own. */
    IP_SOURCE("ip-source"),
    /** In a frame to us, to an address that is not ours: hosts do not forward. The detail is that address. */
    IP_DESTINATION(
            "ip-destination",
            address -> "packets to " + Endpoint.ipv4ToString((int) address)
                    + " come to this station, whose address is another one: check --address, and who has this station as"
                    + " its router ('ip route', 'ip neigh' there)"),
    /** To everybody, and for nobody here: what other hosts say to each other, or TCP, which knows no groups. */
    IP_GROUP("ip-group"),
    IP_PROTOCOL("ip-protocol"),
    ICMP_CHECKSUM("icmp-checksum"),
    ICMP_MALFORMED("icmp-malformed"),
    /** A type that nothing is done about. */
    ICMP_IGNORED("icmp-ignored"),
    UDP_MALFORMED("udp-malformed"),
    UDP_CHECKSUM("udp-checksum"),
    /** Nobody listens, or a connected queue hears from another peer. The detail is the port. */
    UDP_NO_QUEUE(
            "udp-no-queue",
            port -> "datagrams come to UDP port " + port
                    + ", where no queue is bound, or one that is connected to another"
                    + " peer: check the port of the server (--udp) and of its clients"),
    /** The application does not pop one queue fast enough. The detail is the port. */
    UDP_QUEUE_FULL(
            "udp-queue-full",
            port -> "the queue of UDP port " + port + " is full: the server pops more slowly than datagrams come; keep"
                    + " several pops waiting, do less for each, or share the load among servers"),
    /** All UDP queues together hold as many frames as they may. The detail is that number. */
    UDP_FRAMES_FULL(
            "udp-frames-full",
            frames -> "the UDP queues together hold " + frames
                    + " frames that were not popped, half of all: raise --frames"
                    + " (StackConfig.frames), or pop sooner");

    private final String counterName;

    @SuppressWarnings("ImmutableEnumChecker") // lambdas that capture nothing
    private final LongFunction<String> line;

    Drop(String name) {
        this(name, null);
    }

    Drop(String name, LongFunction<String> line) {
        this.counterName = "rx.dropped." + name;
        this.line = line;
    }

    /** The counter's full name. */
    public String counterName() {
        return counterName;
    }

    /** What is wrong and how to mend it, for a detail; null if there is nothing that an operator could do. */
    public LongFunction<String> line() {
        return line;
    }
}
