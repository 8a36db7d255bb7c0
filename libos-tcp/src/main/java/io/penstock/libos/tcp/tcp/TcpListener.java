package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;

/**
 * A socket in LISTEN: the connections whose handshake is over, oldest first, and the accepts that wait for one.
 *
 * <p>The backlog bounds what is ready and waits for an accept. Connections in their handshake are entries of the {@link
 * HalfOpenTable}, which has limits of its own: whoever only begins connections keeps nobody's out that are finished, and
 * an application that accepts late is no reason to refuse a handshake.
 */
final class TcpListener {
    final TcpSocket socket;
    final int backlog;
    /** The first slot of the accepts' list in the {@link OperationTable}. */
    int firstAccept = OperationTable.NONE;
    /** The ends of its list in the {@link HalfOpenTable}. */
    int oldestHalfOpen = HalfOpenTable.NONE;

    int newestHalfOpen = HalfOpenTable.NONE;
    private int halfOpen;
    private Tcb firstReady;
    private Tcb lastReady;
    private int size;
    /** It takes no new ones: a SYN finds nobody listening. */
    boolean refuses;
    /** Stands in the engine's list of listeners whose accepts could not be served for want of a descriptor. */
    boolean waitsForDescriptor;

    TcpListener(TcpSocket socket, int backlog) {
        this.socket = socket;
        this.backlog = backlog;
    }

    /** Whether no connection more may wait for an accept. */
    boolean isFull() {
        return size >= backlog;
    }

    /** How many connections wait for an accept. */
    int size() {
        return size;
    }

    /** How many are in their handshake. */
    int halfOpen() {
        return halfOpen;
    }

    void halfOpen(int more) {
        halfOpen += more;
    }

    /** Which of them was ready first, or null. */
    Tcb firstReady() {
        return firstReady;
    }

    /** The handshake is over: the connection can be accepted. */
    void add(Tcb t) {
        t.listener = this;
        t.nextInBacklog = null;
        t.previousInBacklog = lastReady;
        if (lastReady == null) {
            firstReady = t;
        } else {
            lastReady.nextInBacklog = t;
        }
        lastReady = t;
        size++;
    }

    /** It was accepted or is gone. */
    void remove(Tcb t) {
        Tcb before = t.previousInBacklog;
        Tcb after = t.nextInBacklog;
        if (before == null) {
            firstReady = after;
        } else {
            before.nextInBacklog = after;
        }
        if (after == null) {
            lastReady = before;
        } else {
            after.previousInBacklog = before;
        }
        t.previousInBacklog = null;
        t.nextInBacklog = null;
        t.listener = null;
        size--;
    }
}
