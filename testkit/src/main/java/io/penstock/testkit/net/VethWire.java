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
public final class VethWire implements Wire {
    public static final String CLIENT_INTERFACE = "va";
    public static final String SERVER_INTERFACE = "vb";
    public static final String CLIENT_ADDRESS = "198.18.0.1";
    public static final String PENSTOCK_ADDRESS = "198.18.0.2";
    public static final String KERNEL_ADDRESS = "198.18.0.3";

    private final NetworkNamespace client;
    private final NetworkNamespace server;

    private VethWire(NetworkNamespace client, NetworkNamespace server) {
        this.client = client;
        this.server = server;
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
        made.client.enter(() -> Ethtool.finishChecksums(CLIENT_INTERFACE));
        return made;
    }

    /**
     * Makes both namespaces and the wire.
     *
     * @param queues how many queues each end has
     */
    public static VethWire create(int queues) {
        NetworkNamespace client = NetworkNamespace.create("client");
        NetworkNamespace server = null;
        try {
            server = NetworkNamespace.create("server");
            VethWire made = new VethWire(client, server);
            made.join(queues);
            return made;
        } catch (RuntimeException e) {
            client.close();
            if (server != null) {
                server.close();
            }
            throw e;
        }
    }

    private void join(int queues) {
        String counts = "numtxqueues " + queues + " numrxqueues " + queues;
        client.ip("link add " + CLIENT_INTERFACE + " " + counts + " type veth peer name " + SERVER_INTERFACE + " "
                + counts + " netns " + server.name());
        configure(client, CLIENT_INTERFACE, CLIENT_ADDRESS);
        configure(server, SERVER_INTERFACE, KERNEL_ADDRESS);
    }

    static void configure(NetworkNamespace namespace, String device, String address) {
        // Router solicitations and neighbour discovery would be noise on a wire that carries IPv4.
        namespace.trySysctl("ipv6/conf/" + device + "/disable_ipv6", "1");
        // Answer ARP only for the address that is on this very interface.
        namespace.sysctl("ipv4/conf/" + device + "/arp_ignore", "1");
        namespace.ip("addr add " + address + "/24 dev " + device);
        namespace.ip("link set " + device + " up");
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
        return PENSTOCK_ADDRESS + "/24";
    }

    @Override
    public String device() {
        return "afxdp:" + SERVER_INTERFACE;
    }

    @Override
    public void close() {
        server.close();
        client.close();
    }
}
