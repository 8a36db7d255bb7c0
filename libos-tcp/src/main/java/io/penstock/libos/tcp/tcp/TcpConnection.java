package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.congestion.CongestionControl;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.IpPath;
import io.penstock.libos.tcp.ip.Socket;
import io.penstock.libos.tcp.stream.Delivery;
import io.penstock.libos.tcp.stream.ReceiveQueue;
import io.penstock.libos.tcp.stream.RttEstimator;
import io.penstock.libos.tcp.stream.SendBuffer;

/**
 * One connection (RFC 9293, section 3.3.1: its transmission control block): who talks with whom, the state, and its four
 * parts, each of which knows how to begin anew. Pooled: one object serves one connection after another.
 *
 * <pre>
 *   TcpConnection -- FlowKey    addresses and ports
 *        |---------- send       SND.UNA, SND.NXT, what was pushed, what the network takes
 *        |---------- receive    RCV.NXT, what has arrived, what is to be acknowledged
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
        timers = new Timers();
        send = new SendState(rtt, congestion, new Delivery(), new SendState.Recovery());
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
        receive.oweNoAck();
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
                + receive.lastAck
                + (receive.queue == ReceiveQueue.NONE ? 1 : 0)
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
        receive.acknowledged();
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

    /**
     * When a connection wants to be looked at, and why. Moments of the stack's clock; {@link #NEVER} if nothing is waited for.
     * A deadline is a store here and nothing else in nearly all cases: the engine's timer looks at the connection not later than
     * at the earliest of them, and finds out then whether it has moved. Owner's thread.
     */
    static final class Timers {
        /** A deadline that is not set. */
        static final long NEVER = Long.MAX_VALUE;

        /** Retransmission (RFC 6298): something is under way. Never with {@link #persist}: who waits for one need not for the other. */
        long retransmit;
        /**
         * Nothing is under way, and what was pushed waits for the window: the next probe of one that is shut (RFC 9293, section
         * 3.8.6.1), the override timer if it is only too small (section 3.8.6.2.1).
         */
        long persist;

        long delayedAck;
        /** Not later than the earliest of all: when the connection is looked at. */
        long armed;
        /** FIN-WAIT-2 of a closed socket. */
        long linger;

        long keepAlive;
        /** {@link UserTimeout}: the end, if nothing is acknowledged until then. */
        long userTimeout;
        /** Retransmissions without progress since; probes without an answer. */
        int retries;

        int probes;
        /** The engine's timer's number for this connection. */
        int id = -1;

        void reset() {
            stop();
            armed = NEVER;
            retries = 0;
            probes = 0;
        }

        /** None fires any more. */
        void stop() {
            retransmit = NEVER;
            persist = NEVER;
            delayedAck = NEVER;
            linger = NEVER;
            keepAlive = NEVER;
            userTimeout = NEVER;
        }

        /** Something is under way, or waits for the window, and its time runs. */
        boolean sendingIsWatched() {
            return retransmit != NEVER || persist != NEVER;
        }

        /** Nothing is under way, and nothing waits for the window. */
        void stopWatchingSending() {
            retransmit = NEVER;
            persist = NEVER;
        }

        long earliest() {
            long sending = Math.min(retransmit, persist);
            return Math.min(Math.min(sending, delayedAck), Math.min(Math.min(linger, keepAlive), userTimeout));
        }
    }

    /**
     * What those note of a connection who look after it now and then. No segment of a connection in good order touches it, so it
     * lies apart from what each of them does. Owner's thread.
     */
    static final class Supervision {
        // ---- {@link SlowPeers}
        /** Since when it is watched, 0 if it is not: SND's end and SND.UNA then, and when SND.UNA moved last. */
        long watchedSinceNanos;

        int watchedEnd;
        int watchedUna;
        long takenNanos;

        // ---- {@link VanishedPeers}: when it was heard of when it was listed; when it was asked, how often, when next
        long listedNanos;
        long askedNanos;
        int questions;
        long nextQuestionNanos;

        // ---- {@link UserTimeout}
        /** Since when nothing was acknowledged, NEVER if no timer has run out; and SND.UNA then. */
        long stalledSinceNanos;

        int stalledUna;

        // ---- answers to what may be a guess
        final AnswerBudget challenges = new AnswerBudget();
        /** Apart, so that nobody's guesses use up what a peer's keep-alives need. */
        final AnswerBudget keepAliveAnswers = new AnswerBudget();

        void reset() {
            watchedSinceNanos = 0;
            watchedEnd = 0;
            watchedUna = 0;
            takenNanos = 0;
            listedNanos = 0;
            askedNanos = 0;
            questions = 0;
            nextQuestionNanos = 0;
            stalledSinceNanos = Timers.NEVER;
            stalledUna = 0;
            challenges.reset();
            keepAliveAnswers.reset();
        }

        /** So many answers in an interval, counted for each connection alone (RFC 5961, section 7; CVE-2016-5696). */
        static final class AnswerBudget {
            private long intervalEndNanos;
            private int answers;

            /** Whether one more answer may go. */
            boolean take(long nowNanos, TcpConfig config) {
                if (nowNanos >= intervalEndNanos) {
                    intervalEndNanos = nowNanos + config.challengeIntervalNanos();
                    answers = 0;
                }
                if (answers == config.challengeAcksPerInterval()) {
                    return false;
                }
                answers++;
                return true;
            }

            void reset() {
                intervalEndNanos = 0;
                answers = 0;
            }
        }
    }
}
