package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.PortTable;
import io.penstock.libos.tcp.ip.Socket;
import io.penstock.libos.tcp.stream.SendBuffer;
import io.penstock.memory.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;

/**
 * One TCP queue: what the application has of a connection or of a listener.
 *
 * <p>What an operation answers in which state is the close table of {@code LibOs}. Owner's thread.
 */
public final class TcpSocket extends Socket {
    private final Pool pool;
    private final TcpContext context;
    /** Whether the application has it. */
    private boolean inUse;

    private TcpConnection connection;
    private TcpListener listener;
    /** Null as long as it has no address of its own. */
    private PortTable.Binding<TcpContext.PortOwner> binding;
    /** As long as it has neither connection nor listener, which have their own from then on. */
    private ConnectionOptions options;

    private TcpSocket(Pool pool) {
        super(pool.context.operations);
        this.pool = pool;
        this.context = pool.context;
    }

    /** Null before a connect and for a listener. */
    TcpConnection connection() {
        return connection;
    }

    /** Null if it does not listen. */
    TcpListener listener() {
        return listener;
    }

    /**
     * Gives the socket its local address.
     *
     * @return OK, ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, or INVALID if it has an address
     */
    @Override
    public Status bind(Endpoint local) {
        if (binding != null || connection != null) {
            return Status.INVALID;
        }
        long high = local.high();
        long low = local.low();
        if (!FlowKey.isAny(high, low) && !context.ip.isLocal(high, low)) {
            return Status.ADDRESS_NOT_AVAILABLE;
        }
        int port = local.port() == 0 ? pool.localPorts.choose(high, low) : local.port();
        if (port == 0 || !context.ports.isFree(high, low, port)) {
            return Status.ADDRESS_IN_USE;
        }
        binding = context.ports.add(high, low, port, new TcpContext.PortOwner());
        return Status.OK;
    }

    /**
     * Makes the bound socket a listener.
     *
     * @param backlog how many connections may wait for an accept; those in their handshake do not count
     * @return OK, or INVALID if it is not bound, is connected or listens, or backlog is less than 1
     */
    @Override
    public Status listen(int backlog) {
        if (binding == null || connection != null || listener != null || backlog < 1) {
            return Status.INVALID;
        }
        listener = new TcpListener(backlog, options);
        binding.owner().listener = listener;
        return Status.OK;
    }

    /** Takes the next connection; INVALID if this does not listen. */
    @Override
    public void accept(int slot) {
        if (listener == null) {
            operations.complete(slot, Status.INVALID);
            return;
        }
        listener.firstAccept = operations.append(listener.firstAccept, slot);
        pool.serve(listener);
    }

    /**
     * Opens a connection. Local address and port are what was bound, else chosen.
     *
     * <p>The slot ends with OK, CONNECTION_REFUSED, TIMED_OUT, HOST_UNREACHABLE, NETWORK_UNREACHABLE, ADDRESS_IN_USE,
     * NO_MEMORY, CANCELLED by a close, or INVALID if the socket was connected before or listens.
     */
    @Override
    public void connect(int slot, Endpoint remote) {
        Status refused = tryConnect(slot, remote);
        if (refused != Status.OK) {
            operations.complete(slot, refused);
        }
    }

    private Status tryConnect(int slot, Endpoint remote) {
        if (connection != null || listener != null || remote.port() < 1 || remote.port() > 65_535) {
            return Status.INVALID;
        }
        FlowKey flow = pool.flow.remote(remote.high(), remote.low());
        if (binding == null || binding.isAny()) {
            context.ip.chooseLocal(flow);
        } else {
            flow.local(binding.high(), binding.low());
        }
        IpPath path = context.ip.path(flow);
        if (path == null) {
            return Status.NETWORK_UNREACHABLE;
        }
        int localPort = binding == null ? pool.localPorts.choose(flow, remote.port()) : binding.port();
        flow.ports = FlowKey.ports(localPort, remote.port());
        if (localPort == 0 || flow.leadsToItself() || !context.isUnused(flow)) {
            return Status.ADDRESS_IN_USE;
        }
        pool.vanishedPeers.roomIsWanted();
        TcpConnection c = context.takeConnection(options);
        if (c == null) {
            return Status.NO_MEMORY;
        }
        c.socket = this;
        c.connectSlot = slot;
        c.state = TcpState.SYN_SENT;
        connection = c;
        pool.handshake.begin(c, path, flow);
        c.send.start(context.initialSequence.next(context.clock.nanos(), flow));
        pool.handshake.owe(c);
        return Status.OK;
    }

