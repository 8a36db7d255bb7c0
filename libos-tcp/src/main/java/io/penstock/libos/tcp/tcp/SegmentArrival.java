package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.datapath.wire.TcpHeader;

/** A segment for a connection: the steps of RFC 9293, section 3.10.7.4, in their order, with RFC 5961's precautions. */
final class SegmentArrival {
    private final TcpCore core;
    private final Handshake handshake;
    private final Acknowledgments acknowledgments;
    private final DataReceiver receiver;

    SegmentArrival(TcpCore core) {
        this.core = core;
        handshake = core.handshake;
        acknowledgments = new Acknowledgments(core);
        receiver = core.receiver;
    }

    void process(Tcb t, Segment s) {
        if (t.state == TcpState.SYN_SENT) {
            handshake.inSynSent(t, s);
            return;
        }
        if (t.state == TcpState.SYN_RECEIVED && s.has(TcpHeader.SYN) && s.sequence == t.irs && !s.has(TcpHeader.RST)) {
            if (!s.has(TcpHeader.ACK)) {
                handshake.repeat(t);
                return;
            }
            if (s.acknowledgment != t.sndNxt) {
                handshake.reset(s); // fifth step
                return;
            }
            s.sequence++; // both sides opened at once; the SYN was counted when it came without ACK
            s.flags &= ~TcpHeader.SYN;
            s.window >>= t.sndWndShift; // this one is not scaled, and is treated below as if it were
        }
        // First: the sequence number.
        if (!isAcceptable(t, s)) {
            if (isBehindProbe(t, s)) {
                behindProbe(t, s);
            } else {
                refuse(t, s);
            }
            return;
        }
        // Second: RST.
        if (s.has(TcpHeader.RST)) {
            onReset(t, s);
            return;
        }
        // Fourth: SYN (the third, security, is no more).
        if (s.has(TcpHeader.SYN)) {
            challenge(core, t); // RFC 5961, section 4
            return;
        }
        // Fifth: ACK.
        if (!s.has(TcpHeader.ACK)) {
            return;
        }
        if (t.state == TcpState.SYN_RECEIVED) {
            if (Sequence.leq(s.acknowledgment, t.sndUna) || Sequence.gt(s.acknowledgment, t.sndNxt)) {
                handshake.reset(s);
                return;
            }
            handshake.establish(t, s);
        } else if (!acknowledgments.process(t, s)) {
            return;
        }
        // Sixth: URG. Urgent data is read in line, as RFC 6093 recommends. Seventh and eighth: text and FIN.
        receiver.receive(t, s);
    }

    /**
     * Whether any part of the segment lies in the window. RFC 9293's table (section 3.4), with three allowances: the next
     * byte expected is always welcome, so that ACKs get through a zero window; an empty segment may stand at the right
     * edge, where a peer stands that has filled the window, but no reset (RFC 5961, section 3); and a FIN takes no room in
     * it.
     */
    private static boolean isAcceptable(Tcb t, Segment s) {
        int seq = s.sequence;
        if (seq == t.rcvNxt) {
            return true;
        }
        int length = s.payloadBytes + (s.has(TcpHeader.SYN) ? 1 : 0);
        if (length == 0) {
            int edge = s.has(TcpHeader.RST) ? t.rcvAdv - 1 : t.rcvAdv;
            return Sequence.gt(seq, t.rcvNxt) && Sequence.leq(seq, edge);
        }
        return Sequence.gt(seq + length, t.rcvNxt) && Sequence.lt(seq, t.rcvAdv);
    }

    /**
     * Whether an empty segment stands one beyond a window that is shut: its sender counts the byte as sent with which it
     * probed, as lwIP does. RFC 9293 asks for a special allowance for ACKs, URGs and RSTs then (section 3.10.7.4, first).
     */
    private static boolean isBehindProbe(Tcb t, Segment s) {
        return t.rcvAdv == t.rcvNxt
                && s.sequence == t.rcvNxt + 1
                && s.payloadBytes == 0
                && !s.has(TcpHeader.SYN)
                && t.state.isSynchronized();
    }

    /** Its ACK and window count; a FIN does not, as a byte is missing before it. */
    private void behindProbe(Tcb t, Segment s) {
        if (s.has(TcpHeader.RST)) {
            challenge(core, t); // who has given up answers with the exact number
        } else if (s.has(TcpHeader.ACK)) {
            s.sequence = t.rcvNxt; // so that the probe itself does not seem to be older (SND.WL1)
            acknowledgments.process(t, s);
        }
    }

    /** Out of the window: an old duplicate, a keep-alive, or somebody guessing. */
    private void refuse(Tcb t, Segment s) {
        boolean old = Sequence.lt(s.sequence, t.rcvNxt);
        (old ? core.counters.rxDuplicate : core.counters.rxOutOfWindow).increment();
        if (s.has(TcpHeader.RST)) {
            return; // in silence
        }
        if (s.payloadBytes > 0 || s.has(TcpHeader.FIN)) {
            oweAck(core, t); // the peer sends again because our ACK was lost
        } else if (s.sequence == t.rcvNxt - 1 && s.has(TcpHeader.ACK)) {
            keptAlive(t, s);
        } else {
            challenge(core, t); // empty ones are answered sparingly: two sides in disagreement would never stop
        }
    }

    /** The peer asks whether this side is still there, or whether its window is still shut (RFC 9293, MUST-25, MUST-37). */
    private void keptAlive(Tcb t, Segment s) {
        long now = core.clock.nanos();
        if (Sequence.geq(s.acknowledgment, t.sndUna) && Sequence.leq(s.acknowledgment, t.sndNxt)) {
            t.lastReceiveNanos = now;
        }
        if (t.keepAliveAnswers.take(now, core.config)) {
            core.counters.keepAlivesAnswered.increment();
            oweAck(core, t);
        }
    }

    /** RFC 5961, section 3: only the very next number resets; one in the window has to be confirmed. */
    private void onReset(Tcb t, Segment s) {
        if (s.sequence != t.rcvNxt) {
            challenge(core, t);
            return;
        }
        core.counters.resetsReceived.increment();
        core.end.fail(t, t.state == TcpState.SYN_RECEIVED ? Status.CONNECTION_REFUSED : Status.CONNECTION_RESET);
    }

    static void oweAck(TcpCore core, Tcb t) {
        t.ackPending = true;
        t.ackNow = true;
        core.markDirty(t);
    }

    /** A challenge ACK (RFC 5961): so many in an interval, counted for each connection alone (CVE-2016-5696). */
    static void challenge(TcpCore core, Tcb t) {
        if (t.challenges.take(core.clock.nanos(), core.config)) {
            core.counters.challengeAcks.increment();
            oweAck(core, t);
        }
    }
}
