package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;

/**
 * A socket in LISTEN: the connections whose handshake is over, oldest first, and the accepts that wait for one.
 *
 * <p>The backlog bounds what is ready and waits for an accept. Connections in their handshake are entries of the table of
 * half-open connections, which has limits of its own: whoever only begins connections keeps nobody's out that are finished, and
 * an application that accepts late is no reason to refuse a handshake.
 */
final class TcpListener {
    /** No entry of the table of half-open connections. */
    private static final int NO_ENTRY = -1;

    final int backlog;
    /** The first slot of the accepts' list in the {@link OperationTable}. */
    int firstAccept = OperationTable.NONE;
    /** The ends of its list in the table of half-open connections, and how many stand there. */
    int oldestHalfOpen = NO_ENTRY;

    int newestHalfOpen = NO_ENTRY;
    int halfOpen;
    /** The handshake is over: they can be accepted. */
    final TcpConnection.List ready = new TcpConnection.List(TcpConnection.List.BACKLOG);
    /** What those begin with that are established from now on. */
    ConnectionOptions options;
    /** It takes no new ones: a SYN finds nobody listening. */
    boolean refuses;
    /** Its socket is closed. */
    boolean closed;
    /** Stands in the engine's list of listeners whose accepts could not be served for want of a descriptor. */
    boolean waitsForDescriptor;

    TcpListener(int backlog, ConnectionOptions options) {
        this.backlog = backlog;
        this.options = options;
    }

    /** Whether no connection more may wait for an accept. */
    boolean isFull() {
        return ready.size() >= backlog;
    }
}
