package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.congestion.AckSample;
import io.penstock.libos.tcp.congestion.CongestionEvent;
import io.penstock.libos.tcp.congestion.NewReno;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.libos.tcp.ip.SipHash;
import org.junit.jupiter.api.Test;

/** The arithmetic of RFC 6298, RFC 5681, RFC 6528 and of sequence numbers. */
class EstimatorTest {
    private static final long MILLI = 1_000_000;

    private static RttEstimator estimator() {
        RttEstimator rtt = new RttEstimator();
        rtt.start(TcpConfig.defaults());
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

    private static void acknowledged(NewReno reno, int bytes, int flight) {
        AckSample sample = new AckSample();
        sample.begin(0, flight);
        sample.acked = bytes;
        sample.cwndLimited = flight >= reno.cwnd() / 2;
        reno.onAck(sample);
    }

    private static void happened(NewReno reno, CongestionEvent event, int flight) {
        AckSample sample = new AckSample();
        sample.begin(0, flight);
        reno.onCongestionEvent(event, sample);
    }

    @Test
    void slowStartDoublesAndCongestionAvoidanceAddsOneSegment() { // RFC 5681 3.1
        NewReno reno = new NewReno();
        reno.start(1000, 10_000);
        for (int i = 0; i < 10; i++) {
            acknowledged(reno, 1000, 10_000);
        }
        assertThat(reno.cwnd()).isEqualTo(20_000);
        happened(reno, CongestionEvent.LOSS, 20_000);
        assertThat(reno.ssthresh()).isEqualTo(10_000);
        assertThat(reno.cwnd()).isEqualTo(10_000);
        happened(reno, CongestionEvent.RECOVERED, 20_000);
        assertThat(reno.cwnd()).isEqualTo(10_000);
        for (int i = 0; i < 10; i++) {
            acknowledged(reno, 1000, 10_000);
        }
        assertThat(reno.cwnd()).isEqualTo(11_000);
    }

    @Test
    void timeoutLeavesOneSegmentAndHalvesTheThresholdOnce() { // RFC 5681 3.1, equation 4
        NewReno reno = new NewReno();
        reno.start(1000, 10_000);
        happened(reno, CongestionEvent.TIMEOUT, 10_000);
        assertThat(reno.cwnd()).isEqualTo(1000);
        assertThat(reno.ssthresh()).isEqualTo(5_000);
        happened(reno, CongestionEvent.REPEATED_TIMEOUT, 1_000);
        assertThat(reno.ssthresh()).isEqualTo(5_000);
    }

    @Test
    void windowDoesNotGrowWhenItIsNotUsed() { // RFC 7661
        NewReno reno = new NewReno();
        reno.start(1000, 10_000);
        for (int i = 0; i < 1000; i++) {
            acknowledged(reno, 100, 100);
        }
        assertThat(reno.cwnd()).isEqualTo(10_000);
    }

    @Test
    void sipHashIsThatOfItsAuthors() {
        // Key 00..0f; the reference implementation's vector for the message 00 01 .. 27 (40 bytes).
        long hash = SipHash.hash(
                0x0706050403020100L,
                0x0f0e0d0c0b0a0908L,
                0x0706050403020100L,
                0x0f0e0d0c0b0a0908L,
                0x1716151413121110L,
                0x1f1e1d1c1b1a1918L,
                0x2726252423222120L);
        assertThat(hash).isEqualTo(0x0e3e_a96b_5304_a7d0L);
    }

    private static FlowKey flow(int ports) {
        FlowKey flow = new FlowKey().local(0, 1).remote(0, 2);
        flow.ports = ports;
        return flow;
    }

    @Test
    void initialNumberMovesWithTheClockAndDiffersByPeer() { // RFC 6528
        InitialSequence isn = new InitialSequence(new Secret(3, 4));
        int now = isn.next(1_000_000_000L, flow(3));
        assertThat(isn.next(1_000_400_000L, flow(3)) - now).isEqualTo(100);
        assertThat(isn.next(1_000_000_000L, flow(4))).isNotEqualTo(now);
        assertThat(new InitialSequence(new Secret(3, 5)).next(1_000_000_000L, flow(3)))
                .isNotEqualTo(now);
    }

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