    @Override
    public boolean canPush() {
        TcpConnection c = connection;
        if (c == null || c.state == TcpState.CLOSED) {
            return true; // it will be answered at once
        }
        context.fetch(c);
        return context.room.bytes(c) > 0;
    }

    @Override
    public int sendRoomBytes() {
        return connection == null || connection.state == TcpState.CLOSED
                ? 0
                : Math.max(0, context.room.bytes(connection));
    }

    @Override
    public void awaitRoom(int slot) {
        TcpConnection c = connection;
        Status refusal = c == null ? withoutConnection() : c.error;
        if (refusal == null && (c.send.finQueued || c.send.awaitsRoom())) {
            refusal = c.send.finQueued ? Status.BROKEN_PIPE : Status.INVALID;
        }
        if (refusal == null) {
            context.room.await(c, slot);
        } else {
            operations.complete(slot, refusal);
        }
    }

    private Status withoutConnection() {
        return listener == null ? Status.NOT_CONNECTED : Status.INVALID;
    }

    /**
     * Sends a buffer or chain. Takes holds of its own, so the caller may release at once; the bytes must not change until
     * the slot ends, which is when the peer has acknowledged all of them.
     *
     * <p>In one method so that it is compiled by itself: see {@code TcpInput.receive}.
     */
    @Override
    public void push(int slot, Buffer chain) {
        TcpConnection c = connection;
        if (c == null) {
            operations.complete(slot, withoutConnection());
            return;
        }
        if (c.error != null || c.send.finQueued) {
            operations.complete(slot, c.error != null ? c.error : Status.BROKEN_PIPE);
            return;
        }
        int room = c.path.headerRoomBytes() + TcpHeader.MAX_LENGTH_BYTES;
        int total = 0;
        for (Buffer b = chain; b != null; b = b.next()) {
            int length = b.length();
            if (length > 0) {
                boolean reachable = b.pool().region() == context.pool.region();
                int flags = reachable ? SendBuffer.REACHABLE : 0;
                if (b.pool() == context.pool) {
                    flags |= SendBuffer.POOLED;
                }
                if (reachable && b.headroomIsFree() && b.headroom() >= room) {
                    flags |= SendBuffer.OWNS_HEADROOM;
                }
                if (b.next() == null) {
                    flags |= SendBuffer.END_OF_PUSH;
                }
                context.sendBuffer(c).add(b, b.offset(), length, c.send.end, flags);
                c.send.end += length;
                total += length;
            }
        }
        operations.lengthBytes(slot, total);
        if (c.send.firstPush == OperationTable.NONE) {
            if (total == 0) {
                operations.complete(slot, Status.OK);
                return;
            }
            c.send.firstPushLeft = total;
        }
        c.send.firstPush = operations.append(c.send.firstPush, slot);
        context.markReady(c);
    }

    @Override
    public void pop(int slot, int maxBytes) {
        TcpConnection c = connection;
        if (c == null || maxBytes < 1) {
            operations.complete(slot, c == null && listener == null ? Status.NOT_CONNECTED : Status.INVALID);
        } else if (!c.receive.queue.isEmpty()) {
            pool.receiver.handOver(c, slot, maxBytes);
            updateWindow(c);
        } else if (c.error != null) {
            operations.complete(slot, c.error);
        } else if (c.receive.endOfStream || c.state == TcpState.CLOSED) {
            operations.complete(slot, Status.OK);
        } else {
            operations.lengthBytes(slot, maxBytes);
            c.receive.firstPop = operations.append(c.receive.firstPop, slot);
        }
    }

    private void updateWindow(TcpConnection c) {
        if (c.state.mayReceive() && c.receive.updateIsDue(context.budget)) {
            context.oweAck(c);
        }
    }

    /**
     * Ends sending: what was pushed goes out, then FIN. A listener takes no new connections; those of its backlog can still
     * be accepted. OK also if that was done before.
     */
    @Override
    public Status shutdown() {
        TcpConnection c = connection;
        if (c == null) {
            if (listener == null) {
                return Status.NOT_CONNECTED;
            }
            listener.refuses = true;
            return Status.OK;
        }
        if (c.error != null) {
            return c.error;
        }
        queueFin(c);
        return Status.OK;
    }

    private void queueFin(TcpConnection c) {
        if (!c.send.finQueued && c.state != TcpState.CLOSED) {
            c.send.finQueued = true;
            context.room.end(c, Status.BROKEN_PIPE);
            if (c.state == TcpState.ESTABLISHED) {
                c.state = TcpState.FIN_WAIT_1;
            } else if (c.state == TcpState.CLOSE_WAIT) {
                c.state = TcpState.LAST_ACK;
            }
            context.markReady(c);
        }
    }

