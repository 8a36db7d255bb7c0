package io.penstock.benchmarks.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.benchmarks.report.BenchReport;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateRatioTest {
    private final RateRatio rates = new RateRatio();
    private final List<String> order = new ArrayList<>();

    private String round(int number, double testpmd, double penstock) {
        return rates.measure(number, () -> note("testpmd", testpmd), () -> note("penstock", penstock));
    }

    private double note(String who, double rate) {
        order.add(who);
        return rate;
    }

    @Test
    void theSidesTakeTurnsInGoingFirst() {
        assertThat(round(1, 2e6, 3e6)).isEqualTo("testpmd 2.0, l2fwd 3.0 M/s, 1.50 x");
        round(2, 2e6, 3e6);
        assertThat(order).containsExactly("testpmd", "penstock", "penstock", "testpmd");
    }

    @Test
    void theClaimIsAboutTheMedianOfTheRoundsRatiosNotTheRatioOfTheMedians() {
        round(1, 100, 110); // 1.1
        round(2, 10, 9); // 0.9: a round in which all was slow
        round(3, 200, 240); // 1.2
        BenchReport report = new BenchReport("test");
        rates.writeTo(report, "samples", 1.0, "claim");
        JsonNode claim = report.root().get("claims").get(0);
        assertThat(claim.get("measured").asDouble()).isEqualTo(1.1);
        assertThat(claim.get("holds").asBoolean()).isTrue();
        assertThat(report.root().get("samples")).hasSize(3);
        StringWriter out = new StringWriter();
        rates.print("title", new PrintWriter(out));
        assertThat(out.toString()).contains("title").contains("1.10 x");
    }
}
