package io.penstock.server;

import io.penstock.datapath.Completion;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.memory.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The connections of a server: what completes on their queues, what is owed to them, and how they end.
 *
 * <p>One pop waits on each connection. All whole requests in what it brings are executed, and their answers pushed together.
 * Answers that cannot go out wait in pinned memory while requests are read on, as a client may send all of its requests before
 * it reads. When a connection's part of that memory ({@link WaitingMemory}) is full, nothing of it is executed or popped: its
 * peer fills its own window and nobody's memory.
 */
final class StreamService implements Output.Deferrals {
    private static final long SECOND_NANOS = 1_000_000_000;
    private static final long MIN_POLL_NANOS = 1_000_000;
    /** A time-out is kept that exactly. */
    private static final int POLLS_IN_A_TIMEOUT = 8;
    /** Who holds much while memory is scarce, and neither sends nor takes anything for so long, is ended. */
    private static final long PATIENCE_WHEN_SCARCE_NANOS = 10 * SECOND_NANOS;

    private final LibOs os;
    private final WaitingMemory memory;
    private final Output.Common outputs;
    private final Requests requests;
    private final Limits limits;
    private final boolean anyOrder;
    /** All, each in its place; who does something is told by what is attached to its queue. */
    private final List<Connection> connections = new ArrayList<>();
    /** Those whose answers came out of turn. */
    private final ArrayList<Connection> due = new ArrayList<>();

    private final Counter accepted;
    private final Counter refused;
    private final Counter open;
    private final Counter aborted;
    private final Map<EndReason, Counter> ended = new EnumMap<>(EndReason.class);
    private final Counter waitingBytes;
    private final long pollNanos;
    private final int idlePolls;
    private final int requestPolls;
    private final int answerPolls;
    private final int slowPolls;
    private final int scarcePolls;
    private long nextPollNanos;
    private int blocked;
    /** Whether this is at work on some connection, and looks at those that are due by itself. */
    private boolean isBusy;
    /** Whether streams are at their end: who has got all answers gets FIN. */
    private boolean finishing;

    StreamService(LibOs os, String name, Counters counters, WaitingMemory memory, Limits limits, boolean anyOrder) {
        this.os = os;
        this.memory = memory;
        this.limits = limits;
        this.anyOrder = anyOrder;
        this.outputs = new Output.Common(os, memory, limits.outputBytes(), this);
        this.requests = new Requests(os, outputs, memory, limits, anyOrder, counters.counter(name + ".requests"));
        this.accepted = counters.counter(name + ".connections.accepted");
        this.refused = counters.counter(name + ".connections.refused");
        this.open = counters.counter(name + ".connections.open", CounterType.GAUGE);
        this.aborted = counters.counter(name + ".connections.aborted");
        for (EndReason reason : EndReason.values()) {
            ended.put(reason, counters.counter(name + ".connections.ended." + reason.suffix()));
        }
        this.waitingBytes = counters.counter(name + ".waiting.bytes", CounterType.GAUGE);
        this.pollNanos = pollNanos(limits);
        this.nextPollNanos = memory.nowNanos() + pollNanos;
        this.idlePolls = polls(limits.idle());
        this.requestPolls = polls(limits.request());
        this.answerPolls = polls(limits.answer());
        this.slowPolls = polls(limits.slowReader());
        this.scarcePolls = (int) Math.max(1, PATIENCE_WHEN_SCARCE_NANOS / pollNanos);
    }

    private static long pollNanos(Limits limits) {
        long nanos = SECOND_NANOS;
        for (Duration timeout : List.of(limits.idle(), limits.request(), limits.answer(), limits.slowReader())) {
            if (!timeout.isZero()) {
                nanos = Math.min(nanos, timeout.toNanos() / POLLS_IN_A_TIMEOUT);
            }
        }
        return Math.max(nanos, MIN_POLL_NANOS);
    }

