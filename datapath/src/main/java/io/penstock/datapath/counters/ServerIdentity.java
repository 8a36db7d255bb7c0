package io.penstock.datapath.counters;

/**
 * What a counters file says about the server it belongs to.
 *
 * @param name what kind of server, such as {@code echo}: letters, digits and hyphens, at most 32
 * @param device the device as the operator named it, such as {@code afxdp:vb}
 * @param address the stack's address with its prefix length
 * @param core the core that the loop is pinned to, -1 if to none
 */
public record ServerIdentity(String name, String device, String address, int core) {
    public ServerIdentity {
        if (!name.matches("[A-Za-z0-9-]{1,32}")) {
            throw new IllegalArgumentException(
                    "a server's name is 1 to 32 letters, digits and hyphens, not '" + name + "'");
        }
    }
}
