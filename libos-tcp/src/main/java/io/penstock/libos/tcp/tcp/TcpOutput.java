package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.libos.tcp.congestion.CongestionEvent;
import io.penstock.libos.tcp.ip.TxOffloads;
import io.penstock.libos.tcp.stream.SendMap;
import io.penstock.libos.tcp.stream.Sequence;
import io.penstock.libos.tcp.tcp.TcpConnection.Timers;

/**
 * Decides what a connection sends now (RFC 9293, sections 3.8 and 3.10.2). Called once a turn for each connection that may
 * have something to send.
 */
final class TcpOutput {
    /** How a connection left its turn. */
    enum Outcome {
        /** All that may go now has gone. */
        DONE,
        /** It has sent its share; there is more. */
        MORE,
        /** The transmit queue is full, no frame is free, or too many wait for the neighbour. */
        BLOCKED
    }

    private final TcpContext context;
    private final SegmentWriter writer;
    private final HeldUp heldUp;
    private final ConnectionEnd end;
    private final Counter segments;
    private final int burst;
    private int sent;

    TcpOutput(TcpContext context, SegmentWriter writer, HeldUp heldUp, ConnectionEnd end) {
        this.context = context;
        this.writer = writer;
        this.heldUp = heldUp;
        this.end = end;
        segments = context.counters.txSegments;
        burst = context.config.burstSegments();
    }

    /** Sends for all that may have something to send. Returns how many segments were given down. */
    int transmit() {
        heldUp.release();
        return context.firstReady() == null ? 0 : sendReady();
    }

    private int sendReady() {
        long before = segments.get();
        TcpConnection last = context.lastReady();
        TcpConnection c = context.firstReady();
        while (c != null) {
            boolean isLast = c == last;
            Outcome outcome = c.dead ? Outcome.DONE : send(c);
            if (outcome == Outcome.BLOCKED && writer.queueIsFull()) {
                break;
            }
            boolean neighbourIsBusy = outcome == Outcome.BLOCKED && writer.neighbourIsBusy();
            context.pollReady();
            if (neighbourIsBusy) {
                heldUp.add(c);
            } else if (outcome != Outcome.DONE) {
                // Also when no frame was free: others may send in place, and what is acknowledged then frees some.
                context.markReady(c);
            }
            c = isLast ? null : context.firstReady();
        }
        return (int) (segments.get() - before);
    }

    /** Sends what one connection has to send. */
    Outcome send(TcpConnection c) {
        return switch (c.state) {
            case CLOSED -> sendReset(c);
            case SYN_SENT, SYN_RECEIVED -> sendHandshake(c);
            default -> sendSynchronized(c);
        };
    }

    private Outcome sendSynchronized(TcpConnection c) {
        sent = 0;
        // Duplicate ACKs count only without data (RFC 5681, section 2), so they go before it.
        if (c.receive.duplicateAcksOwed > 0 && !sendAck(c)) {
            return Outcome.BLOCKED;
        }
        Outcome outcome = sendStream(c);
        armRetransmission(c);
        if (outcome == Outcome.BLOCKED) {
            return outcome;
        }
        return sendAck(c) ? outcome : Outcome.BLOCKED;
    }

    private Outcome sendReset(TcpConnection c) {
        if (c.send.resetOwed) {
            // For a reset alone nobody waits until a neighbour answers.
            if (!writer.control(c, c.send.emptySequence(), TcpHeader.RST | TcpHeader.ACK)
                    && !writer.neighbourIsBusy()) {
                return Outcome.BLOCKED;
            }
            c.send.resetOwed = false;
            end.giveBackIfUnused(c);
        }
        return Outcome.DONE;
    }

    private Outcome sendHandshake(TcpConnection c) {
        if (c.send.synOwed) {
            int flags = c.state == TcpState.SYN_SENT ? TcpHeader.SYN : TcpHeader.SYN | TcpHeader.ACK;
            if (!writer.control(c, c.send.iss, flags)) {
                if (c.timers.retransmit == Timers.NEVER) {
                    context.retransmitIn(c, c.send.rtt.rtoNanos()); // it ends in time, whatever holds it up
                }
                return Outcome.BLOCKED;
            }
            if (c.send.synRetransmitted) {
                context.counters.retransmits.increment();
            } else if (c.send.nxt == c.send.iss) {
                c.send.synNanos = context.clock.nanos(); // the first time that this number goes out
            }
            c.send.synOwed = false;
            c.send.nxt = c.send.iss + 1;
            if (c.timers.retransmit == Timers.NEVER) {
                context.retransmitIn(c, c.send.rtt.rtoNanos());
            }
            if (writer.wasUnreachable() && c.state == TcpState.SYN_SENT) {
                end.fail(c, Status.HOST_UNREACHABLE); // nobody on the link answers for it
            }
        } else if (c.receive.ackNow && c.state == TcpState.SYN_RECEIVED) {
            return writer.control(c, c.send.nxt, TcpHeader.ACK) ? Outcome.DONE : Outcome.BLOCKED;
        }
        return Outcome.DONE;
    }

