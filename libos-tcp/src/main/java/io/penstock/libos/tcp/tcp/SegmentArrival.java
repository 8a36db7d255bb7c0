package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.libos.tcp.congestion.AckSample;
import io.penstock.libos.tcp.stream.Sequence;
import io.penstock.libos.tcp.tcp.TcpConnection.Timers;

/** A segment for a connection: the steps of RFC 9293, section 3.10.7.4, in their order, with RFC 5961's precautions. */
final class SegmentArrival {
    private final TcpContext context;
    private final Handshake handshake;
    private final DataReceiver receiver;
    private final ConnectionEnd end;

    SegmentArrival(TcpContext context, Handshake handshake, DataReceiver receiver, ConnectionEnd end) {
        this.context = context;
        this.handshake = handshake;
        this.receiver = receiver;
        this.end = end;
    }

    void process(TcpConnection c, Segment s) {
        if (c.state == TcpState.SYN_SENT) {
            handshake.inSynSent(c, s);
            return;
        }
        if (c.state == TcpState.SYN_RECEIVED
                && s.has(TcpHeader.SYN)
                && s.sequence == c.receive.irs
                && !s.has(TcpHeader.RST)) {
            if (!s.has(TcpHeader.ACK)) {
                handshake.repeat(c);
                return;
            }
            if (s.acknowledgment != c.send.nxt) {
                handshake.reset(s); // fifth step
                return;
            }
            s.sequence++; // both sides opened at once; the SYN was counted when it came without ACK
            s.flags &= ~TcpHeader.SYN;
            s.window >>= c.send.wndShift; // this one is not scaled, and is treated below as if it were
        }
        // First: the sequence number.
        if (!isAcceptable(c, s)) {
            if (isBehindProbe(c, s)) {
                behindProbe(c, s);
            } else {
                refuse(c, s);
            }
            return;
        }
        // Second: RST.
        if (s.has(TcpHeader.RST)) {
            onReset(c, s);
            return;
        }
        // Fourth: SYN (the third, security, is no more).
        if (s.has(TcpHeader.SYN)) {
            context.challenge(c); // RFC 5961, section 4
            return;
        }
        // Fifth: ACK.
        if (!s.has(TcpHeader.ACK)) {
            return;
        }
        if (c.state == TcpState.SYN_RECEIVED) {
            if (Sequence.leq(s.acknowledgment, c.send.una) || Sequence.gt(s.acknowledgment, c.send.nxt)) {
                handshake.reset(s);
                return;
            }
            handshake.establish(c, s);
        } else if (!onAcknowledgment(c, s)) {
            return;
        }
        // Sixth: URG. Urgent data is read in line, as RFC 6093 recommends. Seventh and eighth: text and FIN.
        receiver.receive(c, s);
    }

    /**
     * Whether any part of the segment lies in the window. RFC 9293's table (section 3.4), with three allowances: the next
     * byte expected is always welcome, so that ACKs get through a zero window; an empty segment may stand at the right
     * edge, where a peer stands that has filled the window, but no reset (RFC 5961, section 3); and a FIN takes no room in
     * it.
     */
    private static boolean isAcceptable(TcpConnection c, Segment s) {
        int seq = s.sequence;
        if (seq == c.receive.nxt) {
            return true;
        }
        int length = s.payloadBytes + (s.has(TcpHeader.SYN) ? 1 : 0);
        if (length == 0) {
            int edge = s.has(TcpHeader.RST) ? c.receive.adv - 1 : c.receive.adv;
            return Sequence.gt(seq, c.receive.nxt) && Sequence.leq(seq, edge);
        }
        return Sequence.gt(seq + length, c.receive.nxt) && Sequence.lt(seq, c.receive.adv);
    }

    /**
     * Whether an empty segment stands one beyond a window that is shut: its sender counts the byte as sent with which it
     * probed, as lwIP does. RFC 9293 asks for a special allowance for ACKs, URGs and RSTs then (section 3.10.7.4, first).
     */
    private static boolean isBehindProbe(TcpConnection c, Segment s) {
        return c.receive.adv == c.receive.nxt
                && s.sequence == c.receive.nxt + 1
                && s.payloadBytes == 0
                && !s.has(TcpHeader.SYN)
                && c.state.isSynchronized();
    }