    /**
     * Closes the socket. The slot ends when all is sent and acknowledged (OK), or with the reason why it never will be;
     * CONNECTION_ABORTED if data was left unread, which the peer is told by a reset (RFC 2525, section 2.17).
     *
     * <p>The object must not be used after this call: the engine will use it for another connection.
     */
    @Override
    public void close(int slot) {
        TcpConnection c = connection;
        if (c == null) {
            closeListener();
            operations.complete(slot, Status.OK);
        } else if (c.state == TcpState.CLOSED) {
            operations.complete(slot, c.error == null ? Status.OK : c.error);
            c.socket = null;
            pool.end.giveBackIfUnused(c);
        } else if (c.state.isHandshake()) {
            c.closeSlot = slot;
            pool.end.abort(c, Status.OK);
        } else if (!c.receive.queue.isEmpty() || !c.receive.reassembly.isEmpty()) {
            c.closeSlot = slot;
            pool.output.send(c); // what was pushed goes as far as the windows allow; the reset stands behind it
            if (c.state != TcpState.CLOSED) {
                pool.end.abort(c, Status.CONNECTION_ABORTED);
            }
        } else {
            c.closeSlot = slot;
            c.socket = null;
            c.orphan = true;
            pool.end.completePops(c, Status.CANCELLED);
            pool.end.completePushes(c, Status.CANCELLED);
            queueFin(c);
            if (c.state == TcpState.FIN_WAIT_2) {
                pool.end.linger(c);
            }
        }
        giveBack();
    }

    @Override
    public void abort() {
        TcpConnection c = connection;
        if (c == null) {
            closeListener();
        } else if (c.state == TcpState.CLOSED) {
            c.socket = null;
            pool.end.giveBackIfUnused(c);
        } else {
            pool.end.abort(c, Status.CANCELLED);
        }
        giveBack();
    }

    private void closeListener() {
        if (listener != null) {
            pool.end.close(listener);
            listener = null;
        }
    }

    private void giveBack() {
        if (binding != null) {
            context.ports.remove(binding);
        }
        if (pool.descriptors != null) {
            pool.descriptors.release(this);
        }
        connection = null;
        listener = null;
        binding = null;
        descriptor(0);
        pool.giveBack(this);
    }

    @Override
    public Status set(QueueOption.Flag option, boolean value) {
        replace(options().with(option, value));
        if (connection != null) {
            context.markReady(connection); // what was held back may go now
        }
        return Status.OK;
    }

    @Override
    public Status set(QueueOption.Amount option, long value) {
        ConnectionOptions changed = options().with(option, value);
        if (changed == null) {
            return Status.INVALID;
        }
        replace(changed);
        TcpConnection c = connection;
        if (c != null) {
            switch (option) {
                case RECEIVE_BUFFER_BYTES -> c.receive.resize(changed.receiveBufferBytes);
                case KEEP_ALIVE_IDLE_NANOS, KEEP_ALIVE_INTERVAL_NANOS, KEEP_ALIVE_PROBES -> pool.keepAlives.set(c);
                case USER_TIMEOUT_NANOS -> pool.userTimeouts.set(c);
                case SEND_BUFFER_BYTES -> context.room.check(c);
                case DELAYED_ACK_NANOS -> {} // read where it is used
            }
        }
        return Status.OK;
    }

    /** Sets an option: OK, or INVALID if there is none of this name, or the queue connects or listens already. */
    @Override
    public Status set(QueueOption.Name option, String value) {
        boolean isEarly = connection == null && listener == null;
        ConnectionOptions changed = switch (option) {
            case CONGESTION_CONTROL -> isEarly ? options.withCongestionControl(value) : null;
        };
        if (changed == null) {
            return Status.INVALID;
        }
        options = changed;
        return Status.OK;
    }

    @Override
    public boolean get(QueueOption.Flag option) {
        return options().get(option);
    }

    @Override
    public long get(QueueOption.Amount option) {
        return options().get(option);
    }

    @Override
    public String get(QueueOption.Name option) {
        return options().get(option);
    }

    /** What is set now: its connection's or listener's, once there is one. */
    ConnectionOptions options() {
        if (connection != null) {
            return connection.options;
        }
        return listener != null ? listener.options : options;
    }

    private void replace(ConnectionOptions changed) {
        if (connection != null) {
            connection.options = changed;
        } else if (listener != null) {
            listener.options = changed;
        } else {
            options = changed;
        }
    }

