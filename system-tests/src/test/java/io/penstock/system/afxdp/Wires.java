package io.penstock.system.afxdp;

import io.penstock.benchmarks.net.NetworkNamespace;
import io.penstock.benchmarks.net.VethWire;
import io.penstock.benchmarks.process.Shell;
import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.RouteNetlink;
import io.penstock.linux.proc.Namespace;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What the tests on wires have in common. */
public final class Wires {
    /** 198.18.0.2, Penstock's address on a test wire. */
    static final int OURS = 0xc6120002;

    public static final int ECHO_PORT = 7;
    private static final long DEADLINE_NANOS = 10_000_000_000L;
    private static final long LOOK_AGAIN_NANOS = 1_000_000;

    private Wires() {}

    /** The interface as the kernel sees it in a namespace, or null. */
    public static NetworkInterfaceInfo find(NetworkNamespace namespace, String name) {
        return Namespace.call("/run/netns/" + namespace.name(), () -> RouteNetlink.find(name));
    }

    /** As ip(8) writes it. */
    public static String macText(long mac) {
        StringBuilder text = new StringBuilder();
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.append(text.isEmpty() ? "" : ":").append(String.format("%02x", (mac >>> shift) & 0xff));
        }
        return text.toString();
    }

    /** Without this, generic mode is refused: a tag that travels beside a packet would not be seen. */
    public static VethWire keepTagsInPackets(VethWire wire) {
        Shell.run(wire.penstockServer().command(List.of("ethtool", "-K", "vb", "rxvlan", "off")));
        return wire;
    }

    /** Waits until something is so; throws after ten seconds. */
    public static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("in vain waited for: " + what);
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }
}
