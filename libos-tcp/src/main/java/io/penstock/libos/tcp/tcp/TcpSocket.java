package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.OperationTable;
import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.memory.Buffer;

/**
 * One TCP queue: what the application has of a connection or of a listener.
 *
 * <p>Operations are slots of the stack's {@link OperationTable}, opened by the caller with the right opcode; each is
 * completed exactly once, at once or later. What an operation answers in which state is the close table of
 * {@code LibOs}. Owner's thread.
 */
public final class TcpSocket {
    private final TcpCore core;
    private int descriptor;
    /** Whether the application has it. */
    boolean inUse;

    Tcb tcb;
    TcpListener listener;
    boolean bound;
    long boundHigh;
    long boundLow;
    int boundPort;
    TcpSocket nextOnPort;
    /** For its connection, which has its own from then on, or for those that are accepted from it. */
    ConnectionOptions options;

    TcpSocket(TcpCore core) {
        this.core = core;
    }

    /** What the facade calls this socket; 0 before it was set. */
    public int descriptor() {
        return descriptor;
    }

    public void descriptor(int d) {
        descriptor = d;
    }

    /**
     * Gives the socket its local address.
     *
     * @param high the unspecified address stands for all of the stack's own
     * @param port 0 lets the engine choose
     * @return OK, ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, or INVALID if it has an address
     */
    public Status bind(long high, long low, int port) {
        if (bound || tcb != null) {
            return Status.INVALID;
        }
        if (!BoundPorts.isAny(high, low) && !core.ip.isLocal(high, low)) {
            return Status.ADDRESS_NOT_AVAILABLE;
        }
        int chosen = port == 0 ? core.ephemeralPorts.forBinding(high, low) : port;
        if (chosen == 0 || !core.boundPorts.isFree(high, low, chosen)) {
            return Status.ADDRESS_IN_USE;
        }
        boundHigh = high;
        boundLow = low;
        boundPort = chosen;
        bound = true;
        core.boundPorts.add(this);
        return Status.OK;
    }

    /**
     * Makes the bound socket a listener.
     *
     * @param backlog how many connections may wait for an accept; those in their handshake do not count
     * @return OK, or INVALID if it is not bound, is connected or listens, or backlog is less than 1
     */
    public Status listen(int backlog) {
        if (!bound || tcb != null || listener != null || backlog < 1) {
            return Status.INVALID;
        }
        listener = new TcpListener(this, backlog);
        return Status.OK;
    }

    /** Takes the next connection; INVALID if this does not listen. */
    public void accept(int slot) {
        if (listener == null) {
            core.operations.complete(slot, Status.INVALID);
            return;
        }
        listener.firstAccept = core.operations.append(listener.firstAccept, slot);
        core.acceptQueue.serve(listener);
    }

    /**
     * Opens a connection. Local address and port are what was bound, else chosen.
     *
     * <p>The slot ends with OK, CONNECTION_REFUSED, TIMED_OUT, HOST_UNREACHABLE, NETWORK_UNREACHABLE, ADDRESS_IN_USE,
     * NO_MEMORY, CANCELLED by a close, or INVALID if the socket was connected before or listens.
     */
    public void connect(int slot, long remoteHigh, long remoteLow, int remotePort) {
        Status refused = tryConnect(slot, remoteHigh, remoteLow, remotePort);
        if (refused != Status.OK) {
            core.operations.complete(slot, refused);
        }
    }

    private Status tryConnect(int slot, long remoteHigh, long remoteLow, int remotePort) {
        if (tcb != null || listener != null || remotePort < 1 || remotePort > 65_535) {
            return Status.INVALID;
        }
        boolean chooseAddress = !bound || BoundPorts.isAny(boundHigh, boundLow);
        long localHigh = chooseAddress ? core.ip.sourceHighFor(remoteHigh, remoteLow) : boundHigh;
        long localLow = chooseAddress ? core.ip.sourceLowFor(remoteHigh, remoteLow) : boundLow;
        IpPath path = core.ip.path(localHigh, localLow, remoteHigh, remoteLow);
        if (path == null) {
            return Status.NETWORK_UNREACHABLE;
        }
        int localPort = bound
                ? boundPort
                : core.ephemeralPorts.forConnection(localHigh, localLow, remoteHigh, remoteLow, remotePort);
        int ports = FourTuple.ports(localPort, remotePort);
        boolean toItself = localPort == remotePort && localHigh == remoteHigh && localLow == remoteLow;
        if (localPort == 0 || toItself || !core.isUnused(localHigh, localLow, remoteHigh, remoteLow, ports)) {
            return Status.ADDRESS_IN_USE;
        }
        core.vanishedPeers.roomIsWanted();
        Tcb t = core.takeTcb();
        if (t == null) {
            return Status.NO_MEMORY;
        }
        t.socket = this;
        t.connectSlot = slot;
        t.options = options;
        t.state = TcpState.SYN_SENT;
        tcb = t;
        core.handshake.begin(t, path, localHigh, localLow, remoteHigh, remoteLow, ports);
        t.startSending(
                core.initialSequence.next(core.clock.nanos(), localHigh, localLow, remoteHigh, remoteLow, ports));
        core.handshake.owe(t);
        return Status.OK;
    }

