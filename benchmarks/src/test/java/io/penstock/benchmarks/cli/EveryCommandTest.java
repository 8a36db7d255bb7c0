package io.penstock.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.cli.Penstock;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What holds for every command, of whatever module: this one sees them all. */
@Timeout(120)
class EveryCommandTest {
    private static final int TERMINAL_COLUMNS = 80;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final ByteArrayOutputStream processErr = new ByteArrayOutputStream();
    private final PrintStream usual = System.err;

    @BeforeEach
    void listenToWhatPicocliSays() {
        System.setErr(new PrintStream(processErr, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void listenNoMore() {
        System.setErr(usual);
    }

    static Stream<List<String>> commands() {
        List<List<String>> all = new ArrayList<>();
        collect(Penstock.commandLine(), List.of(), all);
        assertThat(all).hasSizeGreaterThan(15);
        return all.stream();
    }

    private static void collect(CommandLine command, List<String> words, List<List<String>> all) {
        all.add(words);
        command.getSubcommands().forEach((name, sub) -> {
            List<String> longer = new ArrayList<>(words);
            longer.add(name);
            collect(sub, longer, all);
        });
    }

    @ParameterizedTest
    @MethodSource("commands")
    void explainsItselfOnATerminalOfEightyColumns(List<String> command) {
        for (String help : List.of("--help", "-h")) {
            assertThat(run(command, help)).isZero();
            assertThat(out.toString())
                    .startsWith("Usage: penstock")
                    .contains("--help", "--verbose", "--stacktrace")
                    .doesNotContain("%%", "${");
            assertThat(out.toString().lines()).allMatch(line -> line.length() <= TERMINAL_COLUMNS);
            assertThat(out.toString().lines().filter(line -> line.startsWith("Usage:")))
                    .hasSize(1);
            assertThat(err.toString()).isEmpty();
            assertThat(processErr.toString(StandardCharsets.UTF_8)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void answersAnUnknownOptionInOneLine(List<String> command) {
        assertThat(run(command, "--no-such-option")).isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("penstock: ")
                .contains(" --help'");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void showsTheManyOptionsOfAServerInGroups() {
        for (String server : List.of("echo", "kv")) {
            assertThat(run(List.of(server), "--help")).isZero();
            assertThat(out.toString())
                    .containsSubsequence(
                            "\nNetwork\n",
                            "--device=",
                            "\nCore\n",
                            "--core=",
                            "--idle=",
                            "\nMemory\n",
                            "--frames=",
                            "\nCommon\n",
                            "--help",
                            "--verbose");
            // Each once, and below a heading of its own only what no group claims.
            String common = out.toString().substring(out.toString().indexOf("\nCommon\n"));
            assertThat(common).doesNotContain("--device", "--port=", "--max-memory", "--tcp");
            assertThat(out.toString().lines().filter(line -> line.matches(" +--core=.*")))
                    .hasSize(1);
        }
    }

    private int run(List<String> command, String last) {
        out.getBuffer().setLength(0);
        CommandLine line = Penstock.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        List<String> words = new ArrayList<>(command);
        words.add(last);
        return line.execute(words.toArray(String[]::new));
    }
}
