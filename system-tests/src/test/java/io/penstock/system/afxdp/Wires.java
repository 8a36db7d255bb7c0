package io.penstock.system.afxdp;

import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.RouteNetlink;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Shell;
import java.util.List;

/** What the tests on wires have in common. */
public final class Wires {
    /** 198.18.0.2, Penstock's address on a test wire. */
    static final int OURS = 0xc6120002;

    public static final int ECHO_PORT = 7;

    private Wires() {}

    /** The interface as the kernel sees it in a namespace, or null. */
    public static NetworkInterfaceInfo find(NetworkNamespace namespace, String name) {
        return namespace.call(() -> RouteNetlink.find(name));
    }

    /** As ip(8) writes it. */
    public static String macText(long mac) {
        StringBuilder text = new StringBuilder();
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.append(text.isEmpty() ? "" : ":").append(String.format("%02x", (mac >>> shift) & 0xff));
        }
        return text.toString();
    }

    /**
     * Has the client's kernel keep each flow on one queue: a veth has no hash of its own, and what was sent in vain may go out
     * on another queue than before, to another stack.
     */
    public static VethWire keepFlowsOnTheirQueues(VethWire wire) {
        wire.client().sysctl("core/txrehash", "0");
        return wire;
    }

    /** Without this, generic mode is refused: a tag that travels beside a packet would not be seen. */
    public static VethWire keepTagsInPackets(VethWire wire) {
        Shell.run(wire.penstockServer().command(List.of("ethtool", "-K", "vb", "rxvlan", "off")));
        return wire;
    }
}
