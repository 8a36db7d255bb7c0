package io.penstock.server;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.memory.AgronaView;
import io.penstock.memory.Buffer;
import java.util.ArrayList;
import java.util.function.Consumer;

/** The answer to a datagram: one datagram, as long as fits a frame. What does not fit is lost, as datagrams are. */
final class DatagramReply extends Reply {
    private final Common common;
    private final AgronaView view = new AgronaView();
    private final Endpoint peer = new Endpoint();
    /** What is written to, or was adopted; null if nothing was put. */
    private Buffer frame;

    private boolean hasBegun;
    private int sent;
    private boolean isNone;
    private boolean isDeferred;
    private boolean isLost;

    private DatagramReply(Common common) {
        this.common = common;
    }

    /** What all replies of one UDP queue share. */
    static final class Common {
        private static final int MAX_DEFERRED = 4096;

        private final LibOs os;
        private final int queue;
        private final int segmentBytes;
        private final Runnable lost;
        private final Consumer<Throwable> failed;
        private final ArrayList<DatagramReply> free = new ArrayList<>();
        private int deferred;

        /**
         * @param segmentBytes how much a frame carries at most to leave as one packet
         * @param lost is told of each answer that cannot go
         * @param failed is told of what was thrown instead of finding one
         */
        Common(LibOs os, int queue, int segmentBytes, Runnable lost, Consumer<Throwable> failed) {
            this.os = os;
            this.queue = queue;
            this.segmentBytes = segmentBytes;
            this.lost = lost;
            this.failed = failed;
        }

        DatagramReply take(Endpoint peer) {
            DatagramReply reply = free.isEmpty() ? new DatagramReply(this) : free.removeLast();
            Endpoint _ = reply.peer.copyFrom(peer);
            reply.sent = 0;
            reply.isNone = false;
            reply.isDeferred = false;
            reply.isLost = false;
            reply.hasBegun = false;
            return reply;
        }
    }

    /** The handler has returned, or thrown. */
    void endRequest(boolean isWell) {
        if (isDeferred) {
            return; // it is the handler's until that ends it
        }
        if (isWell && (frame != null || hasBegun || isLost)) {
            send();
        }
        recycle();
    }

    private void recycle() {
        discard();
        common.free.add(this);
    }

    private void discard() {
        if (frame != null) {
            frame.release();
            frame = null;
        }
        to = LOST;
        at = 0;
        end = 0;
    }

    private void push() {
        if (to != LOST && frame != null) {
            Buffer _ = frame.length(at);
        }
        if (isLost || frame == null || common.os.pushTo(common.queue, frame, peer) == LibOs.NO_TOKEN) {
            common.lost.run();
        }
        discard();
        isLost = false;
        hasBegun = false;
        sent++;
    }

    @Override
    void makeRoom(int bytes) {
        if (frame == null && !isLost) {
            frame = common.os.allocate(common.segmentBytes);
            if (frame != null && frame.next() == null) {
                to = view.over(frame);
                at = 0;
                end = frame.length();
                return;
            }
        } else if (frame != null && to == LOST && !isLost) {
            unadopt();
            if (end - at >= bytes) {
                return;
            }
        }
        isLost = true;
        to = LOST;
        at = 0;
        end = LOST.capacity();
    }

    @Override
    void touch() {
        hasBegun = true;
    }

    /** Something is put behind what was adopted: a copy of both goes. */
    private void unadopt() {
        Buffer former = frame;
        frame = null;
        copyChain(former);
        former.release();
    }

    @Override
    void adopt(Buffer single) {
        frame = single;
    }

    @Override
    boolean shares() {
        return frame == null && !isLost;
    }

    @Override
    public Reply write(Buffer kept) {
        copyChain(kept);
        return this;
    }

    @Override
    boolean hasHeader() {
        return false;
    }

    @Override
    boolean isLost() {
        return isLost;
    }

    @Override
    public void send() {
        if (frame == null) {
            need(1); // a datagram without bytes needs a frame, too
        }
        push();
        endDeferred();
    }

    @Override
    public void none() {
        if (frame != null || sent > 0) {
            throw new IllegalStateException("an answer has begun");
        }
        isNone = true;
        endDeferred();
    }

    @Override
    boolean isDeferred() {
        return isDeferred;
    }

    @Override
    void endDeferred() {
        if (isDeferred) {
            if (thrown != null) {
                common.failed.accept(thrown);
                thrown = null;
            }
            common.deferred--;
            recycle();
        }
    }

    @Override
    public Reply defer() {
        if (frame != null || sent > 0 || isNone) {
            throw new IllegalStateException("an answer has begun");
        }
        if (!isDeferred && common.deferred == Common.MAX_DEFERRED) {
            throw new IllegalStateException(Common.MAX_DEFERRED + " datagrams wait for their answers");
        }
        common.deferred += isDeferred ? 0 : 1;
        isDeferred = true;
        return this;
    }

    @Override
    public boolean isCancelled() {
        return false;
    }

    @Override
    public void close() {
        // A datagram has no connection.
    }
}
