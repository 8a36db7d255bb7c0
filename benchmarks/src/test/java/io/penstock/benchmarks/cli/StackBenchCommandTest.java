package io.penstock.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.control.cli.Penstock;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class StackBenchCommandTest {
    /** One row, as short as can be. */
    private static final List<String> SHORT =
            List.of("--connections=1", "--bytes=64", "--processes=1", "--rounds=1", "--millis=1");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource({
        "--connections=0, expected 1 to 100000",
        "--connections=100001, expected 1 to 100000",
        "'--connections=1,16000,100001', expected 1 to 100000",
        "'--connections=1,many', --connections",
        "'--connections=1,,2', --connections",
        "--connections=, --connections",
        "--connections=1e5, --connections",
        "--connections=99999999999, --connections",
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

    @Test
    void saysWhyAWorkerFailed(@TempDir Path tree) throws IOException {
        Files.createDirectories(tree.resolve("target/launcher"));
        Files.writeString(tree.resolve("target/launcher/class-path"), "nothing.jar");
        Files.writeString(tree.resolve("penstock.jvmargs"), "-XX:+NoSuchFlag");
        assertThat(run(SHORT, "--against=" + tree)).isEqualTo(1);
        String worker = "the worker for 1 x 64 B (against)";
        assertThat(err.toString().lines())
                .anyMatch(line -> line.startsWith(worker + ": Unrecognized VM option 'NoSuchFlag'"))
                .anyMatch(line -> line.startsWith("penstock: " + worker + " ended with exit code 1: "))
                .noneMatch(line -> line.contains("\tat "));
    }

    @Test
    void writesWhatAConnectionTakes(@TempDir Path folder) throws IOException {
        Path json = folder.resolve("stack.json");
        assertThat(run(SHORT, "--no-passages", "--json=" + json))
                .as(err.toString())
                .isZero();
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        JsonNode row = report.get("rows").get(0);
        assertThat(row.get("javaHeapBytesPerConnection").asLong()).isPositive();
        assertThat(row.get("pinnedBytesPerConnection").isNumber()).isTrue();
        assertThat(row.get("pinnedBytes").asLong()).isPositive();
        assertThat(row.get("frames").asLong()).isPositive();
        assertThat(row.get("rounds")).hasSize(1);
        assertThat(report.has("passages")).isFalse();
        assertThat(report.get("claims").findValuesAsText("claim"))
                .containsExactly("1 x 64 B: garbage a round trip, worst round", "1 x 64 B: worst round");
    }

    private int run(String... options) {
        return run(List.of(options));
    }

    private int run(List<String> first, String... more) {
        List<String> words = new ArrayList<>(List.of("bench", "stack"));
        words.addAll(first);
        words.addAll(List.of(more));
        CommandLine line = Penstock.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(words.toArray(String[]::new));
    }
}
