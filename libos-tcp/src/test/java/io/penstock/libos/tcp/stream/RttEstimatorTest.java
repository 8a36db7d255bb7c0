package io.penstock.libos.tcp.stream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The arithmetic of RFC 6298. */
class RttEstimatorTest {
    private static final long MILLI = 1_000_000;
    private static final RttEstimator.Limits LIMITS =
            new RttEstimator.Limits(1_000 * MILLI, 200 * MILLI, 60_000 * MILLI);

    private static RttEstimator estimator() {
        RttEstimator rtt = new RttEstimator();
        rtt.start(LIMITS);
        return rtt;
    }

    @Test
    void timeoutBeginsWithOneSecond() { // RFC 6298 2.1
        assertThat(estimator().rtoNanos()).isEqualTo(1_000 * MILLI);
    }

    @Test
    void firstMeasurementGivesThreeTimesItself() { // RFC 6298 2.2
        RttEstimator rtt = estimator();
        rtt.sample(400 * MILLI);
        assertThat(rtt.srttNanos()).isEqualTo(400 * MILLI);
        assertThat(rtt.rtoNanos()).isEqualTo(1_200 * MILLI);
    }

    @Test
    void laterMeasurementsAreSmoothed() { // RFC 6298 2.3
        RttEstimator rtt = estimator();
        rtt.sample(400 * MILLI);
        rtt.sample(800 * MILLI);
        // rttvar = 3/4 * 200 + 1/4 * 400 = 250; srtt = 7/8 * 400 + 1/8 * 800 = 450
        assertThat(rtt.srttNanos()).isEqualTo(450 * MILLI);
        assertThat(rtt.rtoNanos()).isEqualTo(1_450 * MILLI);
    }

    @Test
    void timeoutIsNeverBelowTheLeastNorAboveTheMost() { // RFC 6298 2.4, 2.5
        RttEstimator rtt = estimator();
        rtt.sample(1_000);
        assertThat(rtt.rtoNanos()).isEqualTo(200 * MILLI);
        for (int i = 0; i < 100; i++) {
            rtt.backOff();
        }
        assertThat(rtt.rtoNanos()).isEqualTo(60_000 * MILLI);
        rtt.sample(1_000);
        assertThat(rtt.rtoNanos()).isEqualTo(200 * MILLI);
    }
}
