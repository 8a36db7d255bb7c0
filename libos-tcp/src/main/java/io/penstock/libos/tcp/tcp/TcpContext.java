package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.TimerWheel;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.congestion.AckSample;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpLayer;
import io.penstock.libos.tcp.ip.PortTable;
import io.penstock.libos.tcp.ip.TransportContext;
import io.penstock.libos.tcp.stream.Reassembly;
import io.penstock.libos.tcp.stream.ReceiveQueue;
import io.penstock.libos.tcp.stream.RttEstimator;
import io.penstock.libos.tcp.stream.SendBuffer;
import io.penstock.libos.tcp.stream.SendMap;
import io.penstock.libos.tcp.tcp.TcpConnection.Timers;
import io.penstock.memory.FramePool;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * What the parts of one TCP engine share: settings, tables and the pool of control blocks, the list of connections with
 * something to send, and the timer. It knows none of the parts that work on it.
 */
final class TcpContext {
    /** Whose memory was asked for last, and what came of it. */
    private TcpConnection fetched;

    @SuppressWarnings("UnusedVariable") // so that the compiler leaves no read out
    private int fetchedSum;

    /**
     * So many may keep what others give back when they are idle: to give back and take costs a connection that is busy some
     * 40 ns a round trip, and saves only where the caches do not hold all of them.
     */
    private static final int FEW_CONNECTIONS = 64;

    /** For so many connections there is one of each of what they push to; how many more are in use at once is seldom more. */
    private static final int MADE_WITH_CONNECTIONS = 4_096;

    final TcpConfig config;
    final RttEstimator.Limits rtoLimits;
    /** What a queue begins with. */
    final ConnectionOptions options;

    final TcpCounters counters;
    final OperationTable operations;
    final FramePool pool;
    final Clock clock;
    final IpLayer ip;
    final FlowKey.Hash flowHash;
    final InitialSequence initialSequence;
    final ConnectionTable connections;
    final HalfOpenTable halfOpen;
    final TimeWaitTable timeWait;
    /** Who is bound to which port, with its listener if it has one. */
    final PortTable<PortOwner> ports;

    final FrameBudget budget;
    final SendRoom room;
    final TimerWheel<TcpConnection> timers;
    /** Filled for one acknowledgement or event, and read by what it is handed to. */
    final AckSample sample = new AckSample();

    private final Spares<SendBuffer> sendBuffers = new Spares<>(SendBuffer::new);
    private final Spares<SendMap> sendMaps = new Spares<>(SendMap::new);
    private final Spares<ReceiveQueue> receiveQueues = new Spares<>(ReceiveQueue::new);
    private final Spares<Reassembly> reassemblies = new Spares<>(Reassembly::new);
    /** Listeners whose accepts wait for a socket or descriptor. */
    final ArrayDeque<TcpListener> waitingListeners = new ArrayDeque<>();
    /** Some half-open connection owes a SYN-ACK, be it held up by the neighbour: {@link PassiveOpen}'s note. */
    boolean owesSynAcks;
    /** How many sockets can still be opened. */
    int freeSockets;

    private final ConnectionPool pooledConnections;
    private TcpConnection firstReady;
    private TcpConnection lastReady;

    TcpContext(TransportContext transport, TcpConfig config) {
        this.config = config;
        rtoLimits = new RttEstimator.Limits(config.initialRtoNanos(), config.minRtoNanos(), config.maxRtoNanos());
        options = new ConnectionOptions(config);
        counters = new TcpCounters(transport.remedies(), config.maxSockets());
        operations = transport.operations();
        pool = transport.pool();
        clock = transport.clock();
        timers = new TimerWheel<>(clock.nanos());
        ip = transport.ip();
        flowHash = new FlowKey.Hash(transport.secret().subkey("connections"));
        initialSequence = new InitialSequence(transport.secret().subkey("sequence"));
        pooledConnections = new ConnectionPool(config.maxSockets(), timers);
        connections = new ConnectionTable(config.maxSockets());
        budget = new FrameBudget(pool, connections::size, config.flightFrames());
        room = new SendRoom(operations, budget, config.maxPendingPushes());
        halfOpen = new HalfOpenTable(config.maxHalfOpen(), config.synAckRetries());
        timeWait = new TimeWaitTable(config.maxTimeWait());
        ports = new PortTable<>(config.ephemeralLow(), config.ephemeralHigh());
        freeSockets = config.maxSockets();
    }

    /** Whoever is bound to a port. */
    static final class PortOwner {
        /** Null as long as it does not listen. */
        TcpListener listener;
    }

    // ---- connections

