package io.penstock.datapath.device;

import io.penstock.datapath.wire.EthernetHeader;
import io.penstock.datapath.wire.Ipv4Header;
import io.penstock.datapath.wire.Ipv6Header;
import io.penstock.linux.RawMemory;

/**
 * Chooses the hardware queue on which a packet is sent, by its group of flows: the packets of one flow take one queue,
 * and stay in order. Both directions of a connection are in the same group; fragments and what is not IP are in group
 * 0.
 */
public final class FlowSpread {
    /** As many as a redirection table usually has. */
    public static final int GROUPS = 128;

    private static final int SHIFT = 25; // leaves the 7 bits of a group
    private static final int MIX = 0x9e37_79b9;

    private FlowSpread() {}

    /** The queue of packet {@code i}, 0 to {@code queues - 1}. */
    public static int queue(Burst burst, int i, int queues) {
        return group(burst.address(i), burst.length(i)) * queues / GROUPS;
    }

    /** The group of a packet, 0 to {@link #GROUPS} - 1. */
    public static int group(long packet, int lengthBytes) {
        long ip = packet + EthernetHeader.LENGTH;
        int left = lengthBytes - EthernetHeader.LENGTH;
        if (left < Ipv4Header.LENGTH) {
            return 0;
        }
        int type = EthernetHeader.type(packet);
        if (type == EthernetHeader.TYPE_IPV4) {
            int header = Ipv4Header.headerLength(ip);
            int addresses = Ipv4Header.source(ip) ^ Ipv4Header.destination(ip);
            return Ipv4Header.isFragment(ip) ? 0 : mix(addresses, Ipv4Header.protocol(ip), ip + header, left - header);
        }
        if (type == EthernetHeader.TYPE_IPV6 && left >= Ipv6Header.LENGTH) {
            long both = Ipv6Header.sourceHigh(ip)
                    ^ Ipv6Header.sourceLow(ip)
                    ^ Ipv6Header.destinationHigh(ip)
                    ^ Ipv6Header.destinationLow(ip);
            return mix(
                    (int) (both ^ both >>> 32),
                    Ipv6Header.nextHeader(ip),
                    ip + Ipv6Header.LENGTH,
                    left - Ipv6Header.LENGTH);
        }
        return 0;
    }

    private static int mix(int addresses, int protocol, long transport, int leftBytes) {
        int hash = addresses;
        if ((protocol == Ipv4Header.PROTOCOL_TCP || protocol == Ipv4Header.PROTOCOL_UDP) && leftBytes >= 4) {
            int ports = RawMemory.getInt(transport);
            hash ^= (ports >>> 16) ^ (ports & 0xffff);
        }
        hash *= MIX;
        return ((hash ^ hash >>> 15) * MIX) >>> SHIFT;
    }
}