    /** How many looks a time-out lasts; for ever if it is none. */
    private int polls(Duration timeout) {
        return timeout.isZero() ? Integer.MAX_VALUE : Math.clamp(timeout.toNanos() / pollNanos, 1, 1 << 30);
    }

    long pollNanos() {
        return pollNanos;
    }

    int segmentBytes() {
        return outputs.segmentBytes();
    }

    Message message() {
        return requests.message();
    }

    void say(Throwable thrown) {
        requests.say(thrown);
    }

    // ---- completions

    /** An accept has ended. */
    void accepted(Listener listener, Completion c) {
        // The slot of the operation that just ended is free, so this one is never refused.
        os.accept(listener.queue());
        if (!c.isOk()) {
            return;
        }
        if (connections.size() >= limits.connections()) {
            refused.increment();
            os.abort(c.newQueue());
            return;
        }
        isBusy = true;
        Connection connection = new Connection(os, c.newQueue(), listener.framing(), outputs, memory);
        connection.writablePeer().copyFrom(c.peer());
        connection.lastMoved = requests.now;
        connection.place = connections.size();
        connections.add(connection);
        os.attach(connection.queue(), connection);
        accepted.increment();
        open.set(connections.size());
        if (hasHandler(connection, listener.handlers())) {
            proceed(connection);
        } else {
            end(connection, EndReason.FAILED);
        }
        isBusy = false;
        serveDue();
    }

    private boolean hasHandler(Connection connection, HandlerFactory handlers) {
        try {
            connection.handler = handlers.open(connection);
        } catch (Exception | StackOverflowError | AssertionError e) {
            requests.say(e);
        }
        return connection.handler != null;
    }

    /** A pop has ended. */
    void popped(Connection connection, Completion c) {
        Buffer chain = c.buffer();
        if (connection.isForgotten || connection.isFinished || connection.closing != null) {
            release(chain); // closed or aborted in the meantime, or nothing more is looked at
            connection.waitsForPop = false;
            if (!c.isOk() && !connection.isForgotten) {
                end(connection, EndReason.LOST);
            }
            return;
        }
        connection.waitsForPop = false;
        connection.lastMoved = requests.now;
        isBusy = true;
        if (!c.isOk()) {
            release(chain);
            end(connection, EndReason.LOST);
        } else if (c.lengthBytes() == 0) {
            release(chain);
            connection.hasEnded = true;
            proceed(connection);
        } else {
            EndReason why = requests.take(connection, chain);
            if (why == null) {
                proceed(connection);
            } else {
                end(connection, why);
            }
        }
        isBusy = false;
        serveDue();
    }

    /** There is room for what waits, or never will be. */
    void hasRoom(Connection connection, Completion c) {
        connection.waitsForRoom = false;
        if (!connection.isForgotten) {
            connection.lastMoved = c.isOk() ? requests.now : connection.lastMoved;
            proceedAlone(connection); // if it is lost, its pop says so
        }
    }

    /** The peer has got something. */
    void pushed(Connection connection) {
        if (connection.isBlocked) {
            connection.lastMoved = requests.now;
            if (!connection.waitsForRoom) {
                proceedAlone(connection);
            }
        }
    }

    private static void release(Buffer chain) {
        if (chain != null) {
            chain.release();
        }
    }

    // ---- answers out of turn

    @Override
    public Output defer(Object connection) {
        return requests.owe((Connection) connection);
    }

    @Override
    public void ended(Object connection, Output deferred) {
        Connection c = (Connection) connection;
        if (c.isForgotten) {
            outputs.recycle(deferred);
            return;
        }
        if (deferred.thrown != null && !deferred.isCancelled()) {
            requests.say(deferred.thrown);
            c.hasFailed = true;
        }
        if (!c.isDue) {
            c.isDue = true;
            due.add(c);
        }
        if (!isBusy) {
            serveDue();
        }
    }

