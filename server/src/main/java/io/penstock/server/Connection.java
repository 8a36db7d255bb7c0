package io.penstock.server;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import java.util.ArrayDeque;

/** One connection of a server, as a {@link HandlerFactory} gets it. The stack's thread. */
public final class Connection {
    private final int queue;
    private final Endpoint peer = new Endpoint();
    private final Framer framer;

    /** The rest is the server's bookkeeping. */
    final Framing framing;

    final Output output;
    /** One of both: messages across frames, or in one piece for a framer. */
    final ChainInput chain;

    final GatheredInput gathered;
    /** Answers that are owed, in the order of their requests. */
    final ArrayDeque<Output> owed = new ArrayDeque<>(0);

    Handler handler;
    boolean waitsForPop;
    boolean waitsForRoom;
    /** Whether something of it has to wait. */
    boolean isBlocked;
    /** Whether requests wait until the output has room. */
    boolean isHeldUp;
    /** A request was neither answered nor deferred: nothing more is executed. */
    boolean isUnanswered;
    /** What was to find a deferred answer has failed: it ends as soon as nothing is at work on it. */
    boolean hasFailed;
    /** The peer has ended its stream. */
    boolean hasEnded;
    /** Why it ends as soon as all answers are sent; null if it does not. Nothing more of its input is looked at. */
    EndReason closing;
    /** Its stream is at its end: nothing more is read or sent. */
    boolean isFinished;
    /** It is closed or aborted. */
    boolean isForgotten;
    /** Whether it stands in the list of those to be looked at. */
    boolean isDue;
    /** Where it stands among all. */
    int place;
    /** When it last read or sent something, in the server's looks at all connections. */
    int lastMoved;
    /** When the message began that is not whole, or the answer was owed that has not come; meaningful if there is one. */
    int requestSince;

    boolean hasPart;
    int unansweredSince;

    Connection(LibOs os, int queue, Framing framing, Output.Common outputs, WaitingMemory memory) {
        this.queue = queue;
        this.framing = framing;
        this.framer = framing.openFramer();
        this.output = outputs.open(this, queue, framing);
        this.chain = framer == null ? new ChainInput(os.pool(), os.heap(), memory) : null;
        this.gathered = framer == null ? null : new GatheredInput(os.heap(), memory);
    }

    int queue() {
        return queue;
    }

    Endpoint writablePeer() {
        return peer;
    }

    /** Who is at the other end. Copy it to keep it. */
    public Endpoint peer() {
        return peer;
    }

    /** The framer of an {@linkplain Framing#own own framing}, else null. */
    public Framer framer() {
        return framer;
    }

    /** How much has come and was not handled. */
    int inputBytes() {
        return chain != null ? chain.lengthBytes() : gathered.lengthBytes();
    }

    /** How much memory it takes apart from frames, and keeps from being used otherwise. */
    long heldBytes() {
        return output.waitingBytes() + (chain != null ? chain.heldBytes() : gathered.capacityBytes());
    }

    void discard() {
        output.discard();
        if (chain != null) {
            chain.release();
        } else {
            gathered.release();
        }
    }
}
