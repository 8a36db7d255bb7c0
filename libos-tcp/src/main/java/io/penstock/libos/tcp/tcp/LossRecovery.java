package io.penstock.libos.tcp.tcp;

/**
 * What of a connection's data is taken for lost: by duplicate ACKs (fast retransmit and NewReno's fast recovery, RFC 5681
 * and RFC 6582), and by the timer (everything not acknowledged is sent again in order). Its state stands in {@link
 * SendState}.
 */
final class LossRecovery {
    private static final int DUPLICATE_THRESHOLD = 3;

    private LossRecovery() {}

    /** Whether something is to be sent again now. */
    static boolean owesSegments(SendState s) {
        return s.retransmitFirst || s.goingBack;
    }

    /** Bytes beyond the congestion window for the first two duplicate ACKs: each says that a segment has left (RFC 3042). */
    static int limitedTransmit(SendState s, int smss) {
        return s.inFastRecovery || s.goingBack ? 0 : Math.min(s.duplicateAcks, DUPLICATE_THRESHOLD - 1) * smss;
    }

    /** A duplicate ACK came. */
    static void onDuplicateAck(SendState s, long nowNanos) {
        if (s.goingBack) {
            return; // everything is being sent again already
        }
        s.recovering = true;
        if (s.duplicateAcks++ == 0) {
            s.flightAtFirstDuplicate = s.flight();
        }
        if (s.inFastRecovery) {
            s.congestion.onDuplicateAck();
            return;
        }
        // RFC 6582, section 3.2, step 2: only if the ACK covers more than recover.
        if (s.duplicateAcks < DUPLICATE_THRESHOLD || (s.recoverValid && Sequence.lt(s.una, s.recover))) {
            return;
        }
        s.inFastRecovery = true;
        s.recover = s.nxt;
        s.recoverValid = true;
        s.retransmitFirst = true;
        s.congestion.onLoss(s.flightAtFirstDuplicate, nowNanos);
    }

    /**
     * New data was acknowledged; SND.UNA is still as before. Need not be told unless {@link SendState#recovering}.
     *
     * @param ack the new SND.UNA
     */
    static void onNewAck(SendState s, int ack, long nowNanos) {
        int acked = ack - s.una;
        int flight = s.flight();
        s.duplicateAcks = 0;
        if (s.goingBack) {
            if (Sequence.gt(ack, s.backNext)) {
                s.backNext = ack;
            }
            if (Sequence.geq(s.backNext, s.backEnd)) {
                s.goingBack = false;
            }
        }
        if (!s.inFastRecovery) {
            s.congestion.onAck(acked, s.goingBack ? Integer.MAX_VALUE : flight, nowNanos);
        } else if (Sequence.geq(ack, s.recover)) {
            s.inFastRecovery = false;
            s.retransmitFirst = false;
            s.congestion.onRecovered(s.nxt - ack);
        } else {
            s.retransmitFirst = true;
            s.congestion.onPartialAck(acked, s.nxt - ack);
        }
        if (s.recoverValid && Sequence.geq(ack, s.recover)) {
            s.recoverValid = false;
        }
        s.recovering = s.inFastRecovery || s.goingBack || s.retransmitFirst || s.recoverValid;
    }

    /**
     * The retransmission timer ran out.
     *
     * @param first false if it did so before without any progress since
     */
    static void onTimeout(SendState s, boolean first) {
        s.congestion.onTimeout(s.flight(), first);
        s.inFastRecovery = false;
        s.duplicateAcks = 0;
        s.retransmitFirst = false;
        // One more than what was under way: segments sent twice bring duplicate ACKs of just that number.
        s.recover = s.nxt + 1;
        s.recoverValid = true;
        goBack(s);
    }

    /** What was under way was too large for the path: no sign of congestion, and the timer need not run out. */
    static void onTooLarge(SendState s) {
        if (s.inFastRecovery) {
            s.congestion.onRecovered(s.flight());
        }
        s.inFastRecovery = false;
        s.duplicateAcks = 0;
        s.retransmitFirst = false;
        s.recover = s.nxt + 1; // as after a timeout: what was small enough arrives twice
        s.recoverValid = true;
        goBack(s);
    }

    /** The link has come back; what was under way went into it while it was dead, which says nothing of the network. */
    static void onLinkBack(SendState s) {
        s.inFastRecovery = false;
        s.duplicateAcks = 0;
        s.retransmitFirst = false;
        s.recover = s.nxt + 1;
        s.recoverValid = true;
        goBack(s);
        s.congestion.onIdle(); // RFC 5681, section 4.1: what was known of the network is old
    }

    /** Everything not acknowledged is to be sent again. */
    static void goBack(SendState s) {
        s.recovering = true;
        s.goingBack = true;
        s.backNext = s.una;
        s.backEnd = s.nxt;
    }
}