    private void serveDue() {
        while (!due.isEmpty()) {
            Connection c = due.removeLast();
            c.isDue = false;
            if (!c.isForgotten) {
                isBusy = true;
                if (c.hasFailed) {
                    end(c, EndReason.FAILED);
                } else {
                    takeAnswers(c);
                    proceed(c);
                }
                isBusy = false;
            }
        }
    }

    /** Puts what was owed and has come into the output: in the order of the requests, unless any will do. */
    private void takeAnswers(Connection c) {
        if (anyOrder) {
            for (int i = c.owed.size(); i > 0; i--) {
                Output next = c.owed.removeFirst();
                if (next.isAnswered) {
                    take(c, next);
                } else {
                    c.owed.addLast(next);
                }
            }
            return;
        }
        while (!c.owed.isEmpty() && c.owed.peekFirst().isAnswered) {
            take(c, c.owed.removeFirst());
        }
    }

    private void take(Connection c, Output answer) {
        c.output.append(answer);
        outputs.recycle(answer);
        if (c.output.isLast() && c.closing == null) {
            c.closing = EndReason.SERVER;
            if (!anyOrder) {
                cancelOwed(c); // what was asked for later is not answered
            }
        }
    }

    // ---- one connection

    private void proceedAlone(Connection connection) {
        isBusy = true;
        proceed(connection);
        isBusy = false;
        serveDue();
    }

    /** Sends what can be sent, executes what was held up by it, and asks for more. */
    private void proceed(Connection c) {
        Output output = c.output;
        boolean heldUp = c.isHeldUp || requests.mustWait(c);
        boolean isSent = output.flush();
        while (heldUp && !requests.mustWait(c)) {
            EndReason why = requests.execute(c);
            if (why != null) {
                end(c, why);
                return;
            }
            heldUp = requests.mustWait(c);
            isSent = output.flush();
        }
        c.isHeldUp = heldUp;
        if (output.isLost()) {
            end(c, EndReason.NO_MEMORY);
            return;
        }
        notePart(c, heldUp);
        boolean isDone = isSent && c.owed.isEmpty() && !(heldUp && c.closing == null);
        if (c.closing == null && c.hasEnded && c.isUnanswered) {
            end(c, EndReason.UNANSWERED);
            return;
        }
        if (isDone && (c.closing != null || c.hasEnded)) {
            if (end(c, reasonOf(c))) {
                return;
            }
            isDone = false;
        } else if (isDone && finishing) {
            c.isFinished = true;
            Status _ = os.shutdown(c.queue()); // not OK: it is lost, and has nothing to wait for
        } else if (!heldUp && c.closing == null && !c.hasEnded && !c.waitsForPop) {
            // Also while answers wait: a client may send all its requests before it reads.
            c.waitsForPop = os.pop(c.queue()) != LibOs.NO_TOKEN;
            isDone &= c.waitsForPop;
        }
        if (!isSent && !c.waitsForRoom) {
            c.waitsForRoom = os.awaitRoom(c.queue()) != LibOs.NO_TOKEN;
        }
        block(c, !isDone);
    }

    private static EndReason reasonOf(Connection c) {
        if (c.closing != null) {
            return c.closing;
        }
        return c.inputBytes() > 0 && c.framing.hasMessages() ? EndReason.CUT : EndReason.CLOSED;
    }

    /** Whether a message has begun and its rest is to come. */
    private void notePart(Connection c, boolean heldUp) {
        boolean hasPart = !heldUp && c.closing == null && c.inputBytes() > 0;
        if (hasPart && !c.hasPart) {
            c.requestSince = requests.now;
        }
        c.hasPart = hasPart;
    }

    private void block(Connection connection, boolean isBlocked) {
        if (connection.isBlocked != isBlocked) {
            connection.isBlocked = isBlocked;
            blocked += isBlocked ? 1 : -1;
        }
    }

