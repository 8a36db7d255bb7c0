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
public final class TwinWire implements Wire {
    private static final String KERNEL_CLIENT_INTERFACE = "vc";
    private static final String KERNEL_SERVER_INTERFACE = "vd";
    private static final String KERNEL_CLIENT_ADDRESS = "198.18.1.1";
    private static final String KERNEL_ADDRESS = "198.18.1.3";

    private final NetworkNamespace client;
    private final NetworkNamespace server;

    private TwinWire(NetworkNamespace client, NetworkNamespace server) {
        this.client = client;
        this.server = server;
    }

    /** Makes both namespaces and the wires. */
    public static TwinWire create() {
        NetworkNamespace client = NetworkNamespace.create("client");
        NetworkNamespace server = null;
        try {
            server = NetworkNamespace.create("server");
            TwinWire made = new TwinWire(client, server);
            made.join(VethWire.CLIENT_INTERFACE, VethWire.SERVER_INTERFACE);
            made.join(KERNEL_CLIENT_INTERFACE, KERNEL_SERVER_INTERFACE);
            VethWire.configure(client, VethWire.CLIENT_INTERFACE, VethWire.CLIENT_ADDRESS);
            VethWire.configure(server, VethWire.SERVER_INTERFACE, VethWire.KERNEL_ADDRESS);
            VethWire.configure(client, KERNEL_CLIENT_INTERFACE, KERNEL_CLIENT_ADDRESS);
            VethWire.configure(server, KERNEL_SERVER_INTERFACE, KERNEL_ADDRESS);
            return made;
        } catch (RuntimeException e) {
            client.close();
            if (server != null) {
                server.close();
            }
            throw e;
        }
    }

    private void join(String clientInterface, String serverInterface) {
        client.ip(
                "link add " + clientInterface + " type veth peer name " + serverInterface + " netns " + server.name());
        client.enter(() -> Ethtool.finishChecksums(clientInterface));
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
        return server;
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

    @Override
    public void close() {
        server.close();
        client.close();
    }
}
