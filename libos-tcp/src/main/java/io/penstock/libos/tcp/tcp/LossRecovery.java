package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.congestion.AckSample;
import io.penstock.libos.tcp.congestion.CongestionEvent;
import io.penstock.libos.tcp.stream.SendMap;
import io.penstock.libos.tcp.stream.Sequence;

/**
 * Decides what of a connection's data is taken for lost: by duplicate ACKs (fast retransmit and NewReno's fast recovery, RFC
 * 5681 and RFC 6582), and by the timer (everything not acknowledged is sent again in order). It marks the {@link SendMap};
 * output sends what is lost, and then what is new. Its state stands in {@link SendState.Recovery}.
 */
final class LossRecovery {
    private static final int DUPLICATE_THRESHOLD = 3;

    private LossRecovery() {}

    /**
     * A duplicate ACK came.
     *
     * @param sample what was under way before
     */
    static void onDuplicateAck(SendState s, AckSample sample) {
        SendState.Recovery r = s.recovery;
        if (s.isGoingBack()) {
            return; // everything is being sent again already
        }
        s.recovering = true;
        if (r.duplicateAcks++ == 0) {
            r.flightAtFirstDuplicate = s.flight();
        }
        if (r.inFastRecovery) {
            // RFC 5681, section 3.2, step 4: a receiver that invents duplicate ACKs does not open the window as it
            // likes.
            r.windowCredit = Math.max(r.windowCredit, Math.min(r.windowCredit + s.smss, r.windowCreditLimit));
            return;
        }
        // RFC 6582, section 3.2, step 2: only if the ACK covers more than recover.
        boolean again = r.recoverValid && Sequence.lt(s.una, r.recover);
        if (r.duplicateAcks < DUPLICATE_THRESHOLD || again) {
            // Limited transmit (RFC 3042): each of the first two lets one more segment go.
            r.windowCredit = Math.min(r.duplicateAcks, DUPLICATE_THRESHOLD - 1) * s.smss;
            return;
        }
        r.inFastRecovery = true;
        r.recover = s.nxt;
        r.recoverValid = true;
        s.map.firstIsLost(s.smss);
        sample.lost = s.map.lostBytes();
        sample.priorInFlight = r.flightAtFirstDuplicate; // step 2: not what limited transmit sent
        s.congestion.onCongestionEvent(CongestionEvent.LOSS, sample);
        r.windowCredit = DUPLICATE_THRESHOLD * s.smss;
        limitCredit(r, r.flightAtFirstDuplicate);
    }

    /** There can be no more duplicate ACKs than what is under way can provoke. */
    private static void limitCredit(SendState.Recovery r, int flight) {
        r.windowCreditLimit = r.windowCredit + flight;
    }

    /**
     * New data was acknowledged; SND.UNA is still as before, and the send map knows of it. Need not be told unless {@link
     * SendState#recovering}.
     *
     * @param ack the new SND.UNA
     * @param sample what was acknowledged, and what is under way now
     */
    static void onNewAck(SendState s, int ack, AckSample sample) {
        SendState.Recovery r = s.recovery;
        r.duplicateAcks = 0;
        if (!r.inFastRecovery) {
            r.windowCredit = 0;
            sample.cwndLimited |= s.map.hasLost();
            s.congestion.onAck(sample);
        } else if (Sequence.geq(ack, r.recover)) {
            r.inFastRecovery = false;
            r.windowCredit = 0;
            s.congestion.onCongestionEvent(CongestionEvent.RECOVERED, sample);
        } else {
            s.map.firstIsLost(s.smss);
            // RFC 6582, section 3.2, step 3: deflate by what was acknowledged, add back one segment.
            int cwnd = s.congestion.cwnd();
            int deflated = Math.max(cwnd + r.windowCredit - sample.acked, 0) + (sample.acked >= s.smss ? s.smss : 0);
            r.windowCredit = Math.max(deflated, s.smss) - cwnd;
            limitCredit(r, s.nxt - ack); // what was sent in recovery provokes duplicate ACKs, too
        }
        if (r.recoverValid && Sequence.geq(ack, r.recover)) {
            r.recoverValid = false;
        }
        s.recovering = r.inFastRecovery || r.recoverValid || s.map.hasLost();
    }

    /**
     * The retransmission timer ran out.
     *
     * @param first false if it did so before without any progress since
     * @param sample what is under way
     */
    static void onTimeout(SendState s, boolean first, AckSample sample) {
        s.congestion.onCongestionEvent(first ? CongestionEvent.TIMEOUT : CongestionEvent.REPEATED_TIMEOUT, sample);
        sendAllAgain(s);
    }

    /**
     * What was under way was too large for the path: no sign of congestion, and the timer need not run out.
     *
     * @param sample what is under way
     */
    static void onTooLarge(SendState s, AckSample sample) {
        if (s.recovery.inFastRecovery) {
            s.congestion.onCongestionEvent(CongestionEvent.RECOVERED, sample);
        }
        sendAllAgain(s);
    }

    /**
     * The link has come back; what was under way went into it while it was dead, which says nothing of the network.
     *
     * @param sample what is under way
     */
    static void onLinkBack(SendState s, AckSample sample) {
        sendAllAgain(s);
        s.congestion.onCongestionEvent(CongestionEvent.IDLE, sample); // RFC 5681, section 4.1
    }

    private static void sendAllAgain(SendState s) {
        SendState.Recovery r = s.recovery;
        r.inFastRecovery = false;
        r.duplicateAcks = 0;
        // One more than what was under way: segments sent twice bring duplicate ACKs of just that number.
        r.recover = s.nxt + 1;
        r.recoverValid = true;
        goBack(s);
    }

    /** Everything not acknowledged is to be sent again. */
    static void goBack(SendState s) {
        s.recovering = true;
        s.recovery.windowCredit = 0;
        s.map.allIsLost();
    }
}