    @Override
    public boolean isListener() {
        return listener != null;
    }

    @Override
    public boolean peer(Endpoint out) {
        if (connection == null) {
            return false;
        }
        out.set(connection.remoteHigh, connection.remoteLow, connection.remotePort());
        return true;
    }

    @Override
    public boolean local(Endpoint out) {
        if (connection != null) {
            out.set(connection.localHigh, connection.localLow, connection.localPort());
        } else if (binding != null) {
            binding.writeTo(out);
        }
        return connection != null || binding != null;
    }

    /**
     * The sockets of one engine, used again and again, and the accepts that get them: brings connections whose handshake is
     * over together with accepts that wait.
     */
    static final class Pool {
        private final TcpContext context;
        private final ConnectionEnd end;
        private final Handshake handshake;
        private final DataReceiver receiver;
        private final TcpOutput output;
        private final KeepAliveTimer keepAlives;
        private final UserTimeout userTimeouts;
        private final VanishedPeers vanishedPeers;
        private final FlowKey flow = new FlowKey();
        private final LocalPorts localPorts;
        private final ArrayDeque<TcpSocket> free = new ArrayDeque<>();
        private final ArrayList<TcpSocket> made = new ArrayList<>();
        private Descriptors descriptors;

        Pool(
                TcpContext context,
                ConnectionEnd end,
                Handshake handshake,
                DataReceiver receiver,
                TcpOutput output,
                KeepAliveTimer keepAlives,
                UserTimeout userTimeouts,
                VanishedPeers vanishedPeers) {
            this.context = context;
            this.end = end;
            this.handshake = handshake;
            this.receiver = receiver;
            this.output = output;
            this.keepAlives = keepAlives;
            this.userTimeouts = userTimeouts;
            this.vanishedPeers = vanishedPeers;
            localPorts = new LocalPorts(context);
        }

        void descriptors(Descriptors source) {
            descriptors = source;
        }

        /** A socket, or null if there are as many as there may be. */
        TcpSocket take() {
            TcpSocket s = free.pollLast();
            if (s == null) {
                if (made.size() == context.config.maxSockets()) {
                    return null;
                }
                s = new TcpSocket(this);
                made.add(s);
            }
            s.inUse = true;
            s.options = context.options;
            context.freeSockets--;
            return s;
        }

        private void giveBack(TcpSocket s) {
            s.inUse = false;
            free.addLast(s);
            context.freeSockets++;
        }

        /** Aborts all that the application has open. */
        void abortAll() {
            for (TcpSocket s : made) {
                if (s.inUse) {
                    s.abort();
                }
            }
        }

        /** Serves as many accepts of this listener as there are connections and descriptors for. */
        void serve(TcpListener listener) {
            serve(listener, false);
        }

        private void serve(TcpListener listener, boolean again) {
            while (listener.firstAccept != OperationTable.NONE && listener.ready.first() != null) {
                TcpConnection c = listener.ready.first();
                TcpSocket socket = take();
                if (socket == null && !again) {
                    context.counters.connectionsFull.count();
                }
                if (socket == null || !give(socket, c)) {
                    if (!listener.waitsForDescriptor) {
                        listener.waitsForDescriptor = true;
                        context.waitingListeners.addLast(listener);
                    }
                    vanishedPeers.roomIsWanted();
                    return;
                }
                accepted(listener, c, socket);
            }
        }

        /** Connects both, if there is a descriptor. */
        private boolean give(TcpSocket socket, TcpConnection c) {
            socket.connection = c;
            if (descriptors.assign(socket) == 0) {
                socket.connection = null;
                giveBack(socket);
                return false;
            }
            c.socket = socket;
            return true;
        }

        private void accepted(TcpListener listener, TcpConnection c, TcpSocket socket) {
            OperationTable operations = context.operations;
            c.leave(TcpConnection.List.BACKLOG);
            context.budget.unacceptedFrames -= c.receive.queue.frames();
            int slot = listener.firstAccept;
            listener.firstAccept = operations.rest(slot);
            operations.newQueue(slot, socket.descriptor());
            operations.peer(slot, c.remoteHigh, c.remoteLow, c.remotePort());
            operations.complete(slot, Status.OK);
            context.counters.connectionsAccepted.increment();
        }

        /** Tries again what failed for want of a descriptor. Once a turn. */
        void serveWaiting() {
            for (int i = context.waitingListeners.size(); i > 0; i--) {
                TcpListener listener = context.waitingListeners.pollFirst();
                listener.waitsForDescriptor = false;
                if (!listener.closed) {
                    serve(listener, true);
                }
            }
        }
    }
}
