package io.penstock.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.cli.Penstock;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What bash offers, for every option of every command: this module sees them all. */
@Timeout(120)
class CompletionTest {
    /** Completes each line of words on standard input, and prints what is offered for the last. */
    private static final String DRIVER = """
            source "$1"
            while IFS= read -r line; do
              read -ra COMP_WORDS <<<"$line"
              [[ $line == *' ' ]] && COMP_WORDS+=("")
              COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$line COMPREPLY=()
              _complete_penstock 2>/dev/null
              echo "${COMPREPLY[*]}"
            done
            """;

    @TempDir
    private Path folder;

    private final List<String> lines = new ArrayList<>();
    private final Map<String, List<String>> expected = new LinkedHashMap<>();
    private Path script;

    @BeforeEach
    void printTheScript() throws Exception {
        StringWriter out = new StringWriter();
        CommandLine line = Penstock.commandLine();
        line.setOut(new PrintWriter(out, true));
        assertThat(line.execute("completion")).isZero();
        script = Files.writeString(folder.resolve("completion"), out.toString());
    }

    @Test
    void offersEachOptionsOwnValuesAndGoesOnAfterThoseWithoutOne() throws Exception {
        expectAll(Penstock.commandLine(), "penstock");
        assertThat(expected).hasSizeGreaterThan(100);
        List<String> offered = complete();
        for (int i = 0; i < lines.size(); i++) {
            List<String> wanted = expected.get(lines.get(i));
            assertThat(List.of(offered.get(i).split(" ", -1))).as(lines.get(i)).containsAll(wanted);
            if (!wanted.contains("--help")) {
                assertThat(List.of(offered.get(i).split(" ", -1)))
                        .as(lines.get(i))
                        .containsExactlyElementsOf(wanted);
            }
        }
    }

    private void expectAll(CommandLine command, String words) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            for (String name : option.hidden() ? new String[0] : option.names()) {
                if (option.typeInfo().isBoolean() || option.type() == boolean[].class) {
                    expect(words + " " + name + " -", List.of("--help", "--stacktrace", "--verbose"));
                } else if (option.completionCandidates() != null
                        && option.completionCandidates().iterator().hasNext()) {
                    List<String> values = new ArrayList<>();
                    option.completionCandidates().forEach(values::add);
                    expect(words + " " + name + " ", values);
                }
            }
        }
        command.getSubcommands().forEach((name, sub) -> {
            if (!sub.getCommandSpec().usageMessage().hidden()) {
                expectAll(sub, words + " " + name);
            }
        });
    }

    @Test
    void offersTheLaunchersOwnCommandToo() throws Exception {
        expect("penstock te", List.of("test"));
        assertThat(complete()).containsExactly("test");
    }

    private void expect(String line, List<String> offers) {
        lines.add(line);
        expected.put(line, offers);
    }

    private List<String> complete() throws Exception {
        Path driver = Files.writeString(folder.resolve("driver"), DRIVER);
        Path in = Files.write(folder.resolve("in"), lines);
        Path out = folder.resolve("out");
        Process bash = new ProcessBuilder("bash", driver.toString(), script.toString())
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(bash.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return Files.readAllLines(out, StandardCharsets.UTF_8);
    }
}
