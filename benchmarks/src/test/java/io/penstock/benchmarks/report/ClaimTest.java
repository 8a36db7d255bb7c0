package io.penstock.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class ClaimTest {

    @Test
    void holdsOnTheBarItself() {
        assertThat(Claim.atMost(0.7, "ratio", "p50", 0.7).holds()).isTrue();
        assertThat(Claim.atLeast(1.4, "ratio", "rate", 1.4).holds()).isTrue();
    }

    @Test
    void failsBeyondTheBar() {
        assertThat(Claim.atMost(0.7, "ratio", "p50", 0.701).holds()).isFalse();
        assertThat(Claim.atLeast(1.4, "ratio", "rate", 1.399).holds()).isFalse();
    }

    @Test
    void failsWhenNothingWasMeasured() {
        assertThat(Claim.atMost(0.7, "ratio", "p50", Double.NaN).holds()).isFalse();
        assertThat(Claim.atLeast(1.4, "ratio", "rate", Double.NaN).holds()).isFalse();
    }

    @Test
    void isWrittenWithWhatWasMeasuredAndTheBar() {
        assertThat(Claim.atMost(0.7, "ratio", "p50", 0.68123)
                        .writeTo(new ObjectMapper().createObjectNode())
                        .toString())
                .isEqualTo("{\"claim\":\"p50\",\"measured\":0.681,\"bar\":0.7,\"unit\":\"ratio\","
                        + "\"better\":\"lower\",\"holds\":true}");
    }
}