    // ---- data

    private Outcome sendStream(TcpConnection c) {
        int smss = writer.smss(c);
        if (smss != c.send.smss) {
            c.send.smss = smss;
            c.send.congestion.segmentSize(smss);
        }
        if (c.send.probeOwed && !sendProbe(c)) {
            return Outcome.BLOCKED;
        }
        if (c.send.map.hasLost() && (c.send.wnd > 0 || c.send.recovery.inFastRecovery)) {
            Outcome outcome = sendLost(c, smss);
            if (outcome != Outcome.DONE || c.send.map.hasLost()) {
                return outcome;
            }
        }
        return sendNew(c, smss);
    }

    /** What is lost goes before what is new: one segment in fast recovery, after a timeout as the window opens. */
    private Outcome sendLost(TcpConnection c, int smss) {
        SendMap map = c.send.map;
        while (map.hasLost()) {
            int inFlight = c.send.inFlight();
            if (!c.send.recovery.inFastRecovery && inFlight > 0 && inFlight + smss > c.send.congestion.cwnd()) {
                return Outcome.DONE;
            }
            if (sent == burst) {
                return Outcome.MORE;
            }
            int position = map.firstLost();
            int length = retransmit(c, map.sequence(position), map.lostUpTo(position), smss);
            if (length < 0) {
                return Outcome.BLOCKED;
            }
            map.sentAgain(position, length, context.clock.nanos());
            c.send.congestion.onSent(length, c.send.inFlight(), context.clock.nanos());
            if (c.send.recovery.inFastRecovery) {
                context.counters.fastRetransmits.increment();
            }
        }
        return Outcome.DONE;
    }

    /**
     * Sends again what was sent before: one segment from {@code sequence} on, the FIN with it if it stood there.
     *
     * @return how much of the sequence space it covers, or -1 if it could not be sent
     */
    private int retransmit(TcpConnection c, int sequence, int end, int smss) {
        int dataEnd = Sequence.min(end, c.send.end);
        int length = Math.min(dataEnd - sequence, smss);
        boolean fin = c.send.finSent && sequence + length == c.send.end && Sequence.gt(end, c.send.end);
        boolean went = length > 0
                ? writer.data(c, sequence, length, fin ? TcpHeader.FIN : 0, smss)
                : writer.control(c, sequence, TcpHeader.FIN | TcpHeader.ACK);
        if (!went) {
            return -1;
        }
        sent++;
        context.counters.retransmits.increment();
        c.send.lastNanos = context.clock.nanos();
        return length + (fin ? 1 : 0);
    }

    private Outcome sendNew(TcpConnection c, int smss) {
        if (c.send.flight() == 0) {
            noticeIdleness(c);
        }
        while (!c.send.finSent) {
            int unsent = c.send.end - c.send.nxt;
            if (unsent == 0) {
                return c.send.finQueued ? sendFin(c) : allIsSent(c.send);
            }
            int length = sendable(c, unsent, smss);
            if (length <= 0) {
                return Outcome.DONE;
            }
            if (sent == burst) {
                return Outcome.MORE;
            }
            length = segmentLength(c, length, smss);
            boolean fin = c.send.finQueued && length == unsent && c.send.wnd - c.send.flight() > length;
            if (!writer.data(c, c.send.nxt, length, fin ? TcpHeader.FIN : 0, smss)) {
                return Outcome.BLOCKED;
            }
            c.send.forceSend = false;
            if (length > smss) {
                sent += (length - 1) / smss; // and one more, as for any other
            }
            advance(c, length + (fin ? 1 : 0));
            c.send.finSent = fin;
        }
        return Outcome.DONE;
    }

    /** RFC 5681, section 4.1: what the window was allowed for is old. */
    private void noticeIdleness(TcpConnection c) {
        long idleNanos = context.clock.nanos() - c.send.lastNanos;
        if (idleNanos > c.send.rtt.rtoNanos() && c.send.lastNanos != 0 && c.send.unsent() > 0) {
            context.sample.begin(context.clock.nanos(), 0);
            c.send.congestion.onCongestionEvent(CongestionEvent.IDLE, context.sample);
        }
    }

    /** The rate that is measured from now on is the application's, unless the network takes no more anyhow. */
    private static Outcome allIsSent(SendState send) {
        int inFlight = send.inFlight();
        if (send.congestion.measuresRate() && inFlight < send.congestion.cwnd()) {
            send.delivery.appIsLimiting(inFlight);
        }
        return Outcome.DONE;
    }

