package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.PortTable;

/** Chooses ports for sockets that were given none, from a start that peers cannot guess (RFC 6056). Owner's thread. */
final class LocalPorts {
    private final TcpContext context;
    private final PortTable.Candidate any = _ -> true;
    private final PortTable.Candidate unused = this::isUnused;
    /** Between whom the port would be. */
    private final FlowKey flow = new FlowKey();

    LocalPorts(TcpContext context) {
        this.context = context;
    }

    /** A port that no socket is bound to, or 0 if there is none. */
    int choose(long localHigh, long localLow) {
        flow.local(localHigh, localLow).remote(0, 0).ports = 0;
        return context.ports.choose(context.initialSequence.portStart(flow), any);
    }

    /** A port from which no connection leads from one address to the other one's port, or 0 if there is none. */
    int choose(FlowKey addresses, int remotePort) {
        flow.local(addresses.localHigh, addresses.localLow).remote(addresses.remoteHigh, addresses.remoteLow);
        flow.ports = FlowKey.ports(0, remotePort);
        return context.ports.choose(context.initialSequence.portStart(flow), unused);
    }

    private boolean isUnused(int port) {
        flow.ports = FlowKey.ports(port, flow.remotePort());
        return context.isUnused(flow);
    }
}
