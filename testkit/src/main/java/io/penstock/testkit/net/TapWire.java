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
public final class TapWire implements Wire {
    private static final String TAP = "pt";
    private static final String TAP_CLIENT_ADDRESS = "198.18.0.1";
    private static final String VETH_CLIENT_ADDRESS = "198.18.1.1";
    private static final String KERNEL_ADDRESS = "198.18.1.3";
    private static final String PENSTOCK_CIDR = "198.18.0.2/24";

    private final NetworkNamespace client;
    private final NetworkNamespace server;

    private TapWire(NetworkNamespace client, NetworkNamespace server) {
        this.client = client;
        this.server = server;
    }

    /** Makes both namespaces, the TAP device and the veth. */
    public static TapWire create() {
        NetworkNamespace client = NetworkNamespace.create("client");
        NetworkNamespace server = null;
        try {
            server = NetworkNamespace.create("server");
            client.ip("tuntap add " + TAP + " mode tap");
            VethWire.configure(client, TAP, TAP_CLIENT_ADDRESS);
            client.ip("link add " + VethWire.CLIENT_INTERFACE + " type veth peer name " + VethWire.SERVER_INTERFACE
                    + " netns " + server.name());
            VethWire.configure(client, VethWire.CLIENT_INTERFACE, VETH_CLIENT_ADDRESS);
            VethWire.configure(server, VethWire.SERVER_INTERFACE, KERNEL_ADDRESS);
            return new TapWire(client, server);
        } catch (RuntimeException e) {
            client.close();
            if (server != null) {
                server.close();
            }
            throw e;
        }
    }

    @Override
    public NetworkNamespace client() {
        return client;
    }

    @Override
    public NetworkNamespace kernelServer() {
        return server;
    }

    @Override
    public NetworkNamespace penstockServer() {
        return client;
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

    @Override
    public void close() {
        server.close();
        client.close();
    }
}
