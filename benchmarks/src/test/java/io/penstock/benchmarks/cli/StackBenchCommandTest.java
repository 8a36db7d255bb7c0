package io.penstock.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.cli.Penstock;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class StackBenchCommandTest {
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource({
        "--connections=0, expected 1 to 100000",
        "--connections=100001, expected 1 to 100000",
        "--bytes=8, expected 16 to 1456",
        "--bytes=1460, expected 16 to 1456",
        "--bytes=63, expected a multiple of 8",
        "--processes=0, expected 1 to 1000",
        "--rounds=0, expected 1 to 1000",
        "--millis=0, expected 1 to 10000"
    })
    void refusesWhatCannotBeMeasured(String option, String expected) {
        assertThat(run(option)).isEqualTo(2);
        assertThat(err.toString().lines()).singleElement().asString().contains(expected);
    }

    @Test
    void saysWhatAnotherTreeLacks(@TempDir Path empty) {
        assertThat(run("--against=" + empty)).isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .contains("--against " + empty, "./penstock --version");
    }

    private int run(String option) {
        CommandLine line = Penstock.commandLine();
        line.setErr(new PrintWriter(err, true));
        return line.execute("bench", "stack", option);
    }
}
