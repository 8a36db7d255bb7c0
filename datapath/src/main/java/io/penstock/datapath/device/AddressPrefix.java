package io.penstock.datapath.device;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;

/**
 * Addresses that begin with the same bits, in the form of {@link Endpoint}: 198.18.0.0/15 is ::ffff:198.18.0.0/111.
 *
 * @param high the address's upper 64 bits
 * @param low its lower 64 bits
 * @param bits how many bits count, 0 to 128; the others are zero
 */
public record AddressPrefix(long high, long low, int bits) {
    /** An address. */
    public static final int ALL_BITS = 128;

    /** How many bits in front of an IPv4 address say that it is one. */
    private static final int IPV4_BITS = 96;

    /** Any address of any family. */
    private static final AddressPrefix ANY = new AddressPrefix(0, 0, 0);

    public AddressPrefix {
        if (bits < 0 || bits > ALL_BITS || (high & ~mask(bits)) != 0 || (low & ~mask(bits - 64)) != 0) {
            throw new IllegalArgumentException(
                    "a prefix of " + bits + " bits: expected 0 to 128, and zeros behind them");
        }
    }

    /** The bits of a half that count. */
    private static long mask(int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << (64 - bits);
    }

    /** Any address. */
    public static AddressPrefix any() {
        return ANY;
    }

    /** One address, of whatever family. */
    public static AddressPrefix of(Endpoint address) {
        return new AddressPrefix(address.high(), address.low(), ALL_BITS);
    }

    /** IPv4 addresses, 198.18.0.2 being 0xc6120002; {@code bits} from 0 to 32. */
    public static AddressPrefix ofIpv4(int address, int bits) {
        Endpoint endpoint = Endpoint.ofIpv4(address, 0);
        return new AddressPrefix(endpoint.high(), endpoint.low(), IPV4_BITS + bits);
    }

    /** Whether all of its addresses are IPv4's. */
    public boolean isIpv4() {
        return bits >= IPV4_BITS && Endpoint.isIpv4(high, low);
    }

    /** Whether it is a single address. */
    public boolean isOneAddress() {
        return bits == ALL_BITS;
    }

    /** The first of its addresses as a number; meaningful if {@link #isIpv4()}. */
    public int ipv4() {
        return (int) low;
    }

    /** The bits of {@link #ipv4()} that count. */
    public int ipv4Mask() {
        return (int) mask(bits - 64);
    }

    /** Refuses IPv6 on behalf of a back end that has none. */
    void requireIpv4(DeviceSpec spec) {
        if (!isIpv4()) {
            throw new ConfigurationException("device '" + spec + "' cannot take packets to " + this
                    + ": this back end tells packets by IPv4 addresses only");
        }
    }

    @Override
    public String toString() {
        if (isIpv4()) {
            return Endpoint.ipv4ToString(ipv4()) + (isOneAddress() ? "" : "/" + (bits - IPV4_BITS));
        }
        return Endpoint.addressToString(high, low) + "/" + bits;
    }
}
