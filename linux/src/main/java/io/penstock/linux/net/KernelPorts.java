package io.penstock.linux.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Which ports programs on kernel sockets serve, in the network namespace of the calling thread (proc_pid_net(5)).
 *
 * <pre>
 *     sl  local_address rem_address   st ...
 *      0: 020012C6:0007 00000000:0000 0A ...     198.18.0.2 in the machine's byte order, port 7, LISTEN
 * </pre>
 */
public final class KernelPorts {
    private static final Path NET = Path.of("/proc/thread-self/net");
    private static final String LISTEN = "0A";
    private static final String UNCONNECTED = "07";

    private KernelPorts() {}

    /**
     * Whether a program serves a port at an address or at any address.
     *
     * @param address 198.18.0.2 being 0xc6120002
     * @return "tcp" or "udp", or null if nobody does or /proc does not tell
     */
    public static String holder(int address, int port) {
        String local = String.format("%08X:%04X", Integer.reverseBytes(address), port);
        String any = String.format("00000000:%04X", port);
        // Sockets for IPv6 serve IPv4 too: at ::ffff:198.18.0.2, in words of the machine's byte order, and at ::
        List<String> names = List.of(local, any, "0000000000000000FFFF0000" + local, "0".repeat(24) + any);
        if (lists("tcp", LISTEN, names) || lists("tcp6", LISTEN, names)) {
            return "tcp";
        }
        return lists("udp", UNCONNECTED, names) || lists("udp6", UNCONNECTED, names) ? "udp" : null;
    }

    private static boolean lists(String table, String state, List<String> names) {
        try {
            return Files.readAllLines(NET.resolve(table)).stream()
                    .map(line -> line.strip().split("\\s+"))
                    .anyMatch(fields -> fields.length > 3 && fields[3].equals(state) && names.contains(fields[1]));
        } catch (IOException _) {
            return false;
        }
    }
}