    /**
     * How many bytes one segment may carry now; 0 if it should wait. The sender's half of avoiding silly windows
     * (RFC 9293, section 3.8.6.2.1): a full segment, or all there is, or half of the largest window; the last two wait if
     * the queue's options ask for it.
     */
    private static int sendable(TcpConnection c, int unsent, int smss) {
        int usable = Math.min(usable(c), smss);
        if (usable >= unsent) {
            return unsent < smss && holdsBack(c) ? 0 : unsent;
        }
        if (usable >= smss
                || (usable > 0 && (c.send.forceSend || (usable >= c.send.maxWnd / 2 && !waitsForAcknowledgement(c))))) {
            return usable;
        }
        return 0;
    }

    /** Whether a short segment waits: corked for more to come, or by Nagle's algorithm (RFC 9293, section 3.7.4). */
    private static boolean holdsBack(TcpConnection c) {
        return c.options.holdsBack
                && !c.send.finQueued // nothing more will come
                && !c.send.forceSend
                && (c.options.cork || c.send.flight() > 0);
    }

    private static boolean waitsForAcknowledgement(TcpConnection c) {
        return c.options.holdsBack && !c.send.finQueued && !c.options.noDelay() && c.send.flight() > 0;
    }

    /** How many bytes more the peer and the network allow. */
    private static int usable(TcpConnection c) {
        int flight = c.send.flight();
        int peerAllows = c.send.wnd - flight;
        int networkAllows = c.send.congestionWindow() - flight;
        return Math.min(peerAllows, networkAllows);
    }

    /** How many of so many bytes the next packet carries, or how many more if the device makes segments of it. */
    private int segmentLength(TcpConnection c, int maxBytes, int smss) {
        int position = c.send.buffer.find(c.send.nxt);
        int tsoBytes = maxBytes < smss ? 0 : tsoLength(c, position, smss);
        if (tsoBytes > smss) {
            return tsoBytes;
        }
        if (c.options.holdsBack) {
            return maxBytes; // full segments were asked for, whatever has to be copied for them
        }
        TxOffloads offloads = c.path.offloads();
        boolean bodies = offloads.bodies();
        // Where the device can only cut what begins behind its headers, whoever takes its beginning has all of it
        // copied.
        int wholeFromBytes = offloads.maxTsoBytes() == 0 || bodies ? Integer.MAX_VALUE : 2 * smss;
        return c.send.buffer.segmentLength(position, c.send.nxt, maxBytes, bodies, wholeFromBytes);
    }

    /**
     * How many bytes one packet may carry that the device cuts: whole segments of an entry, or all that is left of it, if
     * nothing follows that could fill the last segment, or would have to be copied for it. Not more than one segment if there
     * is nothing to be cut.
     */
    private int tsoLength(TcpConnection c, int position, int smss) {
        int largest = writer.maxTsoBytes(c, position, c.send.nxt);
        if (largest <= smss) {
            return 0;
        }
        int length = Math.min(Math.min(largest, usable(c)), (burst - sent) * smss);
        boolean bodies = c.path.offloads().bodies();
        boolean mayEndShort = (!c.options.holdsBack || c.send.finQueued)
                && (length == c.send.end - c.send.nxt || (!bodies && length >= 2 * smss));
        boolean isRest = length == c.send.buffer.left(position, c.send.nxt);
        return isRest && mayEndShort ? length : length - length % smss;
    }

    private void advance(TcpConnection c, int length) {
        if (c.send.flight() == 0) {
            c.timers.retries = 0;
            context.retransmitIn(c, c.send.rtt.rtoNanos());
        }
        long now = context.clock.nanos();
        SendMap map = context.sendMap(c, now);
        map.sent(c.send.nxt, c.send.nxt + length, now);
        c.send.nxt += length;
        c.send.probed = false;
        c.send.lastNanos = now;
        c.send.congestion.onSent(length, c.send.flight(), now);
        sent++;
    }

    /** A FIN has a number in the peer's window, and waits for it as a byte does: a strict peer would drop it. */
    private Outcome sendFin(TcpConnection c) {
        if (c.send.wnd - c.send.flight() <= 0) {
            return Outcome.DONE;
        }
        if (!writer.control(c, c.send.nxt, TcpHeader.FIN | TcpHeader.ACK)) {
            return Outcome.BLOCKED;
        }
        advance(c, 1);
        c.send.finSent = true;
        return Outcome.DONE;
    }

