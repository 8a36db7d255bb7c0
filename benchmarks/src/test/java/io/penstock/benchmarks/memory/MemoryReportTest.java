package io.penstock.benchmarks.memory;

import static io.penstock.benchmarks.memory.SampleFixture.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.benchmarks.report.BenchReport;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class MemoryReportTest {

    @Test
    void holdsWhatMeetsEachBarExactly() {
        MicroSamples samples = new MicroSamples();
        samples.add(sample(1, MicroCase.FRAME_PAIR, 15));
        samples.add(sample(1, MicroCase.POOLED_PAIR, 45));
        samples.add(sample(1, MicroCase.FRAME_CROSS, 50));
        samples.add(sample(1, MicroCase.POOLED_CROSS, 100));
        samples.add(sample(1, MicroCase.RETAIN, 2));
        samples.add(sample(1, MicroCase.BUFFER_READ, 1.2));
        samples.add(sample(1, MicroCase.SEGMENT_READ, 1));
        samples.add(sample(1, MicroCase.BUFFER_WRITE, 1.2));
        samples.add(sample(1, MicroCase.SEGMENT_WRITE, 1));
        BenchReport report = new BenchReport("memory");
        new MemoryReport(samples).addClaims(report, 0, 1_000);
        assertThat(report.holds()).isTrue();
        assertThat(report.root().at("/stretch/holds").asBoolean()).isFalse();
    }

    @Test
    void failsWhereEverythingTakesTheSame() {
        BenchReport report = new BenchReport("memory");
        new MemoryReport(SampleFixture.all(16)).addClaims(report, 16, 1_000);
        JsonNode claims = report.root().get("claims");
        assertThat(StreamSupport.stream(claims.spliterator(), false)
                        .filter(claim -> claim.get("holds").asBoolean())
                        .map(claim -> claim.get("unit").asText()))
                .as("only a Buffer that costs what a segment costs holds")
                .containsExactly("ratio", "ratio");
    }

    @Test
    void writesTheRawRoundsOfEveryCase() {
        BenchReport report = new BenchReport("memory");
        new MemoryReport(SampleFixture.all(3)).writeTo(report);
        JsonNode rounds = report.root().get("rounds");
        assertThat(rounds).hasSize(MicroCase.values().length);
        assertThat(rounds.get(0).at("/iterationNanos/0").asDouble()).isEqualTo(3);
        assertThat(report.root().get("medians")).hasSize(MicroCase.values().length);
    }

    @Test
    void printsARowForEveryCase() {
        StringWriter text = new StringWriter();
        new MemoryReport(SampleFixture.all(3)).printTables(new PrintWriter(text));
        for (MicroCase microCase : MicroCase.values()) {
            assertThat(text.toString()).contains(microCase.label());
        }
    }
}