    /** Its ACK and window count; a FIN does not, as a byte is missing before it. */
    private void behindProbe(TcpConnection c, Segment s) {
        if (s.has(TcpHeader.RST)) {
            context.challenge(c); // who has given up answers with the exact number
        } else if (s.has(TcpHeader.ACK)) {
            s.sequence = c.receive.nxt; // so that the probe itself does not seem to be older (SND.WL1)
            onAcknowledgment(c, s);
        }
    }

    /** Out of the window: an old duplicate, a keep-alive, or somebody guessing. */
    private void refuse(TcpConnection c, Segment s) {
        boolean old = Sequence.lt(s.sequence, c.receive.nxt);
        (old ? context.counters.rxDuplicate : context.counters.rxOutOfWindow).increment();
        if (s.has(TcpHeader.RST)) {
            return; // in silence
        }
        if (s.payloadBytes > 0 || s.has(TcpHeader.FIN)) {
            context.oweAck(c); // the peer sends again because our ACK was lost
        } else if (s.sequence == c.receive.nxt - 1 && s.has(TcpHeader.ACK)) {
            keptAlive(c, s);
        } else {
            context.challenge(c); // empty ones are answered sparingly: two sides in disagreement would never stop
        }
    }

    /** The peer asks whether this side is still there, or whether its window is still shut (RFC 9293, MUST-25, MUST-37). */
    private void keptAlive(TcpConnection c, Segment s) {
        long now = context.clock.nanos();
        if (Sequence.geq(s.acknowledgment, c.send.una) && Sequence.leq(s.acknowledgment, c.send.nxt)) {
            c.receive.lastNanos = now;
        }
        if (c.supervision.keepAliveAnswers.take(now, context.config)) {
            context.counters.keepAlivesAnswered.increment();
            context.oweAck(c);
        }
    }

    /** RFC 5961, section 3: only the very next number resets; one in the window has to be confirmed. */
    private void onReset(TcpConnection c, Segment s) {
        if (s.sequence != c.receive.nxt) {
            context.challenge(c);
            return;
        }
        context.counters.resetsReceived.increment();
        end.fail(c, c.state == TcpState.SYN_RECEIVED ? Status.CONNECTION_REFUSED : Status.CONNECTION_RESET);
    }

    // ---- fifth step: what ACK and window tell the sender

    /**
     * Takes in what the segment acknowledges and what window it offers.
     *
     * @return false if the segment is to be dropped, or the connection is gone
     */
    private boolean onAcknowledgment(TcpConnection c, Segment s) {
        int ack = s.acknowledgment;
        // RFC 5961, section 5: an ACK of what was never sent, or older than any that can be under way.
        if ((Sequence.gt(ack, c.send.nxt) && !isOfProbe(c, ack)) || Sequence.lt(ack, c.send.una - c.send.maxWnd)) {
            context.challenge(c);
            return false;
        }
        c.timers.probes = 0;
        c.receive.lastNanos = context.clock.nanos();
        int window = s.window << c.send.wndShift;
        if (Sequence.gt(ack, c.send.una)) {
            acknowledge(c, ack);
            updateWindow(c, s, window);
            return !c.send.finAcknowledged() || onFinAcknowledged(c);
        }
        if (ack == c.send.una) {
            boolean duplicate = c.send.flight() > 0
                    && s.payloadBytes == 0
                    && !s.has(TcpHeader.FIN)
                    && window == c.send.wnd
                    && window > 0;
            if (duplicate) {
                context.sample.begin(context.clock.nanos(), c.send.flight());
                LossRecovery.onDuplicateAck(c.send, context.sample);
                context.markReady(c); // a retransmission, or new data by limited transmit or a window that grew
            } else {
                updateWindow(c, s, window);
            }
        }
        return true;
    }

    /** Whether the peer took the byte that probed its window: now it counts as sent. */
    private static boolean isOfProbe(TcpConnection c, int ack) {
        if (!c.send.probed || ack != c.send.nxt + 1) {
            return false;
        }
        c.send.probed = false;
        c.send.nxt++;
        return true;
    }

