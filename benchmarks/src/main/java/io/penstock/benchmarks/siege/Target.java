package io.penstock.benchmarks.siege;

import io.penstock.datapath.Endpoint;
import java.net.InetSocketAddress;

/** The server under siege. */
record Target(String address, int port) {
    static Target parse(String text) {
        Endpoint endpoint = Endpoint.parse(text);
        return new Target(Endpoint.ipv4ToString(endpoint.ipv4()), endpoint.port());
    }

    static int ipv4(String address) {
        return Endpoint.of(address, 1).ipv4();
    }

    int ipv4() {
        return ipv4(address);
    }

    InetSocketAddress socketAddress() {
        return new InetSocketAddress(address, port);
    }

    @Override
    public String toString() {
        return address + ":" + port;
    }
}
