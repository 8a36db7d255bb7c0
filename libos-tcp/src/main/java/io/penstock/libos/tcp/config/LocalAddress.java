package io.penstock.libos.tcp.config;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.device.AddressPrefix;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One of a stack's own addresses, with the length of its network's prefix. Whether a host can have it, the network layer says.
 *
 * @param high the address's upper 64 bits, in the form of {@link Endpoint}
 * @param low its lower 64 bits
 * @param prefixLength how many of its bits name the network, by its own family's count: 24 of 198.18.0.2/24
 */
public record LocalAddress(long high, long low, int prefixLength) {
    private static final String EXPECTED = "expected for example 198.18.0.2";
    private static final String SEPARATOR = ",";

    /**
     * Parses an address with its prefix, such as {@code 198.18.0.2/24}.
     *
     * @throws ConfigurationException in one line
     */
    public static LocalAddress parse(String addressAndPrefix) {
        int slash = addressAndPrefix.indexOf('/');
        String prefix = slash > 0 ? addressAndPrefix.substring(slash + 1) : "";
        if (!prefix.matches("\\d{1,3}")) {
            throw new ConfigurationException(
                    "'" + addressAndPrefix + "' is not an address with a prefix length: " + EXPECTED + "/24");
        }
        String text = addressAndPrefix.substring(0, slash);
        try {
            Endpoint address = Endpoint.of(text, 0);
            return new LocalAddress(address.high(), address.low(), Integer.parseInt(prefix));
        } catch (ConfigurationException e) {
            throw new ConfigurationException("address '" + text + "' is not an IPv4 address: " + EXPECTED, e);
        }
    }

    /**
     * Parses addresses with commas between them.
     *
     * @return one or more
     * @throws ConfigurationException in one line
     */
    public static List<LocalAddress> parseAll(String text) {
        return Stream.of(text.split(SEPARATOR, -1))
                .map(each -> parse(each.strip()))
                .toList();
    }

    /** As {@link #parseAll} reads them. */
    public static String format(List<LocalAddress> addresses) {
        return addresses.stream().map(LocalAddress::toString).collect(Collectors.joining(SEPARATOR + " "));
    }

    /** Whether it is an IPv4 address. */
    public boolean isIpv4() {
        return Endpoint.isIpv4(high, low);
    }

    /** The address alone, as devices steer by it. */
    public AddressPrefix exact() {
        return new AddressPrefix(high, low, AddressPrefix.ALL_BITS);
    }

    @Override
    public String toString() {
        return Endpoint.addressToString(high, low) + "/" + prefixLength;
    }
}
