package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.libos.tcp.congestion.CongestionControl;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.Socket;
import io.penstock.libos.tcp.stream.Delivery;
import io.penstock.libos.tcp.stream.ReceiveQueue;
import io.penstock.libos.tcp.stream.RttEstimator;
import io.penstock.libos.tcp.stream.SendBuffer;

/**
 * One connection (RFC 9293, section 3.3.1: its transmission control block): who talks with whom, the state, and its five
 * parts, each of which knows how to begin anew. Pooled: one object serves one connection after another.
 *
 * <pre>
 *   TcpConnection -- FlowKey    addresses and ports
 *        |---------- send       SND.UNA, SND.NXT, what was pushed, what the network takes
 *        |---------- receive    RCV.NXT, what has arrived
 *        |---------- ack        what is to be acknowledged
 *        |---------- timers     when it is looked at
 *        '---------- supervision    what those note who look after it
 * </pre>
 */
final class TcpConnection extends FlowKey {
    TcpState state;
    /** The application's socket that refers to it; null before an accept, and after a close. */
    Socket socket;
    /** The application has closed the socket; what is left is to bring the connection to its end. */
    boolean orphan;

    /** What its queue was set to: never changes, but is replaced. */
    ConnectionOptions options;

    IpPath path;
    long pseudoHeaderSum;

    /** Parts of {@link #send}: named here so that a collector that copies this puts them beside it, not elsewhere. */
    private final RttEstimator rtt;

    private final CongestionControl congestion;

    final ReceiveState receive;
    final SendState send;
    final AckState ack;
    final Timers timers;
    final Supervision supervision;

    /** Why the connection ended, or null as long as it has not, or ended in good order. */
    Status error;
    /** An ICMP error that may pass (RFC 1122, section 4.2.3.9): the reason if nothing comes before the time-out. */
    Status softError;

    // ---- operations that wait, besides pushes and pops
    int connectSlot;
    int closeSlot;

    // ---- lists
    /** Stands in the list of those that may have something to send, and the next one there. */
    boolean isReady;
    /** Give the object back as soon as it leaves that list. */
    boolean dead;

    TcpConnection nextReady;
    private final TcpConnection[] previous;
    private final TcpConnection[] next;
    private final List[] lists;

    TcpConnection(CongestionControl congestion) {
        this.congestion = congestion;
        rtt = new RttEstimator();
        receive = new ReceiveState();
        ack = new AckState();
        timers = new Timers();
        send = new SendState(rtt, congestion, new Delivery(), new RecoveryState());
        supervision = new Supervision(); // from here on what is seldom touched, so that the rest lies together
        previous = new TcpConnection[List.KINDS];
        next = new TcpConnection[List.KINDS];
        lists = new List[List.KINDS];
        reset();
    }

    /** As new; it stands in no list, and what held frames has been cleared before. */
    void reset() {
        state = TcpState.CLOSED;
        socket = null;
        orphan = false;
        options = null;
        path = null;
        pseudoHeaderSum = 0;
        send.reset();
        receive.reset();
        ack.reset();
        timers.reset();
        error = null;
        softError = null;
        connectSlot = OperationTable.NONE;
        closeSlot = OperationTable.NONE;
        supervision.reset();
        dead = false;
    }

    /** It is over: no timer fires and nothing is owed any more. */
    void stop() {
        timers.stop();
        ack.oweNothing();
        send.oweNothing();
    }

    /**
     * Reads something of each line of memory that a segment or a push is going to touch. Where connections are many each is a
     * miss of all caches: asked for together, they come together, and not each when the code gets there.
     *
     * @return to be kept, so that it is not left out
     */
    int fetch(OperationTable operations) {
        int pop = receive.firstPop;
        return send.una
                + send.roomSlot
                + (send.buffer == SendBuffer.NONE ? 1 : 0)
                + receive.nxt
                + (receive.queue == ReceiveQueue.NONE ? 1 : 0)
                + ack.lastSent
                + (int) timers.retransmit
                + timers.id
                + (int) rtt.rtoNanos()
                + congestion.cwnd()
                + (int) pseudoHeaderSum
                + (socket == null ? 0 : socket.untaken())
                + (pop == OperationTable.NONE ? 0 : operations.lengthBytes(pop));
    }

    /** An acknowledgement of all that came goes out with the next segment, whatever that is. */
    void acknowledged() {
        ack.sent(receive.nxt);
        timers.delayedAck = Timers.NEVER;
    }

    /** Stands in a list of this kind. */
    boolean isIn(int kind) {
        return lists[kind] != null;
    }

    /** Leaves the list of this kind in which it stands, if it does. */
    void leave(int kind) {
        if (lists[kind] != null) {
            lists[kind].remove(this);
        }
    }

    /** The next one in the list of this kind, or null. */
    TcpConnection next(int kind) {
        return next[kind];
    }

    /** Connections in a row; each stands in at most one list of a kind. */
    static final class List {
        /** Ready for an accept. */
        static final int BACKLOG = 0;
        /** Silent, or asked whether the peer is still there. */
        static final int PRESENCE = 1;
        /** Has something behind a gap. */
        static final int BEHIND_GAP = 2;
        /** Waits for the neighbour's answer. */
        static final int HELD_UP = 3;

        /** Its application waits until something may be pushed. */
        static final int ROOM = 4;

        private static final int KINDS = 5;

        private final int kind;
        private TcpConnection first;
        private TcpConnection last;
        private int size;

        List(int kind) {
            this.kind = kind;
        }

        TcpConnection first() {
            return first;
        }

        int size() {
            return size;
        }

        /** Adds one at the end that stands in none of this kind. */
        void add(TcpConnection c) {
            c.lists[kind] = this;
            c.previous[kind] = last;
            if (last == null) {
                first = c;
            } else {
                last.next[kind] = c;
            }
            last = c;
            size++;
        }

        /** Adds one before all others that stands in none of this kind. */
        void addFirst(TcpConnection c) {
            c.lists[kind] = this;
            c.next[kind] = first;
            if (first == null) {
                last = c;
            } else {
                first.previous[kind] = c;
            }
            first = c;
            size++;
        }

        private void remove(TcpConnection c) {
            TcpConnection before = c.previous[kind];
            TcpConnection after = c.next[kind];
            if (before == null) {
                first = after;
            } else {
                before.next[kind] = after;
            }
            if (after == null) {
                last = before;
            } else {
                after.previous[kind] = before;
            }
            c.lists[kind] = null;
            c.previous[kind] = null;
            c.next[kind] = null;
            size--;
        }
    }
}
