package io.penstock.examples;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counters;
import io.penstock.server.Framing;
import io.penstock.server.Handler;
import io.penstock.server.Server;

/**
 * The packet echo: sends back what it gets, over TCP and UDP. Nothing is copied: the frame that the NIC received into is sent
 * back. What all of that is made of shows {@link FirstServer}.
 */
public final class EchoServer {
    private static final Handler ECHO = (request, reply) -> reply.write(request);

    private EchoServer() {}

    /** An echo on this stack, for the thread that opened it; ports of 0 are not served. */
    public static Server on(LibOs os, int tcpPort, int udpPort, Counters counters) {
        Server server = Server.on(os).name("echo").counters(counters);
        if (tcpPort != 0) {
            server.tcp(Endpoint.any(tcpPort), Framing.stream(), ECHO);
        }
        if (udpPort != 0) {
            server.udp(Endpoint.any(udpPort), ECHO);
        }
        return server;
    }
}
