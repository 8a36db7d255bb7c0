package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.congestion.AckSample;
import io.penstock.libos.tcp.congestion.NewReno;
import io.penstock.libos.tcp.stream.SendMap;
import org.junit.jupiter.api.Test;

/** Loss recovery over more of the sequence space than a test could send. */
class LossRecoveryTest {
    private static final int MSS = 1_460;
    /** Half a gibibyte: far below what comparisons can tell, and so often that they would go wrong. */
    private static final int STEP = 1 << 29;

    private final TcpConnection c = new TcpConnection(new NewReno());
    private final AckSample sample = new AckSample();

    LossRecoveryTest() {
        c.send.start(0x7000_0000);
        c.send.una = c.send.nxt = c.send.end;
        c.send.smss = MSS;
        c.send.map = new SendMap();
        c.send.congestion.start(MSS, 10 * MSS);
    }

    private void send(int bytes) {
        c.send.map.sent(c.send.nxt, c.send.nxt + bytes, 0);
        c.send.end += bytes;
        c.send.nxt += bytes;
    }

    private void acknowledge(int bytes) {
        int ack = c.send.una + bytes;
        sample.begin(0, c.send.flight());
        sample.acked = bytes;
        c.send.map.acknowledge(ack, sample);
        sample.inFlight = c.send.nxt - ack - c.send.map.lostBytes();
        LossRecovery.onNewAck(c.send, ack, sample);
        c.send.una = ack;
    }

    private void duplicate() {
        sample.begin(0, c.send.flight());
        LossRecovery.onDuplicateAck(c.send, sample);
    }

    /** Whether so many duplicate ACKs have something sent again. */
    private boolean findsALoss(int duplicates) {
        for (int i = 0; i < duplicates; i++) {
            duplicate();
        }
        return c.send.map.hasLost();
    }

    private void assertFindsLossesEverywhere() {
        for (int i = 0; i < 16; i++) { // twice round
            send(STEP);
            acknowledge(STEP);
            send(10 * MSS);
            assertThat(findsALoss(2)).as("step %d", i).isFalse();
            assertThat(findsALoss(1)).as("step %d", i).isTrue();
            acknowledge(10 * MSS);
            assertThat(c.send.recovery.inFastRecovery).isFalse();
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
        sample.begin(0, c.send.flight());
        LossRecovery.onTimeout(c.send, true, sample);
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
        duplicate();
        send(MSS);
        duplicate();
        send(MSS);
        duplicate();
        assertThat(c.send.congestion.ssthresh()).isEqualTo(5 * MSS);
    }

    @Test
    void duplicateAcksInflateByNoMoreThanWasUnderWay() { // RFC 5681 3.2, step 4: MAY limit
        send(10 * MSS);
        findsALoss(3);
        for (int i = 0; i < 7; i++) {
            duplicate(); // as many as there can be
        }
        assertThat(c.send.congestionWindow()).isEqualTo((5 + 3 + 7) * MSS);
        for (int i = 0; i < 10_000; i++) {
            duplicate();
        }
        assertThat(c.send.congestionWindow()).isLessThanOrEqualTo((5 + 3 + 10) * MSS);
        acknowledge(10 * MSS);
        assertThat(c.send.congestionWindow()).isLessThanOrEqualTo(5 * MSS);
    }

    @Test
    void aPartialAckLetsDuplicateAcksCountAnew() { // an honest receiver answers what was sent in recovery, too
        send(10 * MSS);
        findsALoss(3);
        for (int i = 0; i < 7; i++) {
            duplicate();
        }
        send(5 * MSS);
        acknowledge(MSS);
        int before = c.send.congestionWindow();
        for (int i = 0; i < 5; i++) {
            duplicate();
        }
        assertThat(c.send.congestionWindow()).isEqualTo(before + 5 * MSS);
    }
}
