package io.penstock.datapath;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IP address and a port, in a form that is reused and never allocated on the packet path.
 *
 * <pre>
 *   high: bits 127..64 of the IPv6 address      low: bits 63..0
 *   an IPv4 address a.b.c.d is ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2)
 * </pre>
 *
 * <p>Mutable; one thread at a time.
 */
public final class Endpoint {
    private static final long IPV4_MAPPED = 0xffff_0000_0000L;

    private long high;
    private long low;
    private int port;

    /** The unspecified address, {@code ::}, port 0. */
    public Endpoint() {}

    /**
     * Parses {@code 198.18.0.2:7} or {@code [2001:db8::2]:7}.
     *
     * @throws ConfigurationException if it is malformed; names are not looked up
     */
    public static Endpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (colon > 0 && port >= 0 && port <= 65535) {
                String host = text.substring(0, colon);
                boolean brackets = host.startsWith("[") && host.endsWith("]");
                return of(brackets ? host.substring(1, host.length() - 1) : host, port);
            }
        } catch (NumberFormatException _) {
            // falls through to the one line that says what is expected
        }
        throw new ConfigurationException(
                "'" + text + "' is not an address and port: expected for example 198.18.0.2:7");
    }

    /**
     * An endpoint from a literal address.
     *
     * @throws ConfigurationException if it is not a literal IPv4 or IPv6 address
     */
    public static Endpoint of(String address, int port) {
        boolean literal =
                address.matches("\\d{1,3}(\\.\\d{1,3}){3}") || address.matches("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
        if (literal) {
            try {
                byte[] bytes = InetAddress.getByName(address).getAddress();
                Endpoint endpoint = new Endpoint();
                if (bytes.length == Inet4Address.getLoopbackAddress().getAddress().length) {
                    return endpoint.setIpv4(java.nio.ByteBuffer.wrap(bytes).getInt(), port);
                }
                java.nio.ByteBuffer both = java.nio.ByteBuffer.wrap(bytes);
                return endpoint.set(both.getLong(), both.getLong(), port);
            } catch (UnknownHostException _) {
                // falls through to the one line that says what is expected
            }
        }
        throw new ConfigurationException("'" + address + "' is not an IP address: expected for example 198.18.0.2");
    }

    /** A port at all of the stack's own addresses, to be bound to; port 0 lets the stack choose one. */
    public static Endpoint any(int port) {
        return new Endpoint().set(0, 0, port);
    }

    /** An IPv4 endpoint from the address as a number, 198.18.0.2 being 0xc6120002. */
    public static Endpoint ofIpv4(int address, int port) {
        return new Endpoint().setIpv4(address, port);
    }

    /** Takes on another value, as laid out above; returns itself. */
    public Endpoint set(long high, long low, int port) {
        this.high = high;
        this.low = low;
        this.port = port;
        return this;
    }

    public Endpoint setIpv4(int address, int port) {
        return set(0, IPV4_MAPPED | (address & 0xffff_ffffL), port);
    }

    public Endpoint copyFrom(Endpoint other) {
        return set(other.high, other.low, other.port);
    }

    public boolean isIpv4() {
        return isIpv4(high, low);
    }

    /** Whether an address, as laid out above, is an IPv4 address. */
    public static boolean isIpv4(long high, long low) {
        return high == 0 && low >>> 32 == 0xffff;
    }

    /** The IPv4 address as a number; meaningful if {@link #isIpv4()}. */
    public int ipv4() {
        return (int) low;
    }

    public long high() {
        return high;
    }

    public long low() {
        return low;
    }

    public int port() {
        return port;
    }

    /** The number as dotted text, 0xc6120002 being 198.18.0.2. */
    public static String ipv4ToString(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 0xff) + "." + (address >>> 8 & 0xff) + "." + (address & 0xff);
    }

    /** An address of either family as text, by the halves of its 128 bits. */
    public static String addressToString(long high, long low) {
        if (isIpv4(high, low)) {
            return ipv4ToString((int) low);
        }
        try {
            byte[] bytes =
                    java.nio.ByteBuffer.allocate(16).putLong(high).putLong(low).array();
            return InetAddress.getByAddress(bytes).getHostAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError("sixteen bytes are an address", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Endpoint e && e.high == high && e.low == low && e.port == port;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(high * 31 + low) * 31 + port;
    }

    @Override
    public String toString() {
        String address = addressToString(high, low);
        return (isIpv4() ? address : "[" + address + "]") + ":" + port;
    }
}
