package io.penstock.libos.tcp.ip;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.libos.tcp.config.LocalAddress;

/**
 * The stack's IPv4 address, the network that it lies in, and the way out of it.
 *
 * @param address the stack's own address, 198.18.0.2 being 0xc6120002
 * @param prefixLength how many of its bits name the network, 1 to 31
 * @param gateway the neighbour that takes packets to other networks; 0 if there is none
 */
public record Ipv4Network(int address, int prefixLength, int gateway) {
    private static final long IPV4_MAPPED = 0xffff_0000_0000L;
    private static final String EXPECTED = ": expected for example 198.18.0.2/24";

    /**
     * Refuses what no host can have.
     *
     * @throws ConfigurationException in one line
     */
    public Ipv4Network {
        String text = Endpoint.ipv4ToString(address) + "/" + prefixLength;
        if (prefixLength < 1 || prefixLength > 31) {
            throw new ConfigurationException(
                    "prefix length " + prefixLength + " of address '" + text + "': expected 1 to 31, such as 24");
        }
        if (!isUnicast(address)) {
            throw new ConfigurationException("address '" + text
                    + "' is not a host's (this network, loopback, multicast or reserved)" + EXPECTED);
        }
        int hostMask = (int) (0xffff_ffffL >>> prefixLength);
        // RFC 3021: on a link of two hosts both addresses are hosts'.
        if (prefixLength < 31 && (address & hostMask) == 0) {
            throw new ConfigurationException("address '" + text + "' is the network's own, not a host's" + EXPECTED);
        }
        if (prefixLength < 31 && (address & hostMask) == hostMask) {
            throw new ConfigurationException(
                    "address '" + text + "' is the network's broadcast address, not a host's" + EXPECTED);
        }
        if (gateway != 0) {
            String gatewayText = Endpoint.ipv4ToString(gateway);
            boolean inside = ((gateway ^ address) & ~hostMask) == 0;
            int hostPart = gateway & hostMask;
            boolean host = prefixLength == 31 || (hostPart != 0 && hostPart != hostMask);
            if (!inside || !host) {
                throw new ConfigurationException("gateway '" + gatewayText + "' is not a host on the link of " + text
                        + ": give the address of a router within " + Endpoint.ipv4ToString(address & ~hostMask) + "/"
                        + prefixLength);
            }
            if (gateway == address) {
                throw new ConfigurationException(
                        "gateway '" + gatewayText + "' is the stack's own address: give the router's, or leave it out");
            }
        }
    }

    /**
     * The network of one of the stack's own addresses.
     *
     * @param gateway null or empty for none
     * @throws ConfigurationException in one line
     */
    public static Ipv4Network of(LocalAddress local, String gateway) {
        if (!local.isIpv4()) {
            throw new ConfigurationException("address '" + Endpoint.addressToString(local.high(), local.low())
                    + "' is not an IPv4 address: expected for example 198.18.0.2");
        }
        return new Ipv4Network(
                (int) local.low(),
                local.prefixLength(),
                gateway == null || gateway.isEmpty() ? 0 : parseGateway(gateway));
    }

    private static int parseGateway(String text) {
        Endpoint endpoint;
        try {
            endpoint = Endpoint.of(text, 0);
        } catch (ConfigurationException e) {
            throw new ConfigurationException(
                    "gateway '" + text + "' is not an IPv4 address: expected for example 198.18.0.2", e);
        }
        if (!endpoint.isIpv4()) {
            throw new ConfigurationException(
                    "gateway '" + text + "' is not an IPv4 address: expected for example 198.18.0.2");
        }
        return endpoint.ipv4();
    }

    /** The low half of an IPv4 address in the form of {@link Endpoint}; the high one is 0. */
    public static long mapped(int ipv4) {
        return IPV4_MAPPED | (ipv4 & 0xffff_ffffL);
    }

    /** Whether it can be the address of one host: not 0/8, 127/8, multicast, reserved or broadcast. */
    public static boolean isUnicast(int ipv4) {
        int first = ipv4 >>> 24;
        return first != 0 && first != 127 && first < 224;
    }

    private int hostMask() {
        return (int) (0xffff_ffffL >>> prefixLength);
    }

    /** Whether it lies in the link's network. */
    public boolean isOnLink(int ipv4) {
        return ((ipv4 ^ address) & ~hostMask()) == 0;
    }

    /** Whether it is another host's on the link. */
    public boolean isOnLinkHost(int ipv4) {
        return isOnLink(ipv4) && ipv4 != address && !isBroadcast(ipv4);
    }

    /** Whether it is the broadcast address: the limited one, or the network's, or the network's number itself. */
    public boolean isBroadcast(int ipv4) {
        if (ipv4 == -1) {
            return true;
        }
        int host = ipv4 & hostMask();
        return prefixLength < 31 && isOnLink(ipv4) && (host == 0 || host == hostMask());
    }

    /** The neighbour to whom a packet goes first, or 0 if there is no way. */
    public int nextHop(int destination) {
        if (!isUnicast(destination) || destination == address || isBroadcast(destination)) {
            return 0;
        }
        return isOnLink(destination) ? destination : gateway;
    }

    @Override
    public String toString() {
        return Endpoint.ipv4ToString(address) + "/" + prefixLength;
    }
}
