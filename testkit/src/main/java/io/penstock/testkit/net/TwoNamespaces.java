package io.penstock.testkit.net;

import java.util.function.BiFunction;
import java.util.function.Consumer;

/** A wire between two namespaces that go with it. */
abstract class TwoNamespaces implements Wire {
    private final NetworkNamespace client;
    private final NetworkNamespace server;

    TwoNamespaces(NetworkNamespace client, NetworkNamespace server) {
        this.client = client;
        this.server = server;
    }

    /**
     * Makes both namespaces and the wire, or nothing.
     *
     * @param join makes the interfaces
     */
    static <W extends TwoNamespaces> W make(
            BiFunction<NetworkNamespace, NetworkNamespace, W> constructor, Consumer<W> join) {
        NetworkNamespace client = NetworkNamespace.create("client");
        NetworkNamespace server = null;
        try {
            server = NetworkNamespace.create("server");
            W made = constructor.apply(client, server);
            join.accept(made);
            return made;
        } catch (RuntimeException e) {
            client.close();
            if (server != null) {
                server.close();
            }
            throw e;
        }
    }

    /**
     * Joins both by a veth.
     *
     * @param properties of both ends, such as how many queues they have; empty for none
     */
    final void veth(String clientInterface, String serverInterface, String properties) {
        String words = properties.isEmpty() ? "" : properties + " ";
        client.ip("link add " + clientInterface + " " + words + "type veth peer name " + serverInterface + " " + words
                + "netns " + server.name());
    }

    /** Gives an interface its address, and brings it up. */
    static void configure(NetworkNamespace namespace, String device, String address) {
        // Router solicitations and neighbour discovery would be noise on a wire that carries IPv4.
        namespace.trySysctl("ipv6/conf/" + device + "/disable_ipv6", "1");
        // Answer ARP only for the address that is on this very interface.
        namespace.sysctl("ipv4/conf/" + device + "/arp_ignore", "1");
        namespace.ip("addr add " + address + "/24 dev " + device);
        namespace.ip("link set " + device + " up");
    }

    @Override
    public final NetworkNamespace client() {
        return client;
    }

    @Override
    public final NetworkNamespace kernelServer() {
        return server;
    }

    @Override
    public NetworkNamespace penstockServer() {
        return server;
    }

    @Override
    public final void close() {
        server.close();
        client.close();
    }
}
