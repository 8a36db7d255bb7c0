package io.penstock.benchmarks.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.testkit.process.HarnessException;
import java.util.List;
import org.junit.jupiter.api.Test;

class RedisFiguresTest {

    private static final String HEADING =
            "\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\",\"p50_latency_ms\",\"p95_latency_ms\",\"p99_latency_ms\",\"max_latency_ms\"";

    @Test
    void readsEachCommand() {
        List<RedisFigures> figures = RedisFigures.parse(List.of(
                "WARNING: Could not fetch server CONFIG",
                HEADING,
                "\"SET\",\"32258.06\",\"0.025\",\"0.016\",\"0.023\",\"0.039\",\"0.071\",\"1.663\"",
                "\"GET\",\"36363.64\",\"0.021\",\"0.016\",\"0.024\",\"0.031\",\"0.063\",\"0.111\""));
        assertThat(figures).extracting(RedisFigures::command).containsExactly("SET", "GET");
        assertThat(figures.getFirst().requestsPerSecond()).isEqualTo(32258.06);
        assertThat(figures.getFirst().meanMicros()).isEqualTo(25);
        assertThat(figures.getLast().p50Micros()).isEqualTo(24);
        assertThat(figures.getLast().p99Micros()).isEqualTo(63);
    }

    @Test
    void saysWhatWasPrintedWhenThereAreNoFigures() {
        assertThatThrownBy(() -> RedisFigures.parse(List.of("Could not connect to server")))
                .isInstanceOf(HarnessException.class)
                .hasMessageContaining("Could not connect to server");
    }

    @Test
    void refusesAnOlderFormat() {
        assertThatThrownBy(() -> RedisFigures.parse(List.of("\"test\",\"rps\"", "\"SET\",\"32258.06\"")))
                .isInstanceOf(HarnessException.class)
                .hasMessageContaining("avg_latency_ms");
    }
}
