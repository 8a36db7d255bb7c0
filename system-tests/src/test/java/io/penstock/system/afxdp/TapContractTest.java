package io.penstock.system.afxdp;

import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.Idle;
import io.penstock.testkit.Await;
import io.penstock.testkit.contract.LibOsContract;
import io.penstock.testkit.contract.Link;
import io.penstock.testkit.net.NetworkNamespace;

/**
 * The contract with a stack on each of two TAP devices, both spinning.
 *
 * <pre>
 *     penstock-PID-taps
 *     +-------------------------------------------------------------+
 *     | Penstock: 198.18.0.1 --- ta --- bridge --- tb --- Penstock:  |
 *     |                                                  198.18.0.2 |
 *     +-------------------------------------------------------------+
 * </pre>
 */
class TapContractTest extends LibOsContract {
    private static final String CLIENT = "ta";
    private static final String SERVER = "tb";
    private static final String BRIDGE = "bridge";

    /** What the stacks do when there is nothing to do. */
    Idle idle(PacketQueue device) {
        return Idle.spin();
    }

    @Override
    protected final Link openLink() {
        NetworkNamespace taps = NetworkNamespace.create("taps");
        try {
            // Forwards from the first packet on, and floods what it has not learnt.
            taps.ip("link add " + BRIDGE + " type bridge stp_state 0 forward_delay 0 mcast_snooping 0");
            addPort(taps, CLIENT);
            addPort(taps, SERVER);
            taps.trySysctl("ipv6/conf/" + BRIDGE + "/disable_ipv6", "1");
            taps.ip("link set " + BRIDGE + " up");
        } catch (RuntimeException e) {
            taps.close();
            throw e;
        }
        Link wire = ContractLink.open(
                new ContractLink.End(taps, "tap:" + CLIENT),
                new ContractLink.End(taps, "tap:" + SERVER),
                this::idle,
                () -> close(taps));
        try {
            Await.until("the bridge forwards", () -> forwards(taps, CLIENT) && forwards(taps, SERVER));
        } catch (AssertionError e) {
            wire.close();
            throw e;
        }
        return wire;
    }

    private static void addPort(NetworkNamespace taps, String name) {
        taps.ip("tuntap add " + name + " mode tap");
        taps.trySysctl("ipv6/conf/" + name + "/disable_ipv6", "1");
        taps.ip("link set " + name + " master " + BRIDGE);
        taps.ip("link set " + name + " up");
    }

    /** A TAP device has a carrier once a stack has opened it; the bridge takes note of that a little later. */
    private static boolean forwards(NetworkNamespace taps, String name) {
        return taps.ip("-d link show " + name).contains("state forwarding");
    }

    private static void close(NetworkNamespace taps) {
        try {
            for (String name : new String[] {CLIENT, SERVER}) {
                Await.until(
                        "the descriptor of " + name + " is closed",
                        () -> taps.ip("link show " + name).contains("NO-CARRIER"));
            }
        } finally {
            taps.close();
        }
        ContractLink.assertGone(taps);
    }
}