    /** Whether no connection, not even one in its handshake or in TIME-WAIT, has these addresses and ports. */
    boolean isUnused(FlowKey flow) {
        flowHash.set(flow);
        return connections.find(flow) == null
                && halfOpen.find(flow) == HalfOpenTable.NONE
                && timeWait.find(flow) == TimeWaitTable.NONE;
    }

    /** Who listens at the flow's local end: on that very address before on any. Null if nobody does. */
    TcpListener listener(FlowKey flow) {
        TcpListener onAny = null;
        for (PortTable.Binding<PortOwner> b = ports.first(flow.localPort()); b != null; b = b.next()) {
            TcpListener listener = b.owner().listener;
            if (listener != null && !listener.refuses) {
                if (b.high() == flow.localHigh && b.low() == flow.localLow) {
                    return listener;
                }
                if (b.isAny()) {
                    onAny = listener;
                }
            }
        }
        return onAny;
    }

    /** Whether who listens at this port takes no new connections as the server ends. */
    boolean isEnding(int port) {
        for (PortTable.Binding<PortOwner> b = ports.first(port); b != null; b = b.next()) {
            if (b.owner().listener != null && b.owner().listener.refuses) {
                return true;
            }
        }
        return false;
    }

    /** A control block that no connection uses, with a queue's options; null if there are as many as there may be. */
    TcpConnection takeConnection(ConnectionOptions of) {
        TcpConnection c = pooledConnections.take(of);
        if (c == null) {
            counters.connectionsFull.count();
        } else if (connections.size() >= sendBuffers.made && sendBuffers.made < MADE_WITH_CONNECTIONS) {
            sendBuffers.makeMore(); // here, and not when data goes
            sendMaps.makeMore();
        }
        return c;
    }

    /** How many control blocks can still be taken. */
    int freeConnections() {
        return pooledConnections.available();
    }

    /** Takes a control block back, now or when it leaves the list of those that may have something to send. */
    void giveBack(TcpConnection c) {
        disarm(c);
        c.leave(TcpConnection.List.HELD_UP);
        if (c.isReady) {
            c.dead = true;
            return;
        }
        if (c.path != null) {
            c.path.release();
        }
        pooledConnections.giveBack(c);
    }

    /** Forgets a connection that a peer has begun. */
    void forgetHalfOpen(int entry) {
        halfOpen.remove(entry);
        counters.halfOpen.set(halfOpen.size());
    }

    // ---- what connections use for a while

    /** What the connection's pushes go to. */
    SendBuffer sendBuffer(TcpConnection c) {
        SendBuffer buffer = c.send.buffer;
        if (buffer == SendBuffer.NONE) {
            buffer = sendBuffers.take();
            c.send.buffer = buffer;
        }
        return buffer;
    }

    /** What the connection's packets go to; a new flight begins if there was none. */
    SendMap sendMap(TcpConnection c, long nowNanos) {
        SendMap map = c.send.map;
        if (map.isEmpty()) {
            if (map == SendMap.NONE) {
                map = sendMaps.take();
                c.send.map = map;
            }
            if (c.send.congestion.measuresRate()) {
                map.measure(c.send.delivery, nowNanos);
            }
        }
        return map;
    }

    ReceiveQueue receiveQueue(TcpConnection c) {
        ReceiveQueue queue = c.receive.queue;
        if (queue == ReceiveQueue.NONE) {
            queue = receiveQueues.take();
            c.receive.queue = queue;
        }
        return queue;
    }

    Reassembly reassembly(TcpConnection c) {
        Reassembly reassembly = c.receive.reassembly;
        if (reassembly == Reassembly.NONE) {
            reassembly = reassemblies.take();
            c.receive.reassembly = reassembly;
        }
        return reassembly;
    }

    /** Takes back what is empty, unless connections are few. */
    void giveBackIdle(SendState send) {
        if (connections.size() > FEW_CONNECTIONS) {
            giveBackEmpty(send);
        }
    }

    private void giveBackEmpty(SendState send) {
        if (send.buffer != SendBuffer.NONE && send.buffer.isEmpty()) {
            send.buffer.reset();
            sendBuffers.giveBack(send.buffer);
            send.buffer = SendBuffer.NONE;
        }
        if (send.map != SendMap.NONE && send.map.isEmpty()) {
            giveBackMap(send);
        }
    }

    private void giveBackMap(SendState send) {
        send.map.reset();
        sendMaps.giveBack(send.map);
        send.map = SendMap.NONE;
    }

    /** Lets go of all that was pushed. */
    void giveBackAll(SendState send) {
        send.buffer.clear();
        if (send.map != SendMap.NONE) {
            giveBackMap(send);
        }
        giveBackEmpty(send);
    }