    /** Whether there is room for one more push of any length. If not: NO_TOKEN, before a slot is opened. */
    public boolean canPush() {
        Tcb t = tcb;
        if (t == null || t.state == TcpState.CLOSED) {
            return true; // it will be answered at once
        }
        return room(t) > 0;
    }

    private int room(Tcb t) {
        int pushes = core.operations.count(t.firstPush);
        return pushes < core.config.maxPendingPushes() && (pushes == 0 || !core.operations.areFew())
                ? core.budget.sendRoomBytes(t, t.options.sendBufferBytes)
                : 0;
    }

    /** How many bytes a push may bring now without more than this connection's part being held; 0 if there is none. */
    public int sendRoomBytes() {
        return tcb == null || tcb.state == TcpState.CLOSED ? 0 : Math.max(0, room(tcb));
    }

    /**
     * Sends a buffer or chain. Takes holds of its own, so the caller may release at once; the bytes must not change until
     * the slot ends, which is when the peer has acknowledged all of them.
     */
    public void push(int slot, Buffer chain) {
        OperationTable operations = core.operations;
        Tcb t = tcb;
        Status refused = refusePush(t);
        if (refused != Status.OK) {
            operations.complete(slot, refused);
            return;
        }
        int room = t.path.headerRoomBytes() + TcpHeader.MAX_LENGTH_BYTES;
        int total = 0;
        for (Buffer b = chain; b != null; b = b.next()) {
            int length = b.length();
            if (length > 0) {
                boolean reachable = b.pool().region() == core.pool.region();
                int flags = reachable ? RetransmissionQueue.REACHABLE : 0;
                if (b.pool() == core.pool) {
                    flags |= RetransmissionQueue.POOLED;
                }
                if (reachable && b.headroomIsFree() && b.headroom() >= room) {
                    flags |= RetransmissionQueue.OWNS_HEADROOM;
                }
                if (b.next() == null) {
                    flags |= RetransmissionQueue.END_OF_PUSH;
                }
                // A slice's object may be used anew once it is released, so the frame's own stands for it.
                t.sendQueue.add(b.frame(), b.offset(), length, t.sndEnd, flags);
                t.sndEnd += length;
                total += length;
            }
        }
        operations.lengthBytes(slot, total);
        if (t.firstPush == OperationTable.NONE) {
            if (total == 0) {
                operations.complete(slot, Status.OK);
                return;
            }
            t.firstPushLeft = total;
        }
        t.firstPush = operations.append(t.firstPush, slot);
        core.markDirty(t);
    }

    private Status refusePush(Tcb t) {
        if (t == null) {
            return listener == null ? Status.NOT_CONNECTED : Status.INVALID;
        }
        if (t.error != null) {
            return t.error;
        }
        return t.finQueued ? Status.BROKEN_PIPE : Status.OK;
    }

    /**
     * Takes what arrives next.
     *
     * @param maxBytes at least 1; what is beyond it stays for the next pop
     */
    public void pop(int slot, int maxBytes) {
        OperationTable operations = core.operations;
        Tcb t = tcb;
        if (t == null || maxBytes < 1) {
            operations.complete(slot, t == null && listener == null ? Status.NOT_CONNECTED : Status.INVALID);
        } else if (!t.receiveQueue.isEmpty()) {
            DataReceiver.handOver(core, t, slot, maxBytes);
            updateWindow(t);
        } else if (t.error != null) {
            operations.complete(slot, t.error);
        } else if (t.endOfStream || t.state == TcpState.CLOSED) {
            operations.complete(slot, Status.OK);
        } else {
            operations.lengthBytes(slot, maxBytes);
            t.firstPop = operations.append(t.firstPop, slot);
        }
    }

    private void updateWindow(Tcb t) {
        if (t.state.mayReceive() && ReceiveWindow.updateIsDue(core, t)) {
            SegmentArrival.oweAck(core, t);
        }
    }

    /**
     * Ends sending: what was pushed goes out, then FIN. A listener takes no new connections; those of its backlog can still
     * be accepted. OK also if that was done before.
     */
    public Status shutdown() {
        Tcb t = tcb;
        if (t == null) {
            if (listener == null) {
                return Status.NOT_CONNECTED;
            }
            listener.refuses = true;
            return Status.OK;
        }
        if (t.error != null) {
            return t.error;
        }
        queueFin(t);
        return Status.OK;
    }

    private void queueFin(Tcb t) {
        if (!t.finQueued && t.state != TcpState.CLOSED) {
            t.finQueued = true;
            if (t.state == TcpState.ESTABLISHED) {
                t.state = TcpState.FIN_WAIT_1;
            } else if (t.state == TcpState.CLOSE_WAIT) {
                t.state = TcpState.LAST_ACK;
            }
            core.markDirty(t);
        }
    }

