package io.penstock.benchmarks.memory;

import static io.penstock.benchmarks.memory.SampleFixture.sample;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MicroSamplesTest {

    @Test
    void aSampleIsTheMeanOfItsIterations() {
        assertThat(new MicroSample(1, MicroCase.RETAIN, List.of(1.0, 2.0, 6.0), 0).nanos())
                .isEqualTo(3);
    }

    @Test
    void oneDisturbedRoundDoesNotMoveTheMedian() {
        MicroSamples samples = new MicroSamples();
        samples.add(sample(1, MicroCase.RETAIN, 2));
        samples.add(sample(2, MicroCase.RETAIN, 50));
        samples.add(sample(3, MicroCase.RETAIN, 2.5));
        assertThat(samples.medianNanos(MicroCase.RETAIN)).isEqualTo(2.5);
    }

    @Test
    void aRatioComparesWithinEachRound() {
        MicroSamples samples = new MicroSamples();
        // The machine was ten times slower in the second round, for both.
        samples.add(sample(1, MicroCase.POOLED_PAIR, 40));
        samples.add(sample(1, MicroCase.FRAME_PAIR, 4));
        samples.add(sample(2, MicroCase.FRAME_PAIR, 40));
        samples.add(sample(2, MicroCase.POOLED_PAIR, 400));
        assertThat(samples.ratio(MicroCase.POOLED_PAIR, MicroCase.FRAME_PAIR)).isEqualTo(10);
    }

    @Test
    void whatWasNotMeasuredIsNoNumber() {
        assertThat(new MicroSamples().medianNanos(MicroCase.RETAIN)).isNaN();
        assertThat(new MicroSamples().ratio(MicroCase.RETAIN, MicroCase.NETTY_RETAIN))
                .isNaN();
    }
}
