package io.penstock.benchmarks.echo;

import io.penstock.benchmarks.kernel.PeerKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The servers that are measured side by side. */
public enum ServerKind {
    PENSTOCK("penstock", null, 7),
    KERNEL_SPINNING("kernel-spinning", PeerKind.KERNEL_SPINNING, 1007),
    KERNEL_BLOCKING("kernel-blocking", PeerKind.KERNEL_BLOCKING, 2007),
    NETTY("netty", PeerKind.NETTY, 3007);

    private final String label;
    private final PeerKind peer;
    private final int port;

    ServerKind(String label, PeerKind peer, int port) {
        this.label = label;
        this.peer = peer;
        this.port = port;
    }

    /** What reports call it. */
    public String label() {
        return label;
    }

    /** Which server on kernel sockets it is; null for Penstock. */
    PeerKind peer() {
        return peer;
    }

    /** Where it serves: one that is paused keeps its port, so each has its own. */
    int port() {
        return port;
    }

    /** Another server is the first in each round. */
    public static List<ServerKind> order(List<ServerKind> servers, int round) {
        List<ServerKind> order = new ArrayList<>(servers);
        Collections.rotate(order, 1 - round);
        return order;
    }

    /** Whether it keeps its core busy also when there is nothing to do, so that its processor time says nothing. */
    public boolean spins() {
        return this == PENSTOCK || this == KERNEL_SPINNING;
    }
}
