package io.penstock.libos.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The arithmetic of RFC 5681 and RFC 6582. */
class NewRenoTest {
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
}