    private void acknowledge(TcpConnection c, int ack) {
        SendState send = c.send;
        AckSample sample = learn(send, ack);
        if (send.recovering) {
            LossRecovery.onNewAck(send, ack, sample);
        } else {
            send.congestion.onAck(sample);
        }
        int dataEnd = Sequence.min(ack, send.end);
        int dataBytes = dataEnd - send.una;
        send.una = ack;
        send.buffer.acknowledge(dataEnd);
        context.giveBackIdle(send);
        completePushes(c, dataBytes);
        if (send.awaitsRoom()) {
            context.room.check(c);
        }
        c.softError = null;
        send.waitedForDevice = false;
        c.timers.retries = 0;
        if (send.flight() > 0) {
            context.retransmitIn(c, send.rtt.rtoNanos()); // RFC 6298 (5.3)
        } else {
            c.timers.stopWatchingSending(); // (5.2)
        }
        if (send.hasUnsent() || send.map.hasLost()) {
            context.markReady(c);
        }
    }

    /** What the acknowledgement teaches: how much arrived, how long it took, and how much is under way now. */
    private AckSample learn(SendState send, int ack) {
        AckSample sample = context.sample;
        sample.begin(context.clock.nanos(), send.flight());
        sample.acked = ack - send.una;
        send.map.acknowledge(ack, sample);
        sample.inFlight = send.nxt - ack - send.map.lostBytes();
        sample.cwndLimited = sample.priorInFlight >= send.congestion.cwnd() >> 1;
        if (sample.rttNanos >= 0 && Sequence.gt(ack, send.rttNxt)) {
            send.rtt.sample(sample.rttNanos);
            send.rttNxt = send.nxt;
        }
        sample.minRttNanos = send.rtt.minRttNanos();
        return sample;
    }

    private void completePushes(TcpConnection c, int bytes) {
        OperationTable operations = context.operations;
        int left = bytes;
        while (c.send.firstPush != OperationTable.NONE && left >= c.send.firstPushLeft) {
            left -= c.send.firstPushLeft;
            int slot = c.send.firstPush;
            c.send.firstPush = operations.rest(slot);
            c.send.firstPushLeft =
                    c.send.firstPush == OperationTable.NONE ? 0 : operations.lengthBytes(c.send.firstPush);
            operations.complete(slot, Status.OK);
        }
        c.send.firstPushLeft -= c.send.firstPush == OperationTable.NONE ? 0 : left;
    }

    private void updateWindow(TcpConnection c, Segment s, int window) {
        // Only from segments newer than the one that told last (RFC 9293: SND.WL1, SND.WL2).
        boolean newer = Sequence.lt(c.send.wl1, s.sequence)
                || (c.send.wl1 == s.sequence && Sequence.leq(c.send.wl2, s.acknowledgment));
        if (!newer) {
            return;
        }
        int before = c.send.wnd;
        c.send.wnd = window;
        c.send.wl1 = s.sequence;
        c.send.wl2 = s.acknowledgment;
        c.send.maxWnd = Math.max(c.send.maxWnd, window);
        if (window == before) {
            return;
        }
        if (before == 0) {
            c.timers.retries = 0;
            c.supervision.stalledSinceNanos = Timers.NEVER; // what waited for the window has its whole time again
            if (c.send.flight() > 0) {
                // Whatever the peer dropped while its window was shut.
                LossRecovery.goBack(c.send);
                context.retransmitIn(c, c.send.rtt.rtoNanos());
            } else {
                c.timers.stopWatchingSending();
            }
        }
        if (c.send.flight() > 0 || c.send.hasUnsent()) {
            context.markReady(c);
        }
    }

    /** The peer has all that we will ever send. Returns false if the connection is gone. */
    private boolean onFinAcknowledged(TcpConnection c) {
        if (c.state == TcpState.FIN_WAIT_1) {
            c.state = TcpState.FIN_WAIT_2;
            if (c.orphan) {
                end.linger(c);
            }
        } else if (c.state == TcpState.CLOSING) {
            end.enterTimeWait(c);
        } else if (c.state == TcpState.LAST_ACK) {
            end.finish(c);
        }
        return c.state != TcpState.CLOSED;
    }
}