    /** Takes back what is empty. */
    void giveBackIdle(ReceiveState receive) {
        if (receive.queue != ReceiveQueue.NONE && receive.queue.isEmpty()) {
            receive.queue.shrink();
            receiveQueues.giveBack(receive.queue);
            receive.queue = ReceiveQueue.NONE;
        }
        if (receive.reassembly != Reassembly.NONE && receive.reassembly.isEmpty()) {
            receive.reassembly.shrink();
            reassemblies.giveBack(receive.reassembly);
            receive.reassembly = Reassembly.NONE;
        }
    }

    /** What is under way now, for an event that no acknowledgement tells of. */
    AckSample sampleNow(TcpConnection c) {
        sample.begin(clock.nanos(), c.send.flight());
        return sample;
    }

    // ---- when connections are looked at

    /** The connection is looked at not later than at this moment. */
    void fireAt(TcpConnection c, long momentNanos) {
        if (momentNanos < c.timers.armed) {
            c.timers.armed = momentNanos;
            timers.arm(c.timers.id, momentNanos);
        }
    }

    /** The connection is not looked at any more. */
    void disarm(TcpConnection c) {
        c.timers.armed = Timers.NEVER;
        timers.remove(c.timers.id);
    }

    /** What is under way is sent again unless it is acknowledged before. */
    void retransmitIn(TcpConnection c, long nanos) {
        c.timers.retransmit = clock.nanos() + nanos;
        c.timers.persist = Timers.NEVER;
        fireAt(c, c.timers.retransmit);
    }

    /** The peer's window is probed, or used though it is small, unless it opens before. */
    void persistIn(TcpConnection c, long nanos) {
        c.timers.persist = clock.nanos() + nanos;
        c.timers.retransmit = Timers.NEVER;
        fireAt(c, c.timers.persist);
    }

    // ---- memory

    /** A segment or a push of this connection's is going to be worked on: see {@link TcpConnection#fetch}. */
    void fetch(TcpConnection c) {
        if (c != fetched) {
            fetched = c;
            fetchedSum += c.fetch(operations);
        }
    }

    // ---- who has something to send

    /** The connection has something to send, or may have: it is looked at when this turn transmits. */
    void markReady(TcpConnection c) {
        if (!c.isReady) {
            c.isReady = true;
            c.nextReady = null;
            if (lastReady == null) {
                firstReady = c;
            } else {
                lastReady.nextReady = c;
            }
            lastReady = c;
        }
    }

    /** The one that waits longest to be looked at, or null. */
    TcpConnection firstReady() {
        return firstReady;
    }

    /** The last one there is now: where this turn's work ends. */
    TcpConnection lastReady() {
        return lastReady;
    }

    /** Takes the first one out of the list. */
    void pollReady() {
        TcpConnection c = firstReady;
        firstReady = c.nextReady;
        if (firstReady == null) {
            lastReady = null;
        }
        c.nextReady = null;
        c.isReady = false;
        if (c.dead) {
            giveBack(c);
        }
    }

    // ---- acknowledgements

    /** An acknowledgement is to go at once. */
    void oweAck(TcpConnection c) {
        c.receive.ackPending = true;
        c.receive.ackNow = true;
        markReady(c);
    }

    /** A challenge ACK (RFC 5961): so many in an interval, counted for each connection alone (CVE-2016-5696). */
    void challenge(TcpConnection c) {
        if (c.supervision.challenges.take(clock.nanos(), config)) {
            counters.challengeAcks.increment();
            oweAck(c);
        }
    }

    /**
     * Things that a connection needs only while it has something under way or unread, shared by all connections of an engine:
     * last in, first out, so that the next one to use it finds it in the cache, and those that are idle hold none.
     *
     * <p>When there is none, as many are made as there are: how many are in use at once creeps up for long, and each step of it
     * would be garbage on the packet path.
     */
    private static final class Spares<T> {
        private static final int INITIAL_CAPACITY = 16;
        private static final int MAX_MADE_AT_ONCE = 1_024;

        private final Supplier<T> maker;
        private Object[] spare = new Object[INITIAL_CAPACITY];
        private int count;
        private int made;

        Spares(Supplier<T> maker) {
            this.maker = maker;
        }

        @SuppressWarnings("unchecked") // nothing else is put there
        T take() {
            if (count == 0) {
                makeMore();
            }
            return (T) spare[--count];
        }

        private void makeMore() {
            int more = Math.clamp(made, 1, MAX_MADE_AT_ONCE);
            made += more;
            if (made > spare.length) {
                spare = Arrays.copyOf(spare, Integer.highestOneBit(2 * made - 1));
            }
            for (int i = 0; i < more; i++) {
                spare[count++] = maker.get();
            }
        }

        /** Takes one back, as new. */
        void giveBack(T thing) {
            spare[count++] = thing; // there is room for all that were made
        }
    }
}
