package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.libos.tcp.ip.TxOffloads;

/** Decides what a connection sends now (RFC 9293, sections 3.8 and 3.10.2). Called once a turn for each dirty connection. */
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

    private final TcpCore core;
    private final SegmentWriter writer;
    private final int burst;
    private int sent;

    TcpOutput(TcpCore core) {
        this.core = core;
        writer = core.writer;
        burst = core.config.burstSegments();
    }

    /** Sends for all dirty connections. Returns how many segments were given down. */
    int transmit() {
        core.heldUp.release();
        return core.firstDirty() == null ? 0 : sendDirty();
    }

    private int sendDirty() {
        long before = core.counters.txSegments.get();
        Tcb last = core.lastDirty();
        Tcb t = core.firstDirty();
        while (t != null) {
            boolean isLast = t == last;
            Outcome outcome = t.dead ? Outcome.DONE : send(t);
            if (outcome == Outcome.BLOCKED && writer.queueIsFull()) {
                break;
            }
            boolean neighbourIsBusy = outcome == Outcome.BLOCKED && writer.neighbourIsBusy();
            core.pollDirty();
            if (neighbourIsBusy) {
                core.heldUp.add(t);
            } else if (outcome != Outcome.DONE) {
                // Also when no frame was free: others may send in place, and what is acknowledged then frees some.
                core.markDirty(t);
            }
            t = isLast ? null : core.firstDirty();
        }
        return (int) (core.counters.txSegments.get() - before);
    }

    /** Sends what one connection has to send. */
    Outcome send(Tcb t) {
        return switch (t.state) {
            case CLOSED -> sendReset(t);
            case SYN_SENT, SYN_RECEIVED -> sendHandshake(t);
            default -> sendSynchronized(t);
        };
    }

    private Outcome sendSynchronized(Tcb t) {
        sent = 0;
        // Duplicate ACKs count only without data (RFC 5681, section 2), so they go before it.
        if (t.duplicateAcksOwed > 0 && !sendAck(t)) {
            return Outcome.BLOCKED;
        }
        Outcome outcome = sendStream(t);
        armRetransmission(t);
        if (outcome == Outcome.BLOCKED) {
            return outcome;
        }
        return sendAck(t) ? outcome : Outcome.BLOCKED;
    }

    private Outcome sendReset(Tcb t) {
        if (t.resetOwed) {
            // For a reset alone nobody waits until a neighbour answers.
            if (!writer.control(t, t.emptySequence(), TcpHeader.RST | TcpHeader.ACK) && !writer.neighbourIsBusy()) {
                return Outcome.BLOCKED;
            }
            t.resetOwed = false;
            core.end.giveBackIfUnused(t);
        }
        return Outcome.DONE;
    }

    private Outcome sendHandshake(Tcb t) {
        if (t.synOwed) {
            int flags = t.state == TcpState.SYN_SENT ? TcpHeader.SYN : TcpHeader.SYN | TcpHeader.ACK;
            if (!writer.control(t, t.iss, flags)) {
                if (t.retransmitDeadline == Tcb.NEVER) {
                    setRetransmitDeadline(t, t.rtt.rtoNanos()); // it ends in time, whatever holds it up
                }
                return Outcome.BLOCKED;
            }
            if (t.synRetransmitted) {
                core.counters.retransmits.increment();
            } else if (t.sndNxt == t.iss) {
                startTiming(t, t.iss + 1); // the first time that this number goes out
            }
            t.synOwed = false;
            t.sndNxt = t.iss + 1;
            if (t.retransmitDeadline == Tcb.NEVER) {
                setRetransmitDeadline(t, t.rtt.rtoNanos());
            }
            if (writer.wasUnreachable() && t.state == TcpState.SYN_SENT) {
                core.end.fail(t, Status.HOST_UNREACHABLE); // nobody on the link answers for it
            }
        } else if (t.ackNow && t.state == TcpState.SYN_RECEIVED) {
            return writer.control(t, t.sndNxt, TcpHeader.ACK) ? Outcome.DONE : Outcome.BLOCKED;
        }
        return Outcome.DONE;
    }

    // ---- data

    private Outcome sendStream(Tcb t) {
        int smss = writer.smss(t);
        if (smss != t.smss) {
            t.smss = smss;
            t.congestion.segmentSize(smss);
        }
        if (t.probeOwed && !sendProbe(t)) {
            return Outcome.BLOCKED;
        }
        if (t.recovering) {
            Outcome outcome = recover(t, smss);
            if (outcome != Outcome.DONE || (t.recovery.goingBack && t.sndWnd > 0)) {
                return outcome;
            }
        }
        return sendNew(t, smss);
    }

    /** Sends what was lost, as far as it may go now. */
    private Outcome recover(Tcb t, int smss) {
        LossRecovery recovery = t.recovery;
        if (recovery.retransmitFirst && t.flight() > 0) {
            if (retransmit(t, t.sndUna, t.sndNxt, smss) < 0) {
                return Outcome.BLOCKED;
            }
            core.counters.fastRetransmits.increment();
        }
        recovery.retransmitFirst = false;
        return recovery.goingBack && t.sndWnd > 0 ? sendAgain(t, smss) : Outcome.DONE;
    }

    /** After a timeout: everything again, as the congestion window opens. */
    private Outcome sendAgain(Tcb t, int smss) {
        LossRecovery recovery = t.recovery;
        while (Sequence.lt(recovery.backNext, recovery.backEnd)) {
            int flight = recovery.backNext - t.sndUna;
            if (flight > 0 && flight + smss > t.congestion.cwnd()) {
                return Outcome.DONE;
            }
            if (sent == burst) {
                return Outcome.MORE;
            }
            int length = retransmit(t, recovery.backNext, recovery.backEnd, smss);
            if (length < 0) {
                return Outcome.BLOCKED;
            }
            recovery.backNext += length;
        }
        recovery.goingBack = false;
        return Outcome.DONE;
    }

    /**
     * Sends again what was sent before: one segment from {@code sequence} on, the FIN with it if it stood there.
     *
     * @return how much of the sequence space it covers, or -1 if it could not be sent
     */
    private int retransmit(Tcb t, int sequence, int end, int smss) {
        int dataEnd = Sequence.min(end, t.sndEnd);
        int length = Math.min(dataEnd - sequence, smss);
        boolean fin = t.finSent && sequence + length == t.sndEnd && Sequence.gt(end, t.sndEnd);
        boolean went = length > 0
                ? writer.data(t, sequence, length, fin ? TcpHeader.FIN : 0, smss)
                : writer.control(t, sequence, TcpHeader.FIN | TcpHeader.ACK);
        if (!went) {
            return -1;
        }
        t.timing = false; // Karn
        sent++;
        core.counters.retransmits.increment();
        t.lastSendNanos = core.clock.nanos();
        return length + (fin ? 1 : 0);
    }

    private Outcome sendNew(Tcb t, int smss) {
        if (t.flight() == 0
                && t.unsent() > 0
                && core.clock.nanos() - t.lastSendNanos > t.rtt.rtoNanos()
                && t.lastSendNanos != 0) {
            t.congestion.onIdle();
        }
        while (!t.finSent) {
            int unsent = t.sndEnd - t.sndNxt;
            if (unsent == 0) {
                return t.finQueued ? sendFin(t) : Outcome.DONE;
            }
            int length = sendable(t, unsent, smss);
            if (length <= 0) {
                return Outcome.DONE;
            }
            if (sent == burst) {
                return Outcome.MORE;
            }
            int position = t.sendQueue.find(t.sndNxt);
            int cut = length < smss ? 0 : cutLength(t, position, smss);
            length = cut > smss ? cut : segmentLength(t, position, length, smss);
            boolean fin = t.finQueued && length == unsent && t.sndWnd - t.flight() > length;
            if (!writer.data(t, t.sndNxt, length, fin ? TcpHeader.FIN : 0, smss)) {
                return Outcome.BLOCKED;
            }
            t.forceSend = false;
            if (length > smss) {
                sent += (length - 1) / smss; // and one more, as for any other
                startTiming(t, t.sndNxt + smss); // the first segment is acknowledged first
            }
            advance(t, length + (fin ? 1 : 0));
            t.finSent = fin;
        }
        return Outcome.DONE;
    }

    /**
     * How many bytes one segment may carry now; 0 if it should wait. The sender's half of avoiding silly windows
     * (RFC 9293, section 3.8.6.2.1): a full segment, or all there is, or half of the largest window; the last two wait if
     * the queue's options ask for it.
     */
    private static int sendable(Tcb t, int unsent, int smss) {
        int usable = Math.min(usable(t, smss), smss);
        if (usable >= unsent) {
            return unsent < smss && holdsBack(t) ? 0 : unsent;
        }
        if (usable >= smss
                || (usable > 0 && (t.forceSend || (usable >= t.maxSndWnd / 2 && !waitsForAcknowledgement(t))))) {
            return usable;
        }
        return 0;
    }

    /** Whether a short segment waits: corked for more to come, or by Nagle's algorithm (RFC 9293, section 3.7.4). */
    private static boolean holdsBack(Tcb t) {
        return t.options.holdsBack
                && !t.finQueued // nothing more will come
                && !t.forceSend
                && (t.options.cork || t.flight() > 0);
    }

    private static boolean waitsForAcknowledgement(Tcb t) {
        return t.options.holdsBack && !t.finQueued && !t.options.noDelay() && t.flight() > 0;
    }

    /** How many bytes more the peer and the network allow. */
    private static int usable(Tcb t, int smss) {
        int flight = t.flight();
        int peerAllows = t.sndWnd - flight;
        int networkAllows = t.congestion.cwnd() + (t.recovering ? t.recovery.limitedTransmit(smss) : 0) - flight;
        return Math.min(peerAllows, networkAllows);
    }

    private static int segmentLength(Tcb t, int position, int maxBytes, int smss) {
        if (t.options.holdsBack) {
            return maxBytes; // full segments were asked for, whatever has to be copied for them
        }
        TxOffloads offloads = t.path.offloads();
        boolean bodies = offloads.bodies();
        // Where the device can only cut what begins behind its headers, whoever takes its beginning has all of it
        // copied.
        int wholeFromBytes = offloads.largestTcpBytes() == 0 || bodies ? Integer.MAX_VALUE : 2 * smss;
        return t.sendQueue.segmentLength(position, t.sndNxt, maxBytes, bodies, wholeFromBytes);
    }

    /**
     * How many bytes one packet may carry that the device cuts: whole segments of an entry, or all that is left of it, if
     * nothing follows that could fill the last segment, or would have to be copied for it. Not more than one segment if there
     * is nothing to be cut.
     */
    private int cutLength(Tcb t, int position, int smss) {
        int largest = writer.largestCut(t, position, t.sndNxt);
        if (largest <= smss) {
            return 0;
        }
        int length = Math.min(Math.min(largest, usable(t, smss)), (burst - sent) * smss);
        boolean bodies = t.path.offloads().bodies();
        boolean mayEndShort = (!t.options.holdsBack || t.finQueued)
                && (length == t.sndEnd - t.sndNxt || (!bodies && length >= 2 * smss));
        boolean isRest = length == t.sendQueue.left(position, t.sndNxt);
        return isRest && mayEndShort ? length : length - length % smss;
    }

    private void advance(Tcb t, int length) {
        if (t.flight() == 0) {
            t.retries = 0;
            setRetransmitDeadline(t, t.rtt.rtoNanos());
        }
        t.sndNxt += length;
        t.probed = false;
        t.lastSendNanos = core.clock.nanos();
        startTiming(t, t.sndNxt);
        sent++;
    }

    /** A FIN has a number in the peer's window, and waits for it as a byte does: a strict peer would drop it. */
    private Outcome sendFin(Tcb t) {
        if (t.sndWnd - t.flight() <= 0) {
            return Outcome.DONE;
        }
        if (!writer.control(t, t.sndNxt, TcpHeader.FIN | TcpHeader.ACK)) {
            return Outcome.BLOCKED;
        }
        advance(t, 1);
        t.finSent = true;
        return Outcome.DONE;
    }

    /**
     * One byte beyond the peer's window, or the FIN: whatever it answers tells how large the window is now (RFC 9293,
     * 3.8.6.1). The byte does not count as sent: when the window opens it goes at the head of a full segment, in place.
     */
    private boolean sendProbe(Tcb t) {
        if (t.flight() == 0 && !t.hasUnsent()) {
            t.probeOwed = false;
            return true;
        }
        boolean data = t.sndUna != t.sndEnd;
        if (data ? !writer.data(t, t.sndUna, 1, 0, 1) : !writer.control(t, t.sndUna, TcpHeader.FIN | TcpHeader.ACK)) {
            return false;
        }
        t.probeOwed = false;
        t.timing = false;
        if (t.flight() == 0) {
            t.probed = data;
            if (!data) {
                t.sndNxt++;
                t.finSent = true;
            }
        }
        core.counters.zeroWindowProbes.increment();
        return true;
    }

    // ---- acknowledgements

    /** Sends the pure ACKs that are owed, or lets them wait for data to travel with. */
    private boolean sendAck(Tcb t) {
        if (t.ackNow || (t.ackPending && t.options.delayedAckNanos == 0)) {
            // The first may tell of new data; each further one tells of one more segment behind a gap (RFC 5681, 3.2).
            int more = t.rcvNxt == t.lastAckSent ? t.duplicateAcksOwed - 1 : t.duplicateAcksOwed;
            if (!writer.control(t, t.emptySequence(), TcpHeader.ACK)) {
                return false;
            }
            for (int i = 0; i < more; i++) {
                if (!writer.control(t, t.emptySequence(), TcpHeader.ACK)) {
                    return true; // duplicates are a hint, not a debt
                }
            }
        } else if (t.ackPending && t.ackDeadline == Tcb.NEVER) {
            t.ackDeadline = core.clock.nanos() + t.options.delayedAckNanos;
            core.timers.arm(t, t.ackDeadline);
        }
        return true;
    }

    // ---- timers

    private void startTiming(Tcb t, int end) {
        if (!t.timing) {
            t.timing = true;
            t.timedSequence = end;
            t.timedSinceNanos = core.clock.nanos();
        }
    }

    /** Something must watch over data under way, and over data that waits for the window (RFC 9293, 3.8.6.1). */
    private void armRetransmission(Tcb t) {
        if (t.retransmitDeadline == Tcb.NEVER && (t.flight() > 0 || t.hasUnsent())) {
            setRetransmitDeadline(t, t.rtt.rtoNanos());
        }
    }

    void setRetransmitDeadline(Tcb t, long inNanos) {
        t.retransmitDeadline = core.clock.nanos() + inNanos;
        core.timers.arm(t, t.retransmitDeadline);
    }
}