    /**
     * Closes the socket. The slot ends when all is sent and acknowledged (OK), or with the reason why it never will be;
     * CONNECTION_ABORTED if data was left unread, which the peer is told by a reset (RFC 2525, section 2.17).
     *
     * <p>The object must not be used after this call: the engine will use it for another connection.
     */
    public void close(int slot) {
        OperationTable operations = core.operations;
        Tcb t = tcb;
        if (t == null) {
            closeListener();
            operations.complete(slot, Status.OK);
        } else if (t.state == TcpState.CLOSED) {
            operations.complete(slot, t.error == null ? Status.OK : t.error);
            t.socket = null;
            core.end.giveBackIfUnused(t);
        } else if (t.state.isHandshake()) {
            t.closeSlot = slot;
            core.end.abort(t, Status.OK);
        } else if (!t.receiveQueue.isEmpty() || !t.reassembly.isEmpty()) {
            t.closeSlot = slot;
            core.output.send(t); // what was pushed goes as far as the windows allow; the reset stands behind it
            if (t.state != TcpState.CLOSED) {
                core.end.abort(t, Status.CONNECTION_ABORTED);
            }
        } else {
            t.closeSlot = slot;
            t.socket = null;
            t.orphan = true;
            core.end.completePops(t, Status.CANCELLED);
            core.end.completePushes(t, Status.CANCELLED);
            queueFin(t);
            if (t.state == TcpState.FIN_WAIT_2) {
                Acknowledgments.linger(core, t);
            }
        }
        giveBack();
    }

    /** Closes the socket without waiting for anything: RST. The object must not be used after this call. */
    public void abort() {
        Tcb t = tcb;
        if (t == null) {
            closeListener();
        } else if (t.state == TcpState.CLOSED) {
            t.socket = null;
            core.end.giveBackIfUnused(t);
        } else {
            core.end.abort(t, Status.CANCELLED);
        }
        giveBack();
    }

    private void closeListener() {
        if (listener != null) {
            core.operations.completeAll(listener.firstAccept, Status.CANCELLED);
            listener.firstAccept = OperationTable.NONE;
            core.passiveOpen.resetAll(listener);
            for (Tcb t = listener.firstReady(); t != null; t = listener.firstReady()) {
                core.end.abort(t, Status.CANCELLED);
            }
            listener = null;
        }
    }

    private void giveBack() {
        if (bound) {
            core.boundPorts.remove(this);
        }
        core.release(this);
        tcb = null;
        listener = null;
        bound = false;
        boundPort = 0;
        descriptor = 0;
        core.giveBack(this);
    }

    /** Sets an option: OK. */
    public Status set(QueueOption.Flag option, boolean value) {
        replace(options().with(option, value));
        if (tcb != null) {
            core.markDirty(tcb); // what was held back may go now
        }
        return Status.OK;
    }

    /** Sets an option: OK, or INVALID if the value is out of its range. */
    public Status set(QueueOption.Amount option, long value) {
        ConnectionOptions changed = options().with(option, value);
        if (changed == null) {
            return Status.INVALID;
        }
        replace(changed);
        Tcb t = tcb;
        if (t != null) {
            switch (option) {
                case RECEIVE_BUFFER_BYTES -> ReceiveWindow.resize(t, changed.receiveBufferBytes);
                case KEEP_ALIVE_IDLE_NANOS, KEEP_ALIVE_INTERVAL_NANOS, KEEP_ALIVE_PROBES -> core.keepAlives.set(t);
                case SEND_BUFFER_BYTES, DELAYED_ACK_NANOS -> {} // read where they are used
            }
        }
        return Status.OK;
    }

    /** Sets an option: OK, or INVALID if there is none of this name, or the queue connects or listens already. */
    public Status set(QueueOption.Name option, String value) {
        boolean isEarly = tcb == null && listener == null;
        ConnectionOptions changed = switch (option) {
            case CONGESTION_CONTROL -> isEarly ? options.withCongestionControl(value) : null;
        };
        if (changed == null) {
            return Status.INVALID;
        }
        options = changed;
        return Status.OK;
    }

    /** What an option is. */
    public boolean get(QueueOption.Flag option) {
        return options().get(option);
    }

    /** What an option is. */
    public long get(QueueOption.Amount option) {
        return options().get(option);
    }

    /** What an option is. */
    public String get(QueueOption.Name option) {
        return options().get(option);
    }

    private ConnectionOptions options() {
        return tcb == null ? options : tcb.options;
    }

    private void replace(ConnectionOptions changed) {
        if (tcb == null) {
            options = changed;
        } else {
            tcb.options = changed;
        }
    }

    public boolean isListener() {
        return listener != null;
    }

    /** Who is at the other end. Returns false if nobody is or was. */
    public boolean peer(Endpoint out) {
        if (tcb == null) {
            return false;
        }
        out.set(tcb.remoteHigh, tcb.remoteLow, tcb.remotePort());
        return true;
    }

    /** The local address. Returns false if there is none. */
    public boolean local(Endpoint out) {
        if (tcb != null) {
            out.set(tcb.localHigh, tcb.localLow, tcb.localPort());
        } else if (bound) {
            out.set(boundHigh, boundLow, boundPort);
        }
        return tcb != null || bound;
    }
}
