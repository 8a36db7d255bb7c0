package io.penstock.linux.net;

import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;

/**
 * An IPv4 socket address in native memory, as the kernel wants it (ip(7)). Never freed: the harness makes a handful.
 *
 * <pre>
 *   0        2        4                8                        16
 *   +--------+--------+----------------+------------------------+
 *   | AF_INET| port BE|   address BE   |        zeroes          |
 *   +--------+--------+----------------+------------------------+
 * </pre>
 */
public final class SocketAddress4 {
    /** sizeof(struct sockaddr_in). */
    public static final int LENGTH_BYTES = 16;

    private static final short AF_INET = 2;

    private final long address =
            Arena.global().allocate(LENGTH_BYTES, Long.BYTES).address();

    /** The unspecified address. */
    public SocketAddress4() {}

    /**
     * An address and port.
     *
     * @param ipv4 198.18.0.2 being 0xc6120002
     */
    public static SocketAddress4 of(int ipv4, int port) {
        SocketAddress4 made = new SocketAddress4();
        RawMemory.putShort(made.address, AF_INET);
        RawMemory.putShortBe(made.address + 2, port);
        RawMemory.putIntBe(made.address + 4, ipv4);
        return made;
    }

    /** Where it lies. */
    public long address() {
        return address;
    }

    /** The port, in the machine's order. */
    public int port() {
        return RawMemory.getUnsignedShortBe(address + 2);
    }
}
