package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.congestion.AckSample;
import io.penstock.libos.tcp.congestion.CongestionEvent;
import io.penstock.libos.tcp.stream.SendMap;
import io.penstock.libos.tcp.stream.Sequence;

/**
 * Decides what of a connection's data is taken for lost: by duplicate ACKs (fast retransmit and NewReno's fast recovery, RFC
 * 5681 and RFC 6582), and by the timer (everything not acknowledged is sent again in order). It marks the {@link SendMap};
 * output sends what is lost, and then what is new. Its state stands in {@link SendState}.
 */
final class LossRecovery {
    private static final int DUPLICATE_THRESHOLD = 3;

    private LossRecovery() {}

    /** How much may be under way now. */
    static int window(SendState s) {
        return s.congestion.cwnd() + (s.recovering ? s.windowCredit : 0);
    }

    /**
     * A duplicate ACK came.
     *
     * @param sample what was under way before
     */
    static void onDuplicateAck(SendState s, AckSample sample) {
        if (s.isGoingBack()) {
            return; // everything is being sent again already
        }
        s.recovering = true;
        if (s.duplicateAcks++ == 0) {
            s.flightAtFirstDuplicate = s.flight();
        }
        if (s.inFastRecovery) {
            // RFC 5681, section 3.2, step 4: a receiver that invents duplicate ACKs does not open the window as it
            // likes.
            s.windowCredit = Math.max(s.windowCredit, Math.min(s.windowCredit + s.smss, s.windowCreditLimit));
            return;
        }
        // RFC 6582, section 3.2, step 2: only if the ACK covers more than recover.
        boolean again = s.recoverValid && Sequence.lt(s.una, s.recover);
        if (s.duplicateAcks < DUPLICATE_THRESHOLD || again) {
            // Limited transmit (RFC 3042): each of the first two lets one more segment go.
            s.windowCredit = Math.min(s.duplicateAcks, DUPLICATE_THRESHOLD - 1) * s.smss;
            return;
        }
        s.inFastRecovery = true;
        s.recover = s.nxt;
        s.recoverValid = true;
        s.map.firstIsLost(s.smss);
        sample.lost = s.map.lostBytes();
        sample.priorInFlight = s.flightAtFirstDuplicate; // step 2: not what limited transmit sent
        s.congestion.onCongestionEvent(CongestionEvent.LOSS, sample);
        s.windowCredit = DUPLICATE_THRESHOLD * s.smss;
        limitCredit(s, s.flightAtFirstDuplicate);
    }

    /** There can be no more duplicate ACKs than what is under way can provoke. */
    private static void limitCredit(SendState s, int flight) {
        s.windowCreditLimit = s.windowCredit + flight;
    }

    /**
     * New data was acknowledged; SND.UNA is still as before, and the send map knows of it. Need not be told unless {@link
     * SendState#recovering}.
     *
     * @param ack the new SND.UNA
     * @param sample what was acknowledged, and what is under way now
     */
    static void onNewAck(SendState s, int ack, AckSample sample) {
        s.duplicateAcks = 0;
        if (!s.inFastRecovery) {
            s.windowCredit = 0;
            sample.cwndLimited |= s.map.hasLost();
            s.congestion.onAck(sample);
        } else if (Sequence.geq(ack, s.recover)) {
            s.inFastRecovery = false;
            s.windowCredit = 0;
            s.congestion.onCongestionEvent(CongestionEvent.RECOVERED, sample);
        } else {
            s.map.firstIsLost(s.smss);
            // RFC 6582, section 3.2, step 3: deflate by what was acknowledged, add back one segment.
            int cwnd = s.congestion.cwnd();
            int deflated = Math.max(cwnd + s.windowCredit - sample.acked, 0) + (sample.acked >= s.smss ? s.smss : 0);
            s.windowCredit = Math.max(deflated, s.smss) - cwnd;
            limitCredit(s, s.nxt - ack); // what was sent in recovery provokes duplicate ACKs, too
        }
        if (s.recoverValid && Sequence.geq(ack, s.recover)) {
            s.recoverValid = false;
        }
        s.recovering = s.inFastRecovery || s.recoverValid || s.map.hasLost();
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
        if (s.inFastRecovery) {
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
        s.inFastRecovery = false;
        s.duplicateAcks = 0;
        // One more than what was under way: segments sent twice bring duplicate ACKs of just that number.
        s.recover = s.nxt + 1;
        s.recoverValid = true;
        goBack(s);
    }

    /** Everything not acknowledged is to be sent again. */
    static void goBack(SendState s) {
        s.recovering = true;
        s.windowCredit = 0;
        s.map.allIsLost();
    }
}
