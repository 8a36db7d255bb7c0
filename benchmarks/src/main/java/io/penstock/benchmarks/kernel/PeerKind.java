package io.penstock.benchmarks.kernel;

import io.penstock.datapath.Endpoint;

/** The kinds of servers to measure against. */
public enum PeerKind {
    /** Kernel sockets, never sleeping. */
    KERNEL_SPINNING,
    /** Kernel sockets, sleeping in epoll_wait. */
    KERNEL_BLOCKING,
    /** Netty's epoll transport. */
    NETTY;

    /** Opens a server of this kind. */
    public EchoPeer open(Endpoint local, boolean tcp) {
        return switch (this) {
            case KERNEL_SPINNING -> openKernel(local, tcp, true);
            case KERNEL_BLOCKING -> openKernel(local, tcp, false);
            case NETTY -> new NettyServer(local, tcp);
        };
    }

    private static EchoPeer openKernel(Endpoint local, boolean tcp, boolean spin) {
        return tcp ? new KernelTcpServer(local, spin) : new KernelUdpServer(local, spin);
    }
}
