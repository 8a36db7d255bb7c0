package io.penstock.testkit.net;

/**
 * For a user without privileges, inside a user namespace: Penstock at a TAP device beside the client, and the servers on
 * kernel sockets at the far end of a veth.
 *
 * <pre>
 *     penstock-PID-client                                  penstock-PID-server
 *     +--------------------------------------------+       +------------------------------+
 *     | Penstock: 198.18.0.2 --- pt 198.18.0.1     |       |                              |
 *     |               (TAP)      kernel clients    |       |                              |
 *     |                          198.18.1.1  va    |=======|  vb  kernel servers:         |
 *     +--------------------------------------------+       |      198.18.1.3              |
 *                                                          +------------------------------+
 * </pre>
 */
public final class TapWire extends TwoNamespaces {
    private static final String TAP = "pt";
    private static final String TAP_CLIENT_ADDRESS = "198.18.0.1";
    private static final String VETH_CLIENT_ADDRESS = "198.18.1.1";
    private static final String KERNEL_ADDRESS = "198.18.1.3";
    private static final String PENSTOCK_CIDR = "198.18.0.2/24";

    private TapWire(NetworkNamespace client, NetworkNamespace server) {
        super(client, server);
    }

    /** Makes both namespaces, the TAP device and the veth. */
    public static TapWire create() {
        return make(TapWire::new, TapWire::join);
    }

    private void join() {
        client().ip("tuntap add " + TAP + " mode tap");
        configure(client(), TAP, TAP_CLIENT_ADDRESS);
        veth(VethWire.CLIENT_INTERFACE, VethWire.SERVER_INTERFACE, "");
        configure(client(), VethWire.CLIENT_INTERFACE, VETH_CLIENT_ADDRESS);
        configure(kernelServer(), VethWire.SERVER_INTERFACE, KERNEL_ADDRESS);
    }

    @Override
    public NetworkNamespace penstockServer() {
        return client();
    }

    @Override
    public String kernelAddress() {
        return KERNEL_ADDRESS;
    }

    @Override
    public String penstockCidr() {
        return PENSTOCK_CIDR;
    }

    @Override
    public String device() {
        return "tap:" + TAP;
    }

    @Override
    public boolean isPenstocksAlone() {
        return true;
    }
}
