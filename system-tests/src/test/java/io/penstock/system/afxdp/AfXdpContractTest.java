package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.Idle;
import io.penstock.testkit.contract.LibOsContract;
import io.penstock.testkit.contract.Link;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;

/** The contract with a stack on AF_XDP at each end of a veth, both spinning. */
class AfXdpContractTest extends LibOsContract {
    /** What the stacks do when there is nothing to do. */
    Idle idle(PacketQueue device) {
        return Idle.spin();
    }

    @Override
    protected final Link openLink() {
        VethWire veth = VethWire.create(1);
        NetworkNamespace client = veth.client();
        NetworkNamespace server = veth.penstockServer();
        // The stacks alone speak here: one of them has the address that the kernel would have.
        client.ip("addr flush dev " + VethWire.CLIENT_INTERFACE);
        server.ip("addr flush dev " + VethWire.SERVER_INTERFACE);
        return ContractLink.open(
                new ContractLink.End(client, "afxdp:" + VethWire.CLIENT_INTERFACE),
                new ContractLink.End(server, "afxdp:" + VethWire.SERVER_INTERFACE),
                this::idle,
                () -> close(veth));
    }

    private static void close(VethWire veth) {
        try {
            assertNoProgram(veth.client(), VethWire.CLIENT_INTERFACE);
            assertNoProgram(veth.penstockServer(), VethWire.SERVER_INTERFACE);
        } finally {
            veth.close();
        }
        ContractLink.assertGone(veth.client());
        ContractLink.assertGone(veth.penstockServer());
    }

    private static void assertNoProgram(NetworkNamespace namespace, String name) {
        assertThat(namespace.xdpProgramId(name)).as("XDP program on " + name).isZero();
    }
}
