package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;
import io.penstock.datapath.poll.Clock;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.ip.IpLayer;
import io.penstock.libos.tcp.ip.TransportContext;
import io.penstock.memory.FramePool;
import java.util.ArrayDeque;
import java.util.ArrayList;

/** What the parts of one TCP engine share: tables, pools of objects, and the list of connections with something to send. */
final class TcpCore {
    final TcpConfig config;
    /** What a queue begins with. */
    final ConnectionOptions options;

    final TcpCounters counters;
    final OperationTable operations;
    final FramePool pool;
    final Clock clock;
    final IpLayer ip;
    final FourTuple tuples;
    final InitialSequence initialSequence;
    final ConnectionTable connections;
    final HalfOpenTable halfOpen;
    final TimeWaitTable timeWait;
    final TimerHeap timers = new TimerHeap();
    final BoundPorts boundPorts = new BoundPorts();
    final EphemeralPorts ephemeralPorts;
    final SegmentWriter writer;
    final TcpOutput output;
    final ConnectionEnd end;
    final AcceptQueue acceptQueue;
    final DataReceiver receiver;
    final Handshake handshake;
    final PassiveOpen passiveOpen;

    final FrameBudget budget;
    final BehindGaps behindGaps;
    final HeldUp heldUp;
    final SlowPeers slowPeers;
    final VanishedPeers vanishedPeers;
    final KeepAliveTimer keepAlives = new KeepAliveTimer(this);

    private final ArrayDeque<Tcb> freeTcbs = new ArrayDeque<>();
    private final ArrayDeque<TcpSocket> freeSockets = new ArrayDeque<>();
    private int tcbs;
    private final ArrayList<TcpSocket> sockets = new ArrayList<>();

    private Tcb firstDirty;
    private Tcb lastDirty;

    TcpCore(TransportContext context, TcpConfig config) {
        this.config = config;
        options = new ConnectionOptions(config);
        counters = new TcpCounters(context.remedies(), config.maxSockets());
        operations = context.operations();
        pool = context.pool();
        clock = context.clock();
        ip = context.ip();
        tuples = new FourTuple(context.secret().subkey("connections"));
        initialSequence = new InitialSequence(context.secret().subkey("sequence"));
        connections = new ConnectionTable(config.maxSockets());
        budget = new FrameBudget(pool, connections, config.flightFrames());
        behindGaps = new BehindGaps(this);
        slowPeers = new SlowPeers(this);
        vanishedPeers = new VanishedPeers(this, context.remedies());
        halfOpen = new HalfOpenTable(config.maxHalfOpen(), config.synAckRetries());
        timeWait = new TimeWaitTable(config.maxTimeWait());
        ephemeralPorts = new EphemeralPorts(this);
        writer = new SegmentWriter(this);
        output = new TcpOutput(this);
        end = new ConnectionEnd(this);
        acceptQueue = new AcceptQueue(this);
        receiver = new DataReceiver(this);
        handshake = new Handshake(this);
        heldUp = new HeldUp(this);
        passiveOpen = new PassiveOpen(this);
    }

    // ---- connections

    /** Whether no connection, not even one in its handshake or in TIME-WAIT, has these addresses and ports. */
    boolean isUnused(long localHigh, long localLow, long remoteHigh, long remoteLow, int ports) {
        int hash = tuples.hash(localHigh, localLow, remoteHigh, remoteLow, ports);
        return connections.find(hash, localHigh, localLow, remoteHigh, remoteLow, ports) == null
                && halfOpen.find(hash, localHigh, localLow, remoteHigh, remoteLow, ports) == HalfOpenTable.NONE
                && timeWait.find(hash, localHigh, localLow, remoteHigh, remoteLow, ports) == TimeWaitTable.NONE;
    }

    /** A control block that no connection uses, or null if there are as many as there may be. */
    Tcb takeTcb() {
        Tcb t = freeTcbs.pollLast();
        if (t != null) {
            return t;
        }
        if (tcbs == config.maxSockets()) {
            counters.connectionsFull.count();
            return null;
        }
        tcbs++;
        return new Tcb(CongestionControl.of(config.congestionControl()));
    }

    /** How many control blocks can still be taken. */
    int freeTcbs() {
        return config.maxSockets() - tcbs + freeTcbs.size();
    }

    /** How many sockets can still be taken. */
    int freeSockets() {
        return config.maxSockets() - sockets.size() + freeSockets.size();
    }

    /** Takes a control block back, now or when it leaves the dirty list. */
    void giveBack(Tcb t) {
        timers.remove(t);
        heldUp.remove(t);
        if (t.dirty) {
            t.dead = true;
            return;
        }
        if (t.path != null) {
            t.path.release();
        }
        t.sendQueue.shrink(256);
        t.receiveQueue.shrink();
        t.reassembly.shrink();
        t.reset();
        freeTcbs.addLast(t);
    }

    TcpSocket takeSocket() {
        TcpSocket s = freeSockets.pollLast();
        if (s == null) {
            if (sockets.size() == config.maxSockets()) {
                return null;
            }
            s = new TcpSocket(this);
            sockets.add(s);
        }
        s.inUse = true;
        s.options = options;
        return s;
    }

    void giveBack(TcpSocket s) {
        s.inUse = false;
        freeSockets.addLast(s);
    }

    /** Tells the facade that a socket is gone. */
    void release(TcpSocket s) {
        if (acceptQueue.descriptors != null) {
            acceptQueue.descriptors.release(s);
        }
    }

    /** Aborts all that the application has open. */
    void abortSockets() {
        for (TcpSocket s : sockets) {
            if (s.inUse) {
                s.abort();
            }
        }
    }

    // ---- what has something to send

    /** The connection has something to send, or may have: it is looked at when this turn transmits. */
    void markDirty(Tcb t) {
        if (!t.dirty) {
            t.dirty = true;
            t.nextDirty = null;
            if (lastDirty == null) {
                firstDirty = t;
            } else {
                lastDirty.nextDirty = t;
            }
            lastDirty = t;
        }
    }

    /** The dirty connection that waits longest, or null. */
    Tcb firstDirty() {
        return firstDirty;
    }

    /** The last one there is now: where this turn's work ends. */
    Tcb lastDirty() {
        return lastDirty;
    }

    /** Takes the first one out of the list. */
    void pollDirty() {
        Tcb t = firstDirty;
        firstDirty = t.nextDirty;
        if (firstDirty == null) {
            lastDirty = null;
        }
        t.nextDirty = null;
        t.dirty = false;
        if (t.dead) {
            giveBack(t);
        }
    }
}
