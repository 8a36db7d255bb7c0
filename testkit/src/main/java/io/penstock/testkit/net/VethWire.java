package io.penstock.testkit.net;

import io.penstock.linux.net.Ethtool;

/**
 * Two namespaces joined by veth, with no way out.
 *
 * <pre>
 *     penstock-PID-client                 penstock-PID-server
 *     +-----------------+                 +----------------------------------------+
 *     | kernel clients  |   va       vb   |  kernel servers: 198.18.0.3, on vb     |
 *     | 198.18.0.1      |===============--|                                        |
 *     |                 |                 |  Penstock: 198.18.0.2, AF_XDP on vb,   |
 *     +-----------------+                 |  an address that the kernel has not    |
 *                                         +----------------------------------------+
 * </pre>
 *
 * <p>Both ends have the offloads that the kernel gives them: each sender leaves its checksums out.
 */
public final class VethWire extends TwoNamespaces {
    public static final String CLIENT_INTERFACE = "va";
    public static final String SERVER_INTERFACE = "vb";
    public static final String CLIENT_ADDRESS = "198.18.0.1";
    public static final String PENSTOCK_ADDRESS = "198.18.0.2";
    public static final String KERNEL_ADDRESS = "198.18.0.3";

    private VethWire(NetworkNamespace client, NetworkNamespace server) {
        super(client, server);
    }

    /**
     * Makes both namespaces and the wire, and has the client's kernel finish checksums and cut segments itself, as it would
     * for a wire: so all servers are sent packets of the same size. AF_XDP in the driver keeps a peer from sending larger
     * ones, and a kernel's server would get segments of 64 KiB beside it.
     *
     * @param queues how many queues each end has
     */
    public static VethWire createWithoutOffloads(int queues) {
        VethWire made = create(queues);
        made.client().enter(() -> Ethtool.finishChecksums(CLIENT_INTERFACE));
        return made;
    }

    /**
     * Makes both namespaces and the wire.
     *
     * @param queues how many queues each end has
     */
    public static VethWire create(int queues) {
        return make(VethWire::new, made -> made.join(queues));
    }

    private void join(int queues) {
        veth(CLIENT_INTERFACE, SERVER_INTERFACE, "numtxqueues " + queues + " numrxqueues " + queues);
        configure(client(), CLIENT_INTERFACE, CLIENT_ADDRESS);
        configure(kernelServer(), SERVER_INTERFACE, KERNEL_ADDRESS);
    }

    @Override
    public String kernelAddress() {
        return KERNEL_ADDRESS;
    }

    @Override
    public String penstockCidr() {
        return PENSTOCK_ADDRESS + "/24";
    }

    @Override
    public String device() {
        return "afxdp:" + SERVER_INTERFACE;
    }
}
