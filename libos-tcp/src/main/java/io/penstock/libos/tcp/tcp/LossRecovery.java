package io.penstock.libos.tcp.tcp;

/**
 * What of a connection's data is taken for lost: by duplicate ACKs (fast retransmit and NewReno's fast recovery, RFC 5681
 * and RFC 6582), and by the timer (everything not acknowledged is sent again in order).
 */
final class LossRecovery {
    private static final int DUPLICATE_THRESHOLD = 3;

    /** How many duplicate ACKs came in a row. */
    private int duplicates;
    /** Between the third duplicate ACK and the acknowledgement of all that was under way then. */
    private boolean fast;
    /** RFC 6582's recover: SND.NXT at the last loss. Until it is acknowledged, duplicate ACKs mean nothing new. */
    private int recover;

    /** Not once it is acknowledged: numbers compare only within half of their space, and so it would be ahead again. */
    private boolean recoverValid;
    /** What was under way at the first duplicate ACK of a row: limited transmit adds to it, and must not count. */
    private int flightAtFirstDuplicate;
    /** One segment from SND.UNA on is to be sent again now. */
    boolean retransmitFirst;
    /** After a timeout: what lies between these two is to be sent again, as the window allows. */
    boolean goingBack;

    int backNext;
    int backEnd;

    void reset() {
        duplicates = 0;
        fast = false;
        recoverValid = false;
        retransmitFirst = false;
        goingBack = false;
    }

    /** Whether something is to be sent again now. */
    boolean owesSegments() {
        return retransmitFirst || goingBack;
    }

    boolean inFastRecovery() {
        return fast;
    }

    /** Bytes beyond the congestion window for the first two duplicate ACKs: each says that a segment has left (RFC 3042). */
    int limitedTransmit(int smss) {
        return fast || goingBack ? 0 : Math.min(duplicates, DUPLICATE_THRESHOLD - 1) * smss;
    }

    /** A duplicate ACK came. */
    void onDuplicateAck(Tcb t, long nowNanos) {
        if (goingBack) {
            return; // everything is being sent again already
        }
        t.recovering = true;
        if (duplicates++ == 0) {
            flightAtFirstDuplicate = t.flight();
        }
        if (fast) {
            t.congestion.onDuplicateAck();
            return;
        }
        // RFC 6582, section 3.2, step 2: only if the ACK covers more than recover.
        if (duplicates < DUPLICATE_THRESHOLD || (recoverValid && Sequence.lt(t.sndUna, recover))) {
            return;
        }
        fast = true;
        recover = t.sndNxt;
        recoverValid = true;
        retransmitFirst = true;
        t.congestion.onLoss(flightAtFirstDuplicate, nowNanos);
    }

    /**
     * New data was acknowledged; SND.UNA is still as before. Need not be told unless {@link Tcb#recovering}.
     *
     * @param ack the new SND.UNA
     */
    void onNewAck(Tcb t, int ack, long nowNanos) {
        int acked = ack - t.sndUna;
        int flight = t.flight();
        duplicates = 0;
        if (goingBack) {
            if (Sequence.gt(ack, backNext)) {
                backNext = ack;
            }
            if (Sequence.geq(backNext, backEnd)) {
                goingBack = false;
            }
        }
        if (!fast) {
            t.congestion.onAck(acked, goingBack ? Integer.MAX_VALUE : flight, nowNanos);
        } else if (Sequence.geq(ack, recover)) {
            fast = false;
            retransmitFirst = false;
            t.congestion.onRecovered(t.sndNxt - ack);
        } else {
            retransmitFirst = true;
            t.congestion.onPartialAck(acked, t.sndNxt - ack);
        }
        if (recoverValid && Sequence.geq(ack, recover)) {
            recoverValid = false;
        }
        t.recovering = fast || goingBack || retransmitFirst || recoverValid;
    }

    /** The retransmission timer ran out. */
    void onTimeout(Tcb t) {
        t.congestion.onTimeout(t.flight(), t.retries == 1);
        fast = false;
        duplicates = 0;
        retransmitFirst = false;
        // One more than what was under way: segments sent twice bring duplicate ACKs of just that number.
        recover = t.sndNxt + 1;
        recoverValid = true;
        goBack(t);
    }

    /** What was under way was too large for the path: no sign of congestion, and the timer need not run out. */
    void onTooLarge(Tcb t) {
        if (fast) {
            t.congestion.onRecovered(t.flight());
        }
        fast = false;
        duplicates = 0;
        retransmitFirst = false;
        recover = t.sndNxt + 1; // as after a timeout: what was small enough arrives twice
        recoverValid = true;
        goBack(t);
    }

    /** The link has come back; what was under way went into it while it was dead, which says nothing of the network. */
    void onLinkBack(Tcb t) {
        fast = false;
        duplicates = 0;
        retransmitFirst = false;
        recover = t.sndNxt + 1;
        recoverValid = true;
        goBack(t);
        t.congestion.onIdle(); // RFC 5681, section 4.1: what was known of the network is old
    }

    /** Everything not acknowledged is to be sent again. */
    void goBack(Tcb t) {
        t.recovering = true;
        goingBack = true;
        backNext = t.sndUna;
        backEnd = t.sndNxt;
    }
}
