package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.Status;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.datapath.wire.TcpHeader;
import io.penstock.libos.tcp.congestion.AckSample;

/** What a segment's ACK and window tell the sender (RFC 9293, section 3.10.7.4, fifth step). */
final class Acknowledgments {
    private final TcpContext context;
    private final ConnectionEnd end;

    Acknowledgments(TcpContext context, ConnectionEnd end) {
        this.context = context;
        this.end = end;
    }

    /**
     * Takes in what the segment acknowledges and what window it offers.
     *
     * @return false if the segment is to be dropped, or the connection is gone
     */
    boolean process(TcpConnection c, Segment s) {
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
        context.room.check(c);
        c.softError = null;
        send.waitedForDevice = false;
        c.timers.retries = 0;
        if (send.flight() > 0) {
            context.retransmitIn(c, send.rtt.rtoNanos()); // RFC 6298 (5.3)
        } else {
            c.timers.retransmit = Timers.NEVER; // (5.2)
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
        send.delivery.arrived(sample);
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
            c.timers.stalledSinceNanos = Timers.NEVER; // what waited for the window has its whole time again
            if (c.send.flight() > 0) {
                // Whatever the peer dropped while its window was shut.
                LossRecovery.goBack(c.send);
                context.retransmitIn(c, c.send.rtt.rtoNanos());
            } else {
                c.timers.retransmit = Timers.NEVER; // the persist timer
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
