package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.Status;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.counters.Remedy;

/**
 * Makes room for those who want in when connections are nearly as many as there may be: who has been silent longest is
 * asked at once whether he is still there, and goes if he does not answer.
 *
 * <pre>
 *   established -> [ silent longest ... heard of last ] -> [ asked: 3 probes, 300 ms apart ] -> no answer: ended
 *                              ^                                        |
 *                              +------------- answered -----------------+
 * </pre>
 *
 * <p>It begins as soon as no more than a sixteenth of all control blocks, or of sockets, is free, or one waits for a
 * descriptor; at a handshake that is over or a queue of the application's own, not at a SYN: what nobody has shown to have
 * sent must not make this side send. The order is that of the last poll: a packet costs the store of its time, and who has
 * been heard of since goes to the end when his turn comes (a second chance).
 */
final class VanishedPeers {
    static final int PROBES = 3;
    static final long PROBE_NANOS = 300_000_000;
    /** How long a peer that is far away may take. */
    private static final long MAX_PROBE_NANOS = 800_000_000;

    private static final long POLL_NANOS = 20_000_000;
    /** Whoever was heard of so lately is not silent. */
    private static final long SILENT_NANOS = 100_000_000;
    /** For how long it goes on after the last one who wanted in: he tries again within this time. */
    private static final long WANTED_NANOS = 1_000_000_000;

    private static final int MAX_AT_ONCE = 256;
    /** So many are asked or put to the end in one poll: 3,200 a second, so that a full table takes five. */
    private static final int MAX_PER_POLL = 64;

    private static final long NEVER = Long.MAX_VALUE;

    private final TcpContext context;
    private final ConnectionEnd end;
    private final KeepAliveTimer keepAlives;
    private final int reserve;
    private final int atOnce;
    private final TcpConnection.List silent = new TcpConnection.List(TcpConnection.List.PRESENCE);
    private final TcpConnection.List asked = new TcpConnection.List(TcpConnection.List.PRESENCE);
    private final Remedy ended;
    private long nextNanos = NEVER;
    private long wantedUntilNanos;

    VanishedPeers(TcpContext context, ConnectionEnd end, KeepAliveTimer keepAlives, Remedies remedies) {
        this.context = context;
        this.end = end;
        this.keepAlives = keepAlives;
        reserve = Math.max(1, context.config.maxSockets() / 16);
        atOnce = Math.clamp(context.config.maxSockets() / 8, 1, MAX_AT_ONCE);
        ended = remedies.add(
                "tcp.connections.ended.vanished",
                peer -> "room for connections ran out, and peers were found gone without a word, such as "
                        + Endpoint.ipv4ToString((int) peer)
                        + ": find them earlier (--keep-alive with fewer seconds, QueueOption.Amount.KEEP_ALIVE_IDLE_NANOS), or raise"
                        + " --set tcp.max-connections (StackConfig.maxConnections)");
    }

    /** The connection is established. */
    void add(TcpConnection c) {
        c.supervision.listedNanos = c.receive.lastNanos;
        silent.add(c);
    }

    long nextNanos() {
        return nextNanos;
    }

    /** Somebody wants a connection who may have one. */
    void roomIsWanted() {
        if (missing() > 0) {
            wantedUntilNanos = context.clock.nanos() + WANTED_NANOS;
            nextNanos = nextNanos == NEVER ? context.clock.nanos() : nextNanos;
        }
    }

    /** How many must go until the reserve is there again. */
    private int missing() {
        int missing = reserve + 1 - Math.min(context.freeConnections(), context.freeSockets);
        return !context.waitingListeners.isEmpty() ? Math.max(missing, 1) : missing;
    }

    /** Looks whether those who were asked have answered, and asks more, if that is due. Returns how many it has ended. */
    int poll(long nowNanos) {
        if (nowNanos < nextNanos) {
            return 0;
        }
        int missing = missing();
        int endedNow = pollAnswers(nowNanos, missing);
        boolean wanted = missing > 0 && (nowNanos < wantedUntilNanos || !context.waitingListeners.isEmpty());
        if (wanted) {
            ask(nowNanos);
        }
        nextNanos = wanted || asked.size() > 0 ? nowNanos + POLL_NANOS : NEVER;
        return endedNow;
    }

    private int pollAnswers(long nowNanos, int missing) {
        int endedNow = 0;
        TcpConnection next;
        for (TcpConnection c = asked.first(); c != null; c = next) {
            next = c.next(TcpConnection.List.PRESENCE);
            if (c.receive.lastNanos >= c.supervision.askedNanos) {
                c.leave(TcpConnection.List.PRESENCE);
                add(c);
            } else if (nowNanos >= c.supervision.nextQuestionNanos) {
                if (c.supervision.questions < PROBES) {
                    question(c, nowNanos);
                } else if (missing <= 0) {
                    c.leave(
                            TcpConnection.List
                                    .PRESENCE); // there is room again: it keeps its place as the first to be asked
                    silent.addFirst(c);
                } else if (endedNow < missing) { // the others when the application has given these back
                    endedNow++;
                    ended.count(c.remoteLow);
                    end.evict(c, Status.TIMED_OUT);
                }
            }
        }
        return endedNow;
    }

    private void ask(long nowNanos) {
        for (int i = 0; i < MAX_PER_POLL && asked.size() < atOnce; i++) {
            TcpConnection c = silent.first();
            if (c == null || nowNanos - c.supervision.listedNanos < SILENT_NANOS) {
                return;
            }
            c.leave(TcpConnection.List.PRESENCE);
            if (c.supervision.listedNanos < c.receive.lastNanos) {
                add(c);
            } else {
                asked.add(c);
                c.supervision.askedNanos = context.clock.nanos();
                c.supervision.questions = 0;
                question(c, nowNanos);
            }
        }
    }

    private void question(TcpConnection c, long nowNanos) {
        if (keepAlives.probe(c)) {
            c.supervision.questions++;
            c.supervision.nextQuestionNanos =
                    nowNanos + Math.clamp(c.send.rtt.rtoNanos(), PROBE_NANOS, MAX_PROBE_NANOS);
        } else {
            c.supervision.nextQuestionNanos = nowNanos;
        }
    }
}
