package io.penstock.control.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.ConfigurationException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class PenstockTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void saysWhatThereIsWhenNothingIsAskedFor() {
        assertThat(run()).isZero();
        assertThat(out.toString()).startsWith("Usage: penstock").contains("completion", "balk");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void listsContributedCommandsInAlphabeticalOrder() {
        assertThat(List.copyOf(Penstock.commandLine().getSubcommands().keySet()))
                .contains("balk", "completion")
                .isSorted();
    }

    @Test
    void tellsTheVersionThatTheBuildWrote() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString())
                .containsPattern("^penstock \\d+\\.\\d+\\.\\d+")
                .doesNotContain("${");
    }

    @Test
    void answersAnUnknownCommandInOneLineAndExitsWith2() {
        assertThat(run("bakl")).isEqualTo(2);
        assertThat(err.toString()).startsWith("penstock: unknown command 'bakl' (did you mean balk");
        assertThat(err.toString()).endsWith("?); see 'penstock --help'\n");
        assertThat(err.toString().lines()).hasSize(1);
    }

    @Test
    void answersAnUnknownOptionInOneLineAndExitsWith2() {
        assertThat(run("balk", "--sped", "3")).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("penstock: unknown option '--sped' (did you mean --speed?); see 'penstock balk --help'\n");
    }

    @Test
    void answersAMalformedValueInOneLineAndExitsWith2() {
        assertThat(run("balk", "--speed", "fast")).isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("penstock: ")
                .contains("fast", "int");
    }

    @Test
    void answersABadConfigurationInOneLineAndExitsWith2() {
        assertThat(run("balk")).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("penstock: speed 0 is too low; give at least 1\n");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void namesTheOptionOfTheCommandWhereTheLibraryNamesASetting() {
        CommandLine balk = Penstock.commandLine().getSubcommands().get("balk");
        assertThat(ApiSettings.asOptions("too slow (StackConfig.speed): take StackConfig.speed(3) or more", balk))
                .isEqualTo("too slow (--speed): take --speed 3 or more");
        assertThat(ApiSettings.asOptions("take larger ones (StackConfig.frameBytes(4096)), or not", balk))
                .isEqualTo("take larger ones, or not");
        assertThat(ApiSettings.asOptions("expected StackConfig.address(198.18.0.2/24)", balk))
                .isEqualTo("expected StackConfig.address(198.18.0.2/24)");
    }

    @Test
    void answersADefectInOneLineAndExitsWith1() {
        assertThat(run("balk", "--defect")).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("penstock: IllegalStateException: a defect (--stacktrace shows where)\n");
    }

    @Test
    void showsTheStackTraceOfADefectOnRequest() {
        assertThat(run("balk", "--defect", "--stacktrace")).isEqualTo(1);
        assertThat(err.toString()).contains("IllegalStateException: a defect", "\tat ");
    }

    @Test
    void takesTheCommonOptionsInFrontOfTheCommandToo() {
        assertThat(run("--stacktrace", "balk", "--defect")).isEqualTo(1);
        assertThat(err.toString()).contains("\tat ");
    }

    @Test
    void listsTheCommandsInGroups() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString())
                .containsSubsequence(
                        "\nForward\n",
                        "  l2fwd",
                        "\nLook\n",
                        "  backends",
                        "  cores",
                        "  ports",
                        "  stat",
                        "\nMore\n",
                        "  balk");
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void printsACompletionScriptThatKnowsEveryCommand() {
        assertThat(run("completion")).isZero();
        assertThat(out.toString()).startsWith("#!/usr/bin/env bash").contains("balk", "--speed");
    }

    private int run(String... args) {
        CommandLine line = Penstock.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        line.setErr(new PrintWriter(err, true));
        return line.execute(args);
    }

    /** A command that refuses, brought in as any module's would be. */
    @Command(name = "balk")
    static final class Balk implements Runnable {

        @Option(names = "--speed")
        private int speed;

        @Option(names = "--defect")
        private boolean defect;

        @Override
        public void run() {
            if (defect) {
                throw new IllegalStateException("a defect");
            }
            throw new ConfigurationException("speed " + speed + " is too low;\ngive at least 1");
        }
    }

    /** For the service loader. */
    public static final class BalkProvider implements CommandProvider {

        @Override
        public Object command() {
            return new Balk();
        }
    }
}
