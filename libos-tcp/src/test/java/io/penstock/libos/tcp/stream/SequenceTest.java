package io.penstock.libos.tcp.stream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Sequence numbers go round. */
class SequenceTest {
    @Test
    void sequenceNumbersCompareAroundZero() { // RFC 9293 3.4
        assertThat(Sequence.lt(-1, 1)).isTrue();
        assertThat(Sequence.gt(1, -1)).isTrue();
        assertThat(Sequence.leq(5, 5)).isTrue();
        assertThat(Sequence.geq(Integer.MIN_VALUE, Integer.MAX_VALUE)).isTrue();
        assertThat(Sequence.max(-1, 1)).isEqualTo(1);
        assertThat(Sequence.min(-1, 1)).isEqualTo(-1);
    }
}
