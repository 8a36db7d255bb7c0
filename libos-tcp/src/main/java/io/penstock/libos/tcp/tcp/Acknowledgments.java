package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.OperationTable;
import io.penstock.datapath.Status;
import io.penstock.datapath.wire.TcpHeader;

/** What a segment's ACK and window tell the sender (RFC 9293, section 3.10.7.4, fifth step). */
final class Acknowledgments {
    private final TcpCore core;

    Acknowledgments(TcpCore core) {
        this.core = core;
    }

    /**
     * Takes in what the segment acknowledges and what window it offers.
     *
     * @return false if the segment is to be dropped, or the connection is gone
     */
    boolean process(Tcb t, Segment s) {
        int ack = s.acknowledgment;
        // RFC 5961, section 5: an ACK of what was never sent, or older than any that can be under way.
        if ((Sequence.gt(ack, t.sndNxt) && !isOfProbe(t, ack)) || Sequence.lt(ack, t.sndUna - t.maxSndWnd)) {
            SegmentArrival.challenge(core, t);
            return false;
        }
        t.probes = 0;
        t.lastReceiveNanos = core.clock.nanos();
        int window = s.window << t.sndWndShift;
        if (Sequence.gt(ack, t.sndUna)) {
            acknowledge(t, ack);
            updateWindow(t, s, window);
            return !t.finAcknowledged() || onFinAcknowledged(t);
        }
        if (ack == t.sndUna) {
            boolean duplicate =
                    t.flight() > 0 && s.payloadBytes == 0 && !s.has(TcpHeader.FIN) && window == t.sndWnd && window > 0;
            if (duplicate) {
                t.recovery.onDuplicateAck(t, core.clock.nanos());
                core.markDirty(t); // a retransmission, or new data by limited transmit or a window that grew
            } else {
                updateWindow(t, s, window);
            }
        }
        return true;
    }

    /** Whether the peer took the byte that probed its window: now it counts as sent. */
    private static boolean isOfProbe(Tcb t, int ack) {
        if (!t.probed || ack != t.sndNxt + 1) {
            return false;
        }
        t.probed = false;
        t.sndNxt++;
        return true;
    }

    private void acknowledge(Tcb t, int ack) {
        long now = core.clock.nanos();
        if (t.recovering) {
            t.recovery.onNewAck(t, ack, now);
        } else {
            t.congestion.onAck(ack - t.sndUna, t.flight(), now);
        }
        if (t.timing && Sequence.geq(ack, t.timedSequence)) {
            t.rtt.sample(now - t.timedSinceNanos);
            t.timing = false;
        }
        int dataEnd = Sequence.min(ack, t.sndEnd);
        int dataBytes = dataEnd - t.sndUna;
        t.sndUna = ack;
        t.sendQueue.acknowledge(dataEnd);
        completePushes(t, dataBytes);
        t.retries = 0;
        t.softError = null;
        t.waitedForDevice = false;
        if (t.flight() > 0) {
            core.output.setRetransmitDeadline(t, t.rtt.rtoNanos()); // RFC 6298 (5.3)
        } else {
            t.retransmitDeadline = Tcb.NEVER; // (5.2)
        }
        boolean finWaits = t.finQueued && !t.finSent; // behind what was being sent again
        if (t.sndEnd != t.sndNxt || finWaits || (t.recovering && t.recovery.owesSegments())) {
            core.markDirty(t);
        }
    }

    private void completePushes(Tcb t, int bytes) {
        OperationTable operations = core.operations;
        int left = bytes;
        while (t.firstPush != OperationTable.NONE && left >= t.firstPushLeft) {
            left -= t.firstPushLeft;
            int slot = t.firstPush;
            t.firstPush = operations.rest(slot);
            t.firstPushLeft = t.firstPush == OperationTable.NONE ? 0 : operations.lengthBytes(t.firstPush);
            operations.complete(slot, Status.OK);
        }
        t.firstPushLeft -= t.firstPush == OperationTable.NONE ? 0 : left;
    }

    private void updateWindow(Tcb t, Segment s, int window) {
        // Only from segments newer than the one that told last (RFC 9293: SND.WL1, SND.WL2).
        boolean newer = Sequence.lt(t.sndWl1, s.sequence)
                || (t.sndWl1 == s.sequence && Sequence.leq(t.sndWl2, s.acknowledgment));
        if (!newer) {
            return;
        }
        int before = t.sndWnd;
        t.sndWnd = window;
        t.sndWl1 = s.sequence;
        t.sndWl2 = s.acknowledgment;
        t.maxSndWnd = Math.max(t.maxSndWnd, window);
        if (window == before) {
            return;
        }
        if (before == 0) {
            t.retries = 0;
            if (t.flight() > 0) {
                // Whatever the peer dropped while its window was shut.
                t.recovery.goBack(t);
                core.output.setRetransmitDeadline(t, t.rtt.rtoNanos());
            } else {
                t.retransmitDeadline = Tcb.NEVER; // the persist timer
            }
        }
        if (t.flight() > 0 || t.hasUnsent()) {
            core.markDirty(t);
        }
    }

    /** The peer has all that we will ever send. Returns false if the connection is gone. */
    private boolean onFinAcknowledged(Tcb t) {
        if (t.state == TcpState.FIN_WAIT_1) {
            t.state = TcpState.FIN_WAIT_2;
            if (t.orphan) {
                linger(core, t);
            }
        } else if (t.state == TcpState.CLOSING) {
            core.end.enterTimeWait(t);
        } else if (t.state == TcpState.LAST_ACK) {
            core.end.finish(t);
        }
        return t.state != TcpState.CLOSED;
    }

    /** FIN-WAIT-2 of a closed socket: the application is done, and the peer gets a limited time for its FIN. */
    static void linger(TcpCore core, Tcb t) {
        core.end.completeClose(t, Status.OK);
        t.lingerDeadline = core.clock.nanos() + core.config.finWait2Nanos();
        core.timers.arm(t, t.lingerDeadline);
    }
}
