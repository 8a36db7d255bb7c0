package io.penstock.libos.tcp.tcp;

/**
 * A socket in LISTEN: its backlog and the accepts that wait.
 *
 * <p>The backlog bounds all connections that no accept has taken yet, those in their handshake included, so that a flood
 * of SYNs costs a known amount of memory. Connections whose handshake is over stand in the list {@code ready}, oldest
 * first.
 */
final class TcpListener {
    final TcpSocket socket;
    final int backlog;
    final SlotQueue accepts = new SlotQueue();
    private Tcb halfOpen;
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

    boolean isFull() {
        return size >= backlog;
    }

    int size() {
        return size;
    }

    Tcb firstReady() {
        return firstReady;
    }

    /** Any connection of the backlog, or null. */
    Tcb any() {
        return firstReady != null ? firstReady : halfOpen;
    }

    /** A SYN came: the connection is half open. */
    void addHalfOpen(Tcb t) {
        t.listener = this;
        t.previousInBacklog = null;
        t.nextInBacklog = halfOpen;
        if (halfOpen != null) {
            halfOpen.previousInBacklog = t;
        }
        halfOpen = t;
        size++;
    }

    /** The handshake is over: the connection can be accepted. */
    void becomeReady(Tcb t) {
        unlink(t);
        t.nextInBacklog = null;
        t.previousInBacklog = lastReady;
        if (lastReady == null) {
            firstReady = t;
        } else {
            lastReady.nextInBacklog = t;
        }
        lastReady = t;
    }

    /** It was accepted or is gone. */
    void remove(Tcb t) {
        unlink(t);
        t.previousInBacklog = null;
        t.nextInBacklog = null;
        t.listener = null;
        size--;
    }

    private void unlink(Tcb t) {
        Tcb before = t.previousInBacklog;
        Tcb after = t.nextInBacklog;
        if (before != null) {
            before.nextInBacklog = after;
        } else if (t == halfOpen) {
            halfOpen = after;
        } else {
            firstReady = after;
        }
        if (after != null) {
            after.previousInBacklog = before;
        } else if (t == lastReady) {
            lastReady = before;
        }
    }
}
