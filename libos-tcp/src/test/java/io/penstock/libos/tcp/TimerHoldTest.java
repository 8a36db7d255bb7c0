package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TimerHoldTest {
    private static final long MILLISECOND = 1_000_000;
    private static final int BURST = 64;

    private final TimerHold hold = new TimerHold(0);
    private long nowNanos;

    private void turn(long lastedNanos, int packets) {
        nowNanos += lastedNanos;
        hold.received(packets, nowNanos);
    }

    @Test
    void holdsAfterAPauseUntilTheRingIsEmpty() {
        turn(600 * MILLISECOND, BURST);
        assertThat(hold.isHolding()).isTrue();
        turn(MILLISECOND / 10, BURST);
        assertThat(hold.isHolding()).isTrue();
        turn(MILLISECOND / 10, 0);
        assertThat(hold.isHolding()).isFalse();
    }

    @Test
    void doesNotHoldWhenNothingLiesInTheRing() {
        turn(600 * MILLISECOND, 0);
        assertThat(hold.isHolding()).isFalse();
    }

    @Test
    void holdsAfterALaterPauseThoughTheRingWasNeverEmptySinceTheFirst() {
        turn(600 * MILLISECOND, BURST);
        for (int i = 0; i < 1_000; i++) {
            turn(MILLISECOND / 10, 1);
        }
        assertThat(hold.isHolding()).isFalse();
        turn(600 * MILLISECOND, BURST);
        assertThat(hold.isHolding()).isTrue();
    }

    @Test
    void holdsAfterAPauseInTheMiddleOfReadingWhatCameInAnother() {
        turn(600 * MILLISECOND, BURST);
        turn(MILLISECOND / 10, BURST);
        turn(600 * MILLISECOND, BURST);
        assertThat(hold.isHolding()).isTrue();
        turn(MILLISECOND / 10, BURST);
        assertThat(hold.isHolding()).isTrue();
    }

    @Test
    void timersComeThroughUnderAFloodHoweverSlowTheTurnsAre() {
        for (long lasts : new long[] {MILLISECOND / 10, 3 * MILLISECOND, 40 * MILLISECOND, 400 * MILLISECOND}) {
            turn(600 * MILLISECOND, BURST);
            int held = 0;
            while (hold.isHolding() && held < 1_000) {
                turn(lasts, BURST);
                held++;
            }
            assertThat(held).as("turns of %d ns", lasts).isLessThanOrEqualTo(64);
            turn(0, 0);
        }
    }
}
