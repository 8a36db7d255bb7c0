package io.penstock.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MedianTest {

    @Test
    void isTheMiddleOfAnOddNumber() {
        assertThat(Median.of(9, 1, 5)).isEqualTo(5);
    }

    @Test
    void isTheMeanOfTheTwoInTheMiddleOfAnEvenNumber() {
        assertThat(Median.of(1, 100, 3, 5)).isEqualTo(4);
    }

    @Test
    void ofNothingIsNoNumber() {
        assertThat(Median.of()).isNaN();
    }
}
