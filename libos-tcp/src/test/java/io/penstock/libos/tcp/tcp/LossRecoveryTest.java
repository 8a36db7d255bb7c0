package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Loss recovery over more of the sequence space than a test could send. */
class LossRecoveryTest {
    private static final int MSS = 1_460;
    /** Half a gibibyte: far below what comparisons can tell, and so often that they would go wrong. */
    private static final int STEP = 1 << 29;

    private final Tcb t = new Tcb(new NewReno());

    LossRecoveryTest() {
        t.startSending(0x7000_0000);
        t.sndUna = t.sndNxt = t.sndEnd;
        t.congestion.start(MSS, 10 * MSS);
    }

    private void send(int bytes) {
        t.sndEnd += bytes;
        t.sndNxt += bytes;
    }

    private void acknowledge(int bytes) {
        t.recovery.onNewAck(t, t.sndUna + bytes, 0);
        t.sndUna += bytes;
    }

    /** Whether so many duplicate ACKs have something sent again. */
    private boolean findsALoss(int duplicates) {
        t.recovery.retransmitFirst = false;
        for (int i = 0; i < duplicates; i++) {
            t.recovery.onDuplicateAck(t, 0);
        }
        return t.recovery.retransmitFirst;
    }

    private void assertFindsLossesEverywhere() {
        for (int i = 0; i < 16; i++) { // twice round
            send(STEP);
            acknowledge(STEP);
            send(10 * MSS);
            assertThat(findsALoss(2)).as("step %d", i).isFalse();
            assertThat(findsALoss(1)).as("step %d", i).isTrue();
            acknowledge(10 * MSS);
            assertThat(t.recovery.inFastRecovery()).isFalse();
            t.recovery.retransmitFirst = false;
            if (i % 4 == 0) {
                for (int j = 0; j < 5; j++) { // no loss for more than half of the sequence space
                    send(STEP);
                    acknowledge(STEP);
                }
            }
        }
    }

    @Test
    void findsALossHoweverFarTheLastOneIsBehind() { // RFC 6582 3.2, step 2; RFC 9293 3.4
        assertFindsLossesEverywhere();
    }

    @Test
    void findsALossHoweverFarTheLastTimeoutIsBehind() {
        send(10 * MSS);
        t.retries = 1;
        t.recovery.onTimeout(t);
        acknowledge(10 * MSS);
        assertThat(findsALoss(5)).as("of what was sent twice").isFalse();
        for (int j = 0; j < 5; j++) {
            send(STEP);
            acknowledge(STEP);
        }
        assertFindsLossesEverywhere();
    }

    @Test
    void whatLimitedTransmitSentIsNotCounted() { // RFC 5681 3.2, step 2: MUST NOT
        send(10 * MSS);
        t.recovery.onDuplicateAck(t, 0);
        send(MSS);
        t.recovery.onDuplicateAck(t, 0);
        send(MSS);
        t.recovery.onDuplicateAck(t, 0);
        assertThat(t.congestion.ssthresh()).isEqualTo(5 * MSS);
    }

    @Test
    void duplicateAcksInflateByNoMoreThanWasUnderWay() { // RFC 5681 3.2, step 4: MAY limit
        send(10 * MSS);
        findsALoss(3);
        for (int i = 0; i < 7; i++) {
            t.recovery.onDuplicateAck(t, 0); // as many as there can be
        }
        assertThat(t.congestion.cwnd()).isEqualTo((5 + 3 + 7) * MSS);
        for (int i = 0; i < 10_000; i++) {
            t.recovery.onDuplicateAck(t, 0);
        }
        assertThat(t.congestion.cwnd()).isLessThanOrEqualTo((5 + 3 + 10) * MSS);
        acknowledge(10 * MSS);
        assertThat(t.congestion.cwnd()).isLessThanOrEqualTo(5 * MSS);
    }

    @Test
    void aPartialAckLetsDuplicateAcksCountAnew() { // an honest receiver answers what was sent in recovery, too
        send(10 * MSS);
        findsALoss(3);
        for (int i = 0; i < 7; i++) {
            t.recovery.onDuplicateAck(t, 0);
        }
        send(5 * MSS);
        acknowledge(MSS);
        int before = t.congestion.cwnd();
        for (int i = 0; i < 5; i++) {
            t.recovery.onDuplicateAck(t, 0);
        }
        assertThat(t.congestion.cwnd()).isEqualTo(before + 5 * MSS);
    }
}
