package io.penstock.server;

import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counter;
import io.penstock.memory.Buffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds requests in what has come on a connection, and has them answered. */
final class Requests {
    private static final Logger LOG = LoggerFactory.getLogger(Requests.class);
    private static final long QUIET_NANOS = 1_000_000_000;

    private final Message message;
    private final Output.Common outputs;
    private final Counter handled;
    private final WaitingMemory memory;
    private final boolean anyOrder;
    private final int maxOwed;
    /** The time, in the server's looks at all connections. */
    int now;

    private long saidNanos;
    private long unsaid;
    private boolean hasSaid;

    Requests(LibOs os, Output.Common outputs, WaitingMemory memory, Limits limits, boolean anyOrder, Counter handled) {
        this.message = new Message(os);
        this.outputs = outputs;
        this.memory = memory;
        this.anyOrder = anyOrder;
        this.maxOwed = limits.outstanding();
        this.handled = handled;
    }

    Message message() {
        return message;
    }

    /** Whether the next request has to wait. */
    boolean mustWait(Connection c) {
        return c.output.isFull() || c.isUnanswered || c.owed.size() >= maxOwed;
    }

    private boolean mayGoOn(Connection c) {
        return c.closing == null && !c.isForgotten && !mustWait(c);
    }

    /**
     * Takes over what has come, and executes what is whole.
     *
     * @return null, or why the connection has to end at once
     */
    EndReason take(Connection c, Buffer come) {
        if (c.chain != null) {
            c.chain.add(come);
            EndReason why = executeChain(c);
            return why != null || c.chain.settle() ? why : EndReason.NO_MEMORY;
        }
        EndReason why = null;
        for (Buffer b = come; b != null && why == null; b = b.next()) {
            why = take(c, b, b == come && b.next() == null);
        }
        come.release();
        return why;
    }

    private EndReason take(Connection c, Buffer come, boolean isAlone) {
        int length = come.length();
        int used = 0;
        boolean inPlace = c.gathered.lengthBytes() == 0;
        if (inPlace) {
            used = execute(c, come.address(), length, isAlone ? come : null);
            if (used < 0) {
                return EndReason.FAILED;
            }
            if (used == length) {
                return null;
            }
        }
        if (!c.gathered.add(come.address() + used, length - used)) {
            return EndReason.NO_MEMORY;
        }
        return inPlace ? null : execute(c);
    }

    /** Executes what has waited. Returns null, or why the connection has to end at once. */
    EndReason execute(Connection c) {
        if (c.chain != null) {
            return executeChain(c);
        }
        GatheredInput input = c.gathered;
        if (input.lengthBytes() > 0 && mayGoOn(c)) {
            int used = execute(c, input.address(), input.lengthBytes(), null);
            if (used < 0) {
                return EndReason.FAILED;
            }
            input.drop(used);
        }
        return null;
    }

    /** Returns how many bytes of whole requests were executed, or -1 if a handler threw. */
    private int execute(Connection c, long address, int length, Buffer frame) {
        int done = 0;
        int max = c.framing.maxBytes();
        while (done < length && mayGoOn(c)) {
            int found = c.framer().find(address + done, length - done);
            if (found == Framer.INCOMPLETE && length - done <= max) {
                break;
            }
            if (found < 0 || found > max) {
                if (!end(c, found == Framer.MALFORMED ? EndReason.MALFORMED : EndReason.TOO_LONG)) {
                    return -1;
                }
                break;
            }
            Message request =
                    frame == null ? message.over(address + done, found) : message.over(frame, address + done, found);
            done += found;
            if (!handle(c, request)) {
                return -1;
            }
        }
        return done;
    }

    private EndReason executeChain(Connection c) {
        ChainInput input = c.chain;
        Framing framing = c.framing;
        while (input.lengthBytes() > 0 && mayGoOn(c)) {
            int found = framing.find(input);
            if (found == Framer.INCOMPLETE) {
                break;
            }
            if (found != Framing.FOUND) {
                return end(c, found == Framer.MALFORMED ? EndReason.MALFORMED : EndReason.TOO_LONG)
                        ? null
                        : EndReason.FAILED;
            }
            if (!handle(c, message.over(input))) {
                return EndReason.FAILED;
            }
            input.drop(input.messageBytes());
        }
        return null;
    }

    /** Has a request answered. Returns false if the handler threw. */
    private boolean handle(Connection c, Message request) {
        handled.increment();
        c.hasPart = false; // what follows begins anew
        boolean behindOthers = !anyOrder && !c.owed.isEmpty();
        Output reply = behindOthers ? owe(c) : c.output;
        reply.beginRequest();
        try {
            c.handler.handle(request, reply);
            c.isUnanswered = !reply.endRequest();
        } catch (Exception | StackOverflowError | AssertionError e) {
            say(e);
            return false;
        } finally {
            message.end();
        }
        if (c.isUnanswered) {
            c.unansweredSince = now;
        }
        if (behindOthers && reply.deferred() == null) {
            reply.isAnswered = !c.isUnanswered;
        }
        if (!behindOthers && reply.isLast()) {
            c.closing = EndReason.SERVER;
        }
        return true;
    }

    /** One answer more will come. */
    Output owe(Connection c) {
        Output held = outputs.hold(c.output);
        held.since = now;
        c.owed.add(held);
        return held;
    }

    /** The last answer, and nothing more is read. Returns false if the handler threw. */
    private boolean end(Connection c, EndReason why) {
        c.closing = why;
        Output last = c.owed.isEmpty() ? c.output : owe(c);
        last.beginRequest();
        try {
            c.handler.malformed(last);
            boolean _ = last.endRequest();
            last.isAnswered = true;
            return true;
        } catch (Exception | StackOverflowError | AssertionError e) {
            say(e);
            return false;
        }
    }

    /** Says that a handler threw, at most once a second. */
    void say(Throwable thrown) {
        long now = memory.nowNanos();
        if (hasSaid && now - saidNanos < QUIET_NANOS) {
            unsaid++;
            return;
        }
        LOG.warn(
                "a handler threw: its connection is reset{}",
                unsaid == 0 ? "" : ", and so were " + unsaid + " more for which nothing was logged",
                thrown);
        unsaid = 0;
        hasSaid = true;
        saidNanos = now;
    }
}