    /** Ends a connection. Returns false if its time has not come: try again. */
    private boolean end(Connection c, EndReason why) {
        if (why.isAbrupt()) {
            aborted.increment();
            os.abort(c.queue());
        } else if (os.closeQueue(c.queue()) == LibOs.NO_TOKEN) {
            // Also with unread input: what follows a request to close is nobody's.
            if (why != EndReason.LOST) {
                return false;
            }
            os.abort(c.queue()); // cannot be: the pop's slot is free
        }
        ended.get(why).increment();
        forget(c, why);
        return true;
    }

    private void forget(Connection c, EndReason why) {
        c.isForgotten = true;
        c.discard();
        cancelOwed(c);
        Connection last = connections.removeLast();
        if (last != c) {
            connections.set(c.place, last);
            last.place = c.place;
        }
        open.set(connections.size());
        block(c, false);
        if (c.handler != null) {
            try {
                c.handler.ended(why);
            } catch (RuntimeException e) {
                requests.say(e);
            }
        }
    }

    /** Those that a handler has are its own until it ends them. */
    private void cancelOwed(Connection c) {
        while (!c.owed.isEmpty()) {
            Output next = c.owed.removeFirst();
            if (next.deferred() == next && !next.isAnswered) {
                next.cancel();
            } else {
                outputs.recycle(next);
            }
        }
    }

    // ---- all connections

    /**
     * Now and then: ends those who hold what others need and do not move, or whose time is over, and tries again what no
     * completion tells of, as memory that others have given back.
     */
    void poll() {
        long nowNanos = memory.nowNanos();
        if (nowNanos - nextPollNanos < 0) {
            return;
        }
        nextPollNanos = nowNanos + pollNanos;
        requests.now++;
        waitingBytes.set(memory.usedBytes());
        for (int i = connections.size() - 1; i >= 0; i--) { // who ends is replaced by one that was looked at
            Connection c = connections.get(i);
            EndReason why = overdue(c);
            if (why != null) {
                end(c, why);
            } else if (c.isBlocked) {
                proceedAlone(c);
            }
            i = Math.min(i, connections.size());
        }
    }

    private EndReason overdue(Connection c) {
        int now = requests.now;
        int still = now - c.lastMoved;
        boolean isInTheWay = memory.isScarce() && c.heldBytes() > WaitingMemory.HARMLESS_BYTES;
        if (isInTheWay && still > scarcePolls) {
            return EndReason.SLOW_READER;
        }
        if (c.isFinished) {
            return null;
        }
        boolean isUnanswered = c.isUnanswered && now - c.unansweredSince >= answerPolls;
        if (isUnanswered || (!c.owed.isEmpty() && owedFor(c, now) >= answerPolls)) {
            return EndReason.UNANSWERED;
        }
        boolean isWritten = c.output.waitingBytes() > 0 || (c.isBlocked && c.waitsForRoom);
        if (still > slowPolls && (isWritten || c.closing != null)) {
            return EndReason.SLOW_READER;
        }
        if (c.hasPart && now - c.requestSince >= requestPolls) {
            return EndReason.SLOW_REQUEST;
        }
        boolean isAtRest = !c.isBlocked && c.owed.isEmpty() && !c.hasPart;
        return isAtRest && still >= idlePolls ? EndReason.IDLE : null;
    }

    private static int owedFor(Connection c, int now) {
        int longest = 0;
        for (Output owed : c.owed) {
            longest = Math.max(longest, now - owed.since);
        }
        return longest;
    }

    /** How many have to wait for something. */
    int blocked() {
        return blocked;
    }

    /** From now on who has got all answers gets FIN. */
    void finish() {
        finishing = true;
        for (Connection connection : List.copyOf(connections)) {
            if (!connection.isForgotten) {
                proceedAlone(connection);
            }
        }
    }

    /** Gives all memory back: nothing more is served. */
    void discard() {
        for (Connection connection : List.copyOf(connections)) {
            ended.get(EndReason.SERVER).increment();
            forget(connection, EndReason.SERVER);
        }
    }
}
