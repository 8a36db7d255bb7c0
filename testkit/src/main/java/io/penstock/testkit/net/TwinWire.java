package io.penstock.testkit.net;

import io.penstock.linux.net.Ethtool;

/**
 * Two equal veths side by side, so that Penstock's server and those on kernel sockets may all stay open while one of them is
 * measured: the XDP program is in nobody's way.
 *
 * <pre>
 *     penstock-PID-client                 penstock-PID-server
 *     +-----------------+                 +-----------------------------------------+
 *     | kernel clients: |                 |                                         |
 *     | 198.18.0.1   va |=================| vb   Penstock: 198.18.0.2, AF_XDP on vb |
 *     | 198.18.1.1   vc |=================| vd   kernel servers: 198.18.1.3         |
 *     +-----------------+                 +-----------------------------------------+
 * </pre>
 */
public final class TwinWire extends TwoNamespaces {
    private static final String KERNEL_CLIENT_INTERFACE = "vc";
    private static final String KERNEL_SERVER_INTERFACE = "vd";
    private static final String KERNEL_CLIENT_ADDRESS = "198.18.1.1";
    private static final String KERNEL_ADDRESS = "198.18.1.3";

    private TwinWire(NetworkNamespace client, NetworkNamespace server) {
        super(client, server);
    }

    /** Makes both namespaces and the wires. */
    public static TwinWire create() {
        return make(TwinWire::new, TwinWire::join);
    }

    private void join() {
        join(VethWire.CLIENT_INTERFACE, VethWire.SERVER_INTERFACE);
        join(KERNEL_CLIENT_INTERFACE, KERNEL_SERVER_INTERFACE);
        configure(client(), VethWire.CLIENT_INTERFACE, VethWire.CLIENT_ADDRESS);
        configure(kernelServer(), VethWire.SERVER_INTERFACE, VethWire.KERNEL_ADDRESS);
        configure(client(), KERNEL_CLIENT_INTERFACE, KERNEL_CLIENT_ADDRESS);
        configure(kernelServer(), KERNEL_SERVER_INTERFACE, KERNEL_ADDRESS);
    }

    private void join(String clientInterface, String serverInterface) {
        veth(clientInterface, serverInterface, "");
        client().enter(() -> Ethtool.finishChecksums(clientInterface));
    }

    @Override
    public String kernelAddress() {
        return KERNEL_ADDRESS;
    }

    @Override
    public String penstockCidr() {
        return VethWire.PENSTOCK_ADDRESS + "/24";
    }

    @Override
    public String device() {
        return "afxdp:" + VethWire.SERVER_INTERFACE;
    }

    @Override
    public boolean isPenstocksAlone() {
        return true;
    }
}