    /**
     * One byte beyond the peer's window, or the FIN: whatever it answers tells how large the window is now (RFC 9293,
     * 3.8.6.1). The byte does not count as sent: when the window opens it goes at the head of a full segment, in place.
     */
    private boolean sendProbe(TcpConnection c) {
        if (c.send.flight() == 0 && !c.send.hasUnsent()) {
            c.send.probeOwed = false;
            return true;
        }
        boolean data = c.send.una != c.send.end;
        if (data
                ? !writer.data(c, c.send.una, 1, 0, 1)
                : !writer.control(c, c.send.una, TcpHeader.FIN | TcpHeader.ACK)) {
            return false;
        }
        c.send.probeOwed = false;
        c.send.map.firstIsAmbiguous();
        if (c.send.flight() == 0) {
            c.send.probed = data;
            if (!data) {
                long now = context.clock.nanos();
                context.sendMap(c, now).sent(c.send.nxt, c.send.nxt + 1, now);
                c.send.nxt++;
                c.send.finSent = true;
            }
        }
        context.counters.zeroWindowProbes.increment();
        return true;
    }

    // ---- acknowledgements

    /** Sends the pure ACKs that are owed, or lets them wait for data to travel with. */
    private boolean sendAck(TcpConnection c) {
        if (c.receive.ackNow || (c.receive.ackPending && c.options.delayedAckNanos == 0)) {
            // The first may tell of new data; each further one tells of one more segment behind a gap (RFC 5681, 3.2).
            int more =
                    c.receive.nxt == c.receive.lastAck ? c.receive.duplicateAcksOwed - 1 : c.receive.duplicateAcksOwed;
            if (!writer.control(c, c.send.emptySequence(), TcpHeader.ACK)) {
                return false;
            }
            for (int i = 0; i < more; i++) {
                if (!writer.control(c, c.send.emptySequence(), TcpHeader.ACK)) {
                    return true; // duplicates are a hint, not a debt
                }
            }
        } else if (c.receive.ackPending && c.timers.delayedAck == Timers.NEVER) {
            c.timers.delayedAck = context.clock.nanos() + c.options.delayedAckNanos;
            context.fireAt(c, c.timers.delayedAck);
        }
        return true;
    }

    // ---- timers

    /** Something must watch over data under way, and over data that waits for the window (RFC 9293, 3.8.6.1). */
    private void armRetransmission(TcpConnection c) {
        if (c.timers.sendingIsWatched()) {
            return;
        }
        if (c.send.flight() > 0) {
            context.retransmitIn(c, c.send.rtt.rtoNanos());
        } else if (c.send.hasUnsent()) {
            context.persistIn(c, c.send.rtt.rtoNanos());
        }
    }

    /**
     * Connections whose segments found no room, because too many packets wait already for an answer of their neighbour. They
     * are not among those that have something to send, so that they hold up nobody, and come back when the neighbour has
     * answered or was given up, or try again after a while. First in, first out.
     */
    static final class HeldUp {
        /** How many try again in a turn: peers decide how many there are, and others must not wait for them. */
        private static final int MAX_RETRIES = 64;
        /** When all try again though nothing has happened: a place among the neighbours may have become free by age. */
        private static final long RETRY_NANOS = 5_000_000L;

        private final TcpContext context;
        private final TcpConnection.List list = new TcpConnection.List(TcpConnection.List.HELD_UP);
        /** What had changed among the neighbours when all of them were to be looked at last, and how many still are. */
        private long seenChanges;

        private long retryNanos;
        private int toRetry;

        HeldUp(TcpContext context) {
            this.context = context;
        }

        /** It waits, unless it does so already. */
        void add(TcpConnection c) {
            if (!c.isIn(TcpConnection.List.HELD_UP)) {
                list.add(c);
            }
        }

        /** When some of them try again, unless a neighbour answers before. */
        long nextNanos() {
            if (list.size() == 0) {
                return Long.MAX_VALUE;
            }
            return toRetry != 0 ? retryNanos - RETRY_NANOS : retryNanos;
        }

        /** Lets those try again whose neighbour has come to something. */
        void release() {
            if (list.size() == 0) {
                return;
            }
            long changes = context.ip.neighbourChanges();
            long now = context.clock.nanos();
            if (changes != seenChanges || now >= retryNanos) {
                seenChanges = changes;
                retryNanos = now + RETRY_NANOS;
                toRetry = list.size();
            }
            toRetry = Math.min(toRetry, list.size()); // some may be gone
            int retries = Math.min(MAX_RETRIES, toRetry);
            toRetry -= retries;
            for (int i = 0; i < retries; i++) {
                TcpConnection c = list.first();
                c.leave(TcpConnection.List.HELD_UP);
                if (c.path.isHeldUp()) {
                    list.add(c);
                } else {
                    context.markReady(c);
                }
            }
        }
    }
}
