package io.penstock.benchmarks.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WorkerProcessTest {
    @Test
    void theReasonIsTheLastLine() {
        assertThat(WorkerProcess.reason(List.of("first", "only 7 of 9 connections stand after 60 s")))
                .isEqualTo("only 7 of 9 connections stand after 60 s");
    }

    @Test
    void aStackTracesLastLineIsNoReason() {
        assertThat(WorkerProcess.reason(List.of(
                        "Exception in thread \"main\" java.lang.IllegalStateException: outer",
                        "\tat a.B.c(B.java:1)",
                        "Caused by: java.lang.NoSuchMethodError: a.B.d()",
                        "\tat a.B.e(B.java:2)",
                        "\t... 1 more",
                        "")))
                .isEqualTo("Caused by: java.lang.NoSuchMethodError: a.B.d()");
    }

    @Test
    void whoSaysNothingIsSaidToSayNothing() {
        assertThat(WorkerProcess.reason(List.of())).isEqualTo("it did not say why");
    }
}
